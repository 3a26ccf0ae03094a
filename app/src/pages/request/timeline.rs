//! Events and words as one conversation.

use leptos::prelude::*;

use super::{CommentForm, TimelineEntry, TimelineEvent, plan::differences};
use crate::{
    Moment,
    components::{Avatar, ChangesTable, CsrfField, EmptyState, IconName, StatusIcon, When},
    frame::initials,
    routes,
};

pub(super) fn activity_tab(entries: Vec<TimelineEntry>, comment: Option<CommentForm>, id: &str) -> AnyView {
    let form = comment.map(|form| comment_form(form, id));
    view! { <section class="section section-first conversation" aria-label="Activity">{timeline(entries)}{form}</section> }
        .into_any()
}

pub(super) fn timeline(entries: Vec<TimelineEntry>) -> AnyView {
    if entries.is_empty() {
        return view! { <EmptyState icon=IconName::Speech title="Nothing has happened yet" text="What is done and said about this request will stand here."/> }.into_any();
    }
    view! {
        <ol class="timeline">
            {entries.into_iter().map(|entry| match entry {
                TimelineEntry::Event(event) => happened(*event).into_any(),
                TimelineEntry::Comment { who, text, when } => said(who, text, when).into_any(),
            }).collect_view()}
        </ol>
    }
    .into_any()
}

fn happened(event: TimelineEvent) -> impl IntoView {
    let TimelineEvent { activity, status, said, changes, plan } = event;
    let has_more = said.is_some() || !changes.is_empty() || !plan.is_empty();
    view! {
        <li class="timeline-event">
            <StatusIcon status=status/>
            <div class="timeline-body">
                <p><strong>{activity.who}</strong>" "{activity.did}" "
                    {match activity.href {
                        Some(href) => view! { <a href=href>{activity.what}</a> }.into_any(),
                        None => activity.what.into_any(),
                    }}
                    " "<When moment=activity.when/></p>
                {has_more.then(|| view! {
                    <div class="comment">
                        {said.map(|said| view! { <p class="comment-text">{said}</p> })}
                        {(!changes.is_empty()).then(|| view! { <ChangesTable changes=changes/> })}
                        {(!plan.is_empty()).then(|| view! {
                            <details><summary>"In the plan "<span class="count">{plan.len()}</span></summary>{differences(plan)}</details>
                        })}
                    </div>
                })}
            </div>
        </li>
    }
}

fn said(who: String, text: String, when: Moment) -> impl IntoView {
    view! {
        <li class="timeline-comment">
            <Avatar initials=initials(&who)/>
            <div class="comment"><p class="comment-head"><strong>{who}</strong><When moment=when/></p><p class="comment-text">{text}</p></div>
        </li>
    }
}

fn comment_form(form: CommentForm, id: &str) -> impl IntoView {
    let refused = form.error.is_some();
    view! {
        <form class="stacked-form comment-form" method="post" action=routes::request_comment(id)>
            <CsrfField/>
            <div class="field">
                <label class="field-label" for="text">"Comment"</label>
                <textarea class="input" id="text" name="text" rows="3" required autofocus=refused aria-invalid=refused.then_some("true")
                    aria-describedby="text-help text-error">{form.text}</textarea>
                <p class="field-help" id="text-help">"Everybody who sees this request reads it."</p>
                <p class="field-error" id="text-error">{form.error}</p>
            </div>
            <button class="button">"Comment"</button>
        </form>
    }
}
