//! The inbox: what waits for my decision.

use leptos::prelude::*;

use super::request::{Approval, approval};
use crate::{
    CostView, Moment, Page, PlanView, StepView,
    components::{
        Banner, BannerTone, CsrfField, EmptyState, Icon, IconName, MiniPlan, MiniStep, ObjectId, PageHeader, StepList,
        When,
    },
    document::Breadth,
    duration_text,
    islands::InboxKeys,
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
    /// "production · eu-central-1".
    pub environment: String,
    /// "Web service 1.2.0".
    pub template: String,
    /// The plan.
    pub plan: PlanView,
    /// What it costs.
    pub cost: CostView,
    /// Who has to say yes, and who did.
    pub approvals: Vec<Approval>,
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
                <EmptyState icon=IconName::Inbox title="Nothing waits for you" text="Requests that need your yes or no arrive here, oldest first.">
                    <a class="button" href=routes::REQUESTS>"Look at all requests"</a>
                </EmptyState>
            }
            .into_any();
        }
        view! {
            <PageHeader title="Inbox" below=view! { <span>"Oldest first. Look at the plan, then decide."</span><InboxKeys/> }.into_any()/>
            <div class="inbox">
                <ul class="inbox-list" aria-label="Requests that wait for you">
                    {self.items.into_iter().map(|item| {
                        let current = (open.as_ref() == Some(&item.id)).then_some("true");
                        view! {
                            <li data-key=item.id.clone()>
                                <a class="inbox-item" href=format!("{}?request={}", routes::INBOX, item.id) aria-current=current>
                                    <span class="inbox-title">{item.title}</span>
                                    <span class="inbox-line"><span>{item.counts}</span><span>{item.cost}</span></span>
                                    <span class="inbox-line">{format!("{}, {}", item.requester, item.team)}<When moment=item.when/></span>
                                </a>
                            </li>
                        }
                    }).collect_view()}
                </ul>
                {match self.selected {
                    Some(preview) => {
                        let key = preview.item.id.clone();
                        view! { <div class="inbox-preview" data-key=key>{preview_panel(preview)}</div> }.into_any()
                    }
                    None => view! { <div class="inbox-preview inbox-none"><p class="muted">"Pick a request to see its plan."</p></div> }.into_any(),
                }}
            </div>
        }
        .into_any()
    }
}

fn preview_panel(preview: InboxPreview) -> impl IntoView {
    let InboxPreview { item, environment, template, plan, cost, approvals, refused } = preview;
    let signs = format!("{}, {} a month", item.counts, cost.monthly);
    let decide = match refused {
        Some(why) => view! { <Banner tone=BannerTone::Note>{why}</Banner> }.into_any(),
        None => decide(&item, &signs, plan.seal.clone()),
    };
    view! {
        <header class="inbox-head">
            <h2><a id="inbox-open" href=routes::request(&item.id)>{item.title}</a></h2>
            <p class="page-below"><ObjectId id=item.id.clone()/><span>{format!("{}, {}", item.requester, item.team)}</span><When moment=item.when/></p>
        </header>
        {decide}
        <dl class="fact-strip">
            <div><dt>"Cost"</dt><dd><strong>{cost.monthly}</strong><span class="muted">" a month"{cost.delta.map(|delta| format!(" ({delta})"))}</span></dd></div>
            <div><dt>"Template"</dt><dd>{template}</dd></div>
            <div><dt>"Environment"</dt><dd>{environment}</dd></div>
            <div><dt>"Approvals"</dt><dd><ul class="approvals">{approvals.into_iter().map(approval).collect_view()}</ul></dd></div>
        </dl>
        {plan_summary(plan)}
    }
}

/// The plan in miniature, and step by step.
fn plan_summary(plan: PlanView) -> impl IntoView {
    let (changes, kept): (Vec<StepView>, Vec<StepView>) =
        plan.steps.into_iter().partition(|step| step.action != crate::StepAction::None);
    let tiles: Vec<MiniStep> = changes
        .iter()
        .map(|step| MiniStep {
            title: format!("{} {}: {}", step.kind, step.name, step.action.word()),
            glyph: step.glyph,
            wave: step.wave,
            action: step.action,
            status: None,
        })
        .collect();
    let label = format!("{} steps, left to right in the order of time", tiles.len());
    let time = plan.expected_seconds.map(|expected| format!("about {}", duration_text(expected)));
    let unchanged = (!kept.is_empty()).then(|| format!(" {} more stay as they are.", kept.len()));
    let listed: Vec<Signal<StepView>> = changes.into_iter().map(|step| RwSignal::new(step).into()).collect();
    view! {
        <section class="section" aria-labelledby="plan-heading">
            {plan.warnings.into_iter().map(|text| view! { <Banner tone=BannerTone::Warning>{text}</Banner> }).collect_view()}
            <h3 id="plan-heading">"What will happen"<span class="muted">{time}</span></h3>
            <div class="inbox-mini"><MiniPlan steps=tiles label=label/></div>
            <StepList steps=listed/>
            <p class="muted inbox-kept">{unchanged}</p>
        </section>
    }
}

/// Both sign or refuse the plan whose seal is on the page: another one is refused by the server.
fn decide(item: &InboxItem, signs: &str, seal: String) -> AnyView {
    view! {
        <div class="inbox-decide">
            <details class="menu" id="inbox-approve">
                <summary class="button" data-tone="primary"><Icon name=IconName::Check/>"Approve…"</summary>
                <form class="menu-panel stacked-form" method="post" action=routes::request_approve(&item.id)>
                    <CsrfField/>
                    <input type="hidden" name="seal" value=seal.clone()/>
                    <input type="hidden" name="from" value=routes::INBOX/>
                    <p><strong>{item.title.clone()}</strong>": "{signs.to_owned()}". You sign exactly this plan; any change voids it."</p>
                    <div class="field">
                        <label class="field-label" for="comment">"Comment"<span class="optional">"optional"</span></label>
                        <textarea class="input" id="comment" name="comment" rows="2"></textarea>
                    </div>
                    <button class="button" data-tone="primary">"Approve this plan"</button>
                </form>
            </details>
            <details class="menu" id="inbox-reject">
                <summary class="button">"Reject…"</summary>
                <form class="menu-panel stacked-form" method="post" action=routes::request_reject(&item.id)>
                    <CsrfField/>
                    <input type="hidden" name="seal" value=seal/>
                    <input type="hidden" name="from" value=routes::INBOX/>
                    <div class="field">
                        <label class="field-label" for="reason">"Why not?"</label>
                        <textarea class="input" id="reason" name="reason" rows="3" required aria-describedby="reason-help"></textarea>
                        <p class="field-help" id="reason-help">"The requester reads this."</p>
                    </div>
                    <button class="button" data-tone="danger">"Reject this request"</button>
                </form>
            </details>
            <a class="button" data-tone="quiet" href=routes::request(&item.id)>"Open the request"</a>
        </div>
    }
    .into_any()
}
