//! The history: a table that reads like sentences.

use leptos::prelude::*;

use crate::{
    Moment, Page,
    components::{EmptyState, Icon, IconName, PageHeader, Pager, Pages, PastTheEnd, When},
    document::Breadth,
    routes,
};

/// History, newest first. The filter is a GET form with the names of [`AuditFilter`].
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// What is filtered by now.
    pub filter: AuditFilter,
    /// Actions to choose from.
    pub actions: Vec<String>,
    /// Rows.
    pub rows: Vec<AuditRow>,
    /// State of the chain.
    pub chain: ChainState,
    /// The rest of them.
    pub pages: Pages,
}

/// `?actor=&action=&object=`.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Part of a name or e-mail.
    pub actor: String,
    /// One of the actions.
    pub action: String,
    /// An id: `req-…`, `run-…`, `stk-…`.
    pub object: String,
}

/// One event.
#[derive(Clone, Debug, Default)]
pub struct AuditRow {
    /// Number in the chain.
    pub number: String,
    /// When.
    pub when: Moment,
    /// "Ada Lovelace", "Gantry".
    pub who: String,
    /// "approved".
    pub did: String,
    /// "request req-7F3K2M".
    pub what: String,
    /// Where that leads.
    pub href: Option<String>,
    /// "request.approved", for machines and the filter.
    pub action: String,
    /// From where: an address.
    pub from: Option<String>,
    /// AWS request id.
    pub aws_request_id: Option<String>,
    /// What was said about it: the reason of a decision.
    pub reason: Option<String>,
    /// The seal of the plan that was decided about.
    pub seal: Option<String>,
    /// Before and after, as indented JSON.
    pub before: Option<String>,
    /// Before and after, as indented JSON.
    pub after: Option<String>,
}

/// Whether the chain holds.
#[derive(Clone, Debug, Default)]
pub enum ChainState {
    /// The first check is going on.
    #[default]
    Unknown,
    /// Whole through this event, as of then.
    Verified { through: String, when: Moment },
    /// Broken at this event.
    Broken { at: String, why: String },
}

impl Page for AuditPage {
    fn title(&self) -> String {
        "Audit".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let filtered =
            !(self.filter.actor.is_empty() && self.filter.action.is_empty() && self.filter.object.is_empty());
        view! {
            <PageHeader title="Audit" below=chain(self.chain).into_any()/>
            {filter_form(self.filter, self.actions, filtered)}
            {if self.rows.is_empty() && self.pages.first.is_some() {
                view! { <PastTheEnd/> }.into_any()
            } else if self.rows.is_empty() {
                let text = if filtered { "No event matches this filter." } else { "Every change, decision and sign-in will stand here." };
                view! {
                    <EmptyState icon=IconName::Audit title="Nothing to show" text=text>
                        {filtered.then(|| view! { <a class="button" href=routes::AUDIT>"Show everything"</a> })}
                    </EmptyState>
                }.into_any()
            } else {
                view! { <ol class="audit">{self.rows.into_iter().map(row).collect_view()}</ol> }.into_any()
            }}
            <Pager pages=self.pages first="Newest" next="Older"/>
        }
        .into_any()
    }
}

fn chain(state: ChainState) -> impl IntoView {
    match state {
        ChainState::Unknown => view! { <span>"The history is hash-chained. It is being verified: look again in a moment."</span> }.into_any(),
        ChainState::Verified { through, when } => view! {
            <span class="chain" data-state="whole"><Icon name=IconName::Seal/>{format!("Verified through event {through}, ")}<When moment=when/></span>
        }
        .into_any(),
        ChainState::Broken { at, why } => view! {
            <span class="chain" data-state="broken"><Icon name=IconName::Warning/>{format!("The chain is broken at event {at}: {why}")}</span>
        }
        .into_any(),
    }
}

fn filter_form(filter: AuditFilter, actions: Vec<String>, filtered: bool) -> impl IntoView {
    view! {
        <form class="filters" method="get" action=routes::AUDIT aria-label="Filter the history">
            <div class="field">
                <label class="field-label" for="actor">"Who"</label>
                <input class="input" type="text" id="actor" name="actor" value=filter.actor placeholder="Name or e-mail"/>
            </div>
            <div class="field">
                <label class="field-label" for="action">"Did what"</label>
                <select class="input select" id="action" name="action">
                    <option value="">"Anything"</option>
                    {actions.into_iter().map(|action| {
                        let selected = action == filter.action;
                        view! { <option value=action.clone() selected=selected>{action.clone()}</option> }
                    }).collect_view()}
                </select>
            </div>
            <div class="field">
                <label class="field-label" for="object">"To what"</label>
                <input class="input" type="text" id="object" name="object" value=filter.object placeholder="req-…, run-…, stk-…" data-code="true"/>
            </div>
            <div class="filter-actions">
                <button class="button">"Filter"</button>
                {filtered.then(|| view! { <a class="button" data-tone="quiet" href=routes::AUDIT>"Clear"</a> })}
            </div>
        </form>
    }
}

fn row(row: AuditRow) -> impl IntoView {
    let details = [&row.before, &row.after, &row.from, &row.aws_request_id, &row.reason, &row.seal];
    let has_details = details.into_iter().any(Option::is_some);
    let sentence = view! {
        <span class="audit-number">{row.number}</span>
        <span class="audit-sentence"><strong>{row.who}</strong>" "{row.did}" "{match row.href.filter(|_| !row.what.is_empty()) {
            Some(href) => view! { <a href=href>{row.what}</a> }.into_any(),
            None => row.what.into_any(),
        }}</span>
        <span class="audit-when"><When moment=row.when/></span>
    };
    if !has_details {
        return view! { <li class="audit-row"><div class="audit-line">{sentence}</div></li> }.into_any();
    }
    view! {
        <li class="audit-row">
            <div class="audit-line">{sentence}</div>
            <details class="audit-details">
                <summary>"Details"</summary>
                <dl class="facts">
                    <div><dt>"Action"</dt><dd><code>{row.action}</code></dd></div>
                    {row.from.map(|from| view! { <div><dt>"From"</dt><dd><code>{from}</code></dd></div> })}
                    {row.reason.map(|reason| view! { <div><dt>"Reason"</dt><dd>{reason}</dd></div> })}
                    {row.seal.map(|seal| view! { <div><dt>"Seal of the plan"</dt><dd><code>{seal}</code></dd></div> })}
                    {row.aws_request_id.map(|id| view! { <div><dt>"AWS request"</dt><dd><code>{id}</code></dd></div> })}
                </dl>
                <div class="before-after">
                    {row.before.map(|text| view! { <figure><figcaption>"Before"</figcaption><pre tabindex="0">{text}</pre></figure> })}
                    {row.after.map(|text| view! { <figure><figcaption>"After"</figcaption><pre tabindex="0">{text}</pre></figure> })}
                </div>
            </details>
        </li>
    }
    .into_any()
}
