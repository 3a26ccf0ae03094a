//! The inbox: what waits for my decision.

use leptos::prelude::*;

use super::request::PlanPart;
use crate::{
    Moment, Page, PlanView,
    components::{Banner, BannerTone, CsrfField, EmptyState, Icon, IconName, ObjectId, PageHeader, When},
    document::Breadth,
    routes,
};

/// Oldest first.
#[derive(Clone, Debug, Default)]
pub struct InboxPage {
    /// All that waits.
    pub items: Vec<InboxItem>,
    /// The one shown beside the list.
    pub selected: Option<InboxPreview>,
}

/// One request that waits for the reader.
#[derive(Clone, Debug, Default)]
pub struct InboxItem {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub title: String,
    /// Who asked.
    pub requester: String,
    /// "Payments".
    pub team: String,
    /// "$58.12 a month".
    pub cost: Option<String>,
    /// "14 to create", "1 to update, 1 to replace".
    pub counts: String,
    /// When it was asked.
    pub when: Moment,
}

/// What one looks at before deciding.
#[derive(Clone, Debug, Default)]
pub struct InboxPreview {
    /// As in the list.
    pub item: InboxItem,
    /// The plan.
    pub plan: PlanView,
    /// Whether the reader may decide; else why not.
    pub refused: Option<String>,
}

impl Page for InboxPage {
    fn title(&self) -> String {
        "Inbox".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let open = self.selected.as_ref().map(|preview| preview.item.id.clone());
        if self.items.is_empty() {
            return view! {
                <PageHeader title="Inbox"/>
                <EmptyState icon=IconName::Inbox title="Nothing waits for you" text="Requests that need your yes or no arrive here, oldest first."/>
            }
            .into_any();
        }
        view! {
            <PageHeader title="Inbox" below=view! { "Oldest first. Look at the plan, then decide." }.into_any()/>
            <div class="inbox">
                <ul class="inbox-list" aria-label="Requests that wait for you">
                    {self.items.into_iter().map(|item| {
                        let current = (open.as_ref() == Some(&item.id)).then_some("true");
                        view! {
                            <li>
                                <a class="inbox-item" href=format!("{}?request={}", routes::INBOX, item.id) aria-current=current>
                                    <span class="inbox-title">{item.title}</span>
                                    <span class="inbox-line">{item.counts}</span>
                                    <span class="inbox-line">{format!("{}, {}", item.requester, item.team)}<When moment=item.when/></span>
                                </a>
                            </li>
                        }
                    }).collect_view()}
                </ul>
                {match self.selected {
                    Some(preview) => view! { <div class="inbox-preview">{preview_panel(preview)}</div> }.into_any(),
                    None => view! { <div class="inbox-preview inbox-none"><p class="muted">"Pick a request to see its plan."</p></div> }.into_any(),
                }}
            </div>
        }
        .into_any()
    }
}

fn preview_panel(preview: InboxPreview) -> impl IntoView {
    let InboxPreview { item, plan, refused } = preview;
    let seal = plan.seal.clone();
    view! {
        <header class="inbox-head">
            <h2><a href=routes::request(&item.id)>{item.title}</a></h2>
            <p class="page-below"><ObjectId id=item.id.clone()/><span>{format!("{}, {}", item.requester, item.team)}</span>{item.cost.map(|cost| view! { <span>{cost}</span> })}</p>
        </header>
        {match refused {
            Some(why) => view! { <Banner tone=BannerTone::Note>{why}</Banner> }.into_any(),
            None => view! {
                <div class="inbox-decide">
                    <form method="post" action=routes::request_approve(&item.id)>
                        <CsrfField/>
                        <input type="hidden" name="seal" value=seal/>
                        <button class="button" data-tone="primary"><Icon name=IconName::Check/>"Approve this plan"</button>
                    </form>
                    <details class="menu">
                        <summary class="button">"Reject…"</summary>
                        <form class="menu-panel stacked-form" method="post" action=routes::request_reject(&item.id)>
                            <CsrfField/>
                            <div class="field">
                                <label class="field-label" for="reason">"Why not?"</label>
                                <textarea class="input" id="reason" name="reason" rows="3" required></textarea>
                            </div>
                            <button class="button" data-tone="danger">"Reject this request"</button>
                        </form>
                    </details>
                    <a class="button" data-tone="quiet" href=routes::request(&item.id)>"Open the request"</a>
                </div>
            }.into_any(),
        }}
        <PlanPart plan=plan/>
    }
}
