//! The inbox: what waits for my decision, and the runs in my hands.

use leptos::prelude::*;

use super::home::{Need, need_rows};
use super::request::{Approval, EditNote, Expiry, Panel, approval, edit_panel};
use crate::{
    CostView, Moment, Page, PlanView, StepView,
    components::{
        Banner, BannerTone, EmptyState, IconName, Message, MiniPlan, MiniStep, ObjectId, PageHeader, StepList, When,
    },
    document::Breadth,
    duration_text,
    islands::InboxKeys,
    routes,
};

/// Oldest first.
#[derive(Clone, Debug, Default)]
pub struct InboxPage {
    /// What waits: the first of it, or what follows `after`.
    pub items: Vec<InboxItem>,
    /// The last one that was shown before these.
    pub after: Option<String>,
    /// Whether more waits after these.
    pub more: bool,
    /// Runs that were handed to the reader and wait, on the first page.
    pub in_hand: Vec<Need>,
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
    /// Why it was asked for, in the requester's words; may be empty.
    pub reason: String,
    /// What was edited since it was looked at.
    pub edited: Option<EditNote>,
    /// How many remarks there are.
    pub comments: usize,
    /// When it ends by itself.
    pub expiry: Option<Expiry>,
    /// "14 to create", "1 to update, 1 to replace".
    pub counts: String,
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
        let Self { items, after, more, in_hand, selected } = self;
        let open = selected.as_ref().map(|preview| preview.item.id.clone());
        let address = |parameters: &[(&str, &str)]| {
            let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}?{}", routes::INBOX, query.join("&"))
        };
        let from_the_first = || view! { <a class="button" href=routes::INBOX>"From the first"</a> };
        if items.is_empty() && after.is_some() {
            return view! {
                <PageHeader title="Inbox"/>
                <EmptyState icon=IconName::Inbox title="Nothing more waits for you" text="You have come to the end. What you passed over is still there.">
                    {from_the_first()}
                </EmptyState>
            }
            .into_any();
        }
        let hands = (!in_hand.is_empty()).then(|| {
            view! {
                <section class="section" aria-labelledby="in-hand-heading">
                    <h2 id="in-hand-heading">"In your hands"</h2>
                    {need_rows(in_hand)}
                </section>
            }
        });
        if items.is_empty()
            && let Some(hands) = hands
        {
            return view! { <PageHeader title="Inbox"/>{hands} }.into_any();
        }
        if items.is_empty() {
            return view! {
                <PageHeader title="Inbox"/>
                <EmptyState icon=IconName::Inbox title="Nothing waits for you" text="Requests that need your yes or no arrive here, oldest first.">
                    <a class="button" href=routes::REQUESTS>"Look at all requests"</a>
                </EmptyState>
            }
            .into_any();
        }
        let next = items.last().filter(|_| more).map(|last| address(&[("after", &last.id)]));
        let pages = (after.is_some() || next.is_some()).then(|| {
            view! {
                <p class="pager form-actions">
                    {after.is_some().then(from_the_first)}
                    {next.map(|href| view! { <a class="button" href=href>"More"</a> })}
                </p>
            }
        });
        view! {
            <PageHeader title="Inbox" below=view! { <span>"Oldest first. Look at the plan, then decide."</span><InboxKeys/> }.into_any()/>
            {hands}
            <div class="inbox">
                <div class="inbox-side">
                    <ul class="inbox-list" aria-label="Requests that wait for you">
                        {items.into_iter().map(|item| {
                            let current = (open.as_ref() == Some(&item.id)).then_some("true");
                            let shown = ("request", item.id.as_str());
                            let href = match &after {
                                Some(after) => address(&[("after", after), shown]),
                                None => address(&[shown]),
                            };
                            view! {
                                <li data-key=item.id.clone()>
                                    <a class="inbox-item" href=href aria-current=current>
                                        <span class="inbox-title">{item.title}</span>
                                        <span class="inbox-line"><span>{format!("{}, {}", item.requester, item.team)}</span><span>{item.cost}</span></span>
                                        <span class="inbox-line"><When moment=item.when/></span>
                                    </a>
                                </li>
                            }
                        }).collect_view()}
                    </ul>
                    {pages}
                </div>
                {match selected {
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
    let InboxPreview {
        item,
        environment,
        template,
        reason,
        edited,
        comments,
        expiry,
        counts,
        plan,
        cost,
        approvals,
        refused,
    } = preview;
    let signs = format!("{}: {counts}, {} a month", item.title, cost.monthly);
    let decide = match refused {
        Some(why) => view! { <Banner tone=BannerTone::Note>{why}</Banner> }.into_any(),
        None => decide(&item.id, &plan.seal, &signs),
    };
    let talk = routes::request_tab(&item.id, "activity");
    let said = match comments {
        0 => "None yet".to_owned(),
        1 => "1 comment".to_owned(),
        many => format!("{many} comments"),
    };
    view! {
        <header class="inbox-head">
            <h2><a id="inbox-open" href=routes::request(&item.id)>{item.title}</a></h2>
            <p class="page-below"><ObjectId id=item.id.clone()/><span>{format!("{}, {}", item.requester, item.team)}</span><When moment=item.when/></p>
        </header>
        {(!reason.is_empty()).then(|| view! { <blockquote class="request-reason">{reason}</blockquote> })}
        {decide}
        <dl class="fact-strip">
            <div><dt>"Cost"</dt><dd><strong>{cost.monthly}</strong><span class="muted">" a month"{cost.delta.map(|delta| format!(" ({delta})"))}</span></dd></div>
            <div><dt>"Template"</dt><dd>{template}</dd></div>
            <div><dt>"Environment"</dt><dd>{environment}</dd></div>
            <div><dt>"Conversation"</dt><dd><a href=talk>{said}</a></dd></div>
            {expiry.map(|expiry| view! { <div><dt>"Expires"</dt><dd class="expiry" data-soon=expiry.soon.then_some("true")><When moment=expiry.when/></dd></div> })}
            <div><dt>"Approvals"</dt><dd><ul class="approvals">{approvals.into_iter().map(approval).collect_view()}</ul></dd></div>
        </dl>
        {edited.map(edit_panel)}
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
            {plan.warnings.into_iter().map(|text| view! { <Banner tone=BannerTone::Warning><Message text=text/></Banner> }).collect_view()}
            <h3 id="plan-heading">"What will happen"<span class="muted">{time}</span></h3>
            <div class="inbox-mini"><MiniPlan steps=tiles label=label/></div>
            <StepList steps=listed/>
            <p class="muted inbox-kept">{unchanged}</p>
        </section>
    }
}

/// All of them are about the plan whose seal is on the page: another one is refused by the server.
fn decide(id: &str, seal: &str, signs: &str) -> AnyView {
    let back = |panel: Panel| panel.from(routes::INBOX);
    view! {
        <div class="inbox-decide">
            {back(Panel::approve(id, seal, signs)).view(Some("inbox-approve"))}
            {back(Panel::changes(id, seal)).view(Some("inbox-changes"))}
            {back(Panel::reject(id, seal)).view(Some("inbox-reject"))}
            <a class="button" data-tone="quiet" href=routes::request(id)>"Open the request"</a>
        </div>
    }
    .into_any()
}
