//! One request: its plan, inputs, cost, conversation, and what I can do about it.

use leptos::prelude::*;

use super::home::Activity;
use crate::{
    Change, Choice, CostView, Crumb, Moment, Page, PlanView, Status,
    components::{
        Avatar, Banner, BannerTone, ChangesTable, ChoiceButton, CostTable, CsrfField, EmptyState, Icon, IconName,
        ObjectId, PageHeader, StatusBadge, StatusIcon, StepList, Tab, Tabs, When,
    },
    document::Breadth,
    duration_text,
    frame::initials,
    islands::PlanExplorer,
    routes,
};

/// A request.
#[derive(Clone, Debug, Default)]
pub struct RequestPage {
    /// `req-7F3K2M`.
    pub id: String,
    /// "Create orders in production".
    pub heading: String,
    /// Its state.
    pub status: Status,
    /// What that means for the reader, in a sentence: "Waits for one approver of Payments."
    pub sentence: String,
    /// "Web service, revision 3".
    pub template: String,
    /// Address of the template.
    pub template_href: String,
    /// "production (eu-central-1)".
    pub environment: String,
    /// "Payments".
    pub team: String,
    /// Who asked.
    pub requester: String,
    /// When.
    pub requested: Moment,
    /// Its stack: name and id, once there is one.
    pub stack: Option<(String, String)>,
    /// Its run, once there is one.
    pub run_id: Option<String>,
    /// The tab that is open.
    pub tab: RequestTab,
    /// Its plan; nothing while it could not be planned.
    pub plan: Option<PlanView>,
    /// Why it is stale, and what changed since it was planned.
    pub stale: Option<Stale>,
    /// Inputs, and what runs now.
    pub inputs: Vec<InputValue>,
    /// Estimate.
    pub cost: CostView,
    /// Everything that happened and was said, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Where the reader can say something, if they may.
    pub comment: Option<CommentForm>,
    /// Who has to say yes, and what each said.
    pub approvals: Vec<Approval>,
    /// What the reader can do now.
    pub decision: DecisionBar,
}

/// Tabs of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestTab {
    /// `plan`
    #[default]
    Plan,
    /// `inputs`
    Inputs,
    /// `cost`
    Cost,
    /// `activity`
    Activity,
}

impl RequestTab {
    /// From the query; anything unknown is the plan.
    pub fn from_query(tab: &str) -> Self {
        match tab {
            "inputs" => Self::Inputs,
            "cost" => Self::Cost,
            "activity" => Self::Activity,
            _ => Self::Plan,
        }
    }
}

/// What moved since the plan was made.
#[derive(Clone, Debug, Default)]
pub struct Stale {
    /// "What the plan was made from is no longer so."
    pub why: String,
    /// One by one, when known.
    pub differences: Vec<Difference>,
}

/// One thing that moved.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// "It would now update the logs (log group) instead of leaving it."
    pub sentence: String,
    /// The fields that are behind it.
    pub changes: Vec<Change>,
}

/// One input.
#[derive(Clone, Debug, Default)]
pub struct InputValue {
    /// "container_port".
    pub name: String,
    /// "Container port".
    pub title: String,
    /// What was asked for; secrets come as "set" or "unchanged".
    pub value: String,
    /// What runs now, when that differs.
    pub now: Option<String>,
}

/// What happened, or what somebody said.
#[derive(Clone, Debug)]
pub enum TimelineEntry {
    /// "Ada Lovelace asked for this".
    Event(Activity, Status),
    /// A person's words.
    Comment { who: String, text: String, when: Moment },
}

/// A remark that is being written.
#[derive(Clone, Debug, Default)]
pub struct CommentForm {
    /// What was typed, after a post that was refused.
    pub text: String,
    /// Why it was refused.
    pub error: Option<String>,
}

/// One who has to say yes.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// "One owner of Payments".
    pub stage: String,
    /// `NeedsApproval`, `Succeeded` or `Rejected`.
    pub status: Status,
    /// "Grace Hopper approved", with the reason if any.
    pub said: Option<String>,
    /// When.
    pub when: Option<Moment>,
}

/// What the reader can do, and why not.
#[derive(Clone, Debug, Default)]
pub struct DecisionBar {
    /// Whether the reader may approve; sends `seal` and `comment`.
    pub approve: bool,
    /// Seal of the plan shown, signed by an approval.
    pub seal: String,
    /// Whether the reader may reject; sends `reason`.
    pub reject: bool,
    /// Why the reader can do neither: "You asked for this yourself; another approver has to look at it."
    pub refused: Option<String>,
    /// Withdraw, plan again, and the like.
    pub others: Vec<Choice>,
    /// After a post that was refused: "Say why, so that the requester can act on it."
    pub error: Option<String>,
    /// The reason that was typed for a rejection that was refused.
    pub reason: Option<String>,
}

impl Page for RequestPage {
    fn title(&self) -> String {
        self.heading.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Requests", routes::REQUESTS)]
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let tab = |label: &str, key: &str, own: RequestTab, count: Option<usize>| Tab {
            label: label.into(),
            href: routes::request_tab(&self.id, key),
            count,
            current: self.tab == own,
        };
        let tabs = vec![
            tab("Plan", "plan", RequestTab::Plan, self.plan.as_ref().map(|plan| plan.steps.len())),
            tab("Inputs", "inputs", RequestTab::Inputs, Some(self.inputs.len())),
            tab("Cost", "cost", RequestTab::Cost, None),
            tab("Activity", "activity", RequestTab::Activity, Some(self.timeline.len())),
        ];
        let below = view! {
            <StatusBadge status=self.status/>
            <ObjectId id=self.id.clone()/>
            <span>{self.requester}" asked "<When moment=self.requested/></span>
        }
        .into_any();
        let run = self.run_id.map(|id| {
            view! { <a class="button" data-tone="primary" href=routes::run(&id)>"Open the run"<Icon name=IconName::Arrow/></a> }
        });
        let cost = self.cost.monthly.clone();
        let delta = self.cost.delta.clone();
        let content = match self.tab {
            RequestTab::Plan => plan_tab(self.plan),
            RequestTab::Inputs => inputs_tab(self.inputs),
            RequestTab::Cost => {
                view! { <section class="section section-first narrow" aria-label="Cost"><CostTable cost=self.cost/></section> }.into_any()
            }
            RequestTab::Activity => {
                let form = self.comment.map(|form| comment_form(form, &self.id));
                view! { <section class="section section-first conversation" aria-label="Activity">{timeline(self.timeline)}{form}</section> }.into_any()
            }
        };
        view! {
            <PageHeader title=self.heading below=below actions=run.into_any()/>
            {(!self.sentence.is_empty()).then(|| view! { <p class="lead">{self.sentence}</p> })}
            {self.stale.map(stale_panel)}
            <dl class="fact-strip">
                <div><dt>"Cost"</dt><dd><strong>{cost}</strong><span class="muted">" a month"{delta.map(|delta| format!(" ({delta})"))}</span></dd></div>
                <div><dt>"Template"</dt><dd><a href=self.template_href>{self.template}</a></dd></div>
                <div><dt>"Environment"</dt><dd>{self.environment}</dd></div>
                <div><dt>"Team"</dt><dd>{self.team}</dd></div>
                {self.stack.map(|(name, id)| view! { <div><dt>"Stack"</dt><dd><a href=routes::stack(&id)>{name}</a></dd></div> })}
                <div>
                    <dt>"Approvals"</dt>
                    <dd>
                        {if self.approvals.is_empty() {
                            view! { <span class="muted">"None needed"</span> }.into_any()
                        } else {
                            view! { <ul class="approvals">{self.approvals.into_iter().map(approval).collect_view()}</ul> }.into_any()
                        }}
                    </dd>
                </div>
            </dl>
            {decision_bar(self.decision, &self.id)}
            <Tabs label="Parts of this request" tabs=tabs/>
            {content}
        }
        .into_any()
    }
}

fn stale_panel(stale: Stale) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Warning>
            <p><strong>"The plan is stale. "</strong>{stale.why}</p>
            {(!stale.differences.is_empty()).then(|| view! {
                <ul class="differences">
                    {stale.differences.into_iter().map(|one| view! {
                        <li>{one.sentence}{(!one.changes.is_empty()).then(|| view! { <ChangesTable changes=one.changes/> })}</li>
                    }).collect_view()}
                </ul>
            })}
        </Banner>
    }
}

fn plan_tab(plan: Option<PlanView>) -> AnyView {
    let Some(plan) = plan else {
        return view! {
            <EmptyState icon=IconName::Seal title="No plan yet" text="Gantry looks at AWS, decides every name and value, and shows the plan here before anybody is asked."/>
        }
        .into_any();
    };
    view! { <PlanPart plan=plan/> }.into_any()
}

/// A plan: warnings, how long, the graph, the list.
#[component]
pub(super) fn PlanPart(
    /// The plan.
    plan: PlanView,
) -> impl IntoView {
    let steps: Vec<Signal<crate::StepView>> =
        plan.steps.iter().cloned().map(|step| RwSignal::new(step).into()).collect();
    let seal: String = plan.seal.chars().take(12).collect();
    view! {
        <section class="section section-first" aria-label="Plan">
            {plan.warnings.into_iter().map(|text| view! { <Banner tone=BannerTone::Warning>{text}</Banner> }).collect_view()}
            <p class="plan-counts">
                <span>{counts(&plan.steps)}</span>
                {plan.expected_seconds.map(|expected| view! { <span class="muted">{format!("about {}", duration_text(expected))}</span> })}
                {(!seal.is_empty()).then(|| view! { <span class="muted" title="An approval signs exactly this plan"><Icon name=IconName::Seal/><code>{seal}</code></span> })}
            </p>
            <PlanExplorer steps=plan.steps layout=plan.layout/>
            <StepList steps=steps/>
        </section>
    }
}

/// "14 to create, 1 to replace".
fn counts(steps: &[crate::StepView]) -> String {
    use crate::StepAction as Action;
    let parts: Vec<String> = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Replace, "to replace"),
        (Action::Adopt, "to adopt"),
        (Action::Delete, "to delete"),
        (Action::None, "unchanged"),
    ]
    .into_iter()
    .filter_map(|(action, words)| {
        let count = steps.iter().filter(|step| step.action == action).count();
        (count > 0).then(|| format!("{count} {words}"))
    })
    .collect();
    if parts.is_empty() { "Nothing to do".into() } else { parts.join(", ") }
}

fn inputs_tab(inputs: Vec<InputValue>) -> AnyView {
    let differs = inputs.iter().any(|input| input.now.is_some());
    view! {
        <section class="section section-first">
            <div class="table-scroll" tabindex="0" role="region" aria-label="Table of inputs">
                <table class="table">
                    <thead><tr><th scope="col">"Input"</th><th scope="col">"Asked for"</th>{differs.then(|| view! { <th scope="col">"Runs now"</th> })}</tr></thead>
                    <tbody>
                        {inputs.into_iter().map(|input| {
                            let changed = input.now.is_some();
                            view! {
                                <tr data-changed=changed.then_some("true")>
                                    <th scope="row">{input.title}<code class="row-id">{input.name}</code></th>
                                    <td><code class="value">{input.value}</code></td>
                                    {differs.then(|| view! { <td>{match input.now {
                                        Some(now) => view! { <del><code class="value">{now}</code></del> }.into_any(),
                                        None => view! { <span class="muted">"the same"</span> }.into_any(),
                                    }}</td> })}
                                </tr>
                            }
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn timeline(entries: Vec<TimelineEntry>) -> AnyView {
    if entries.is_empty() {
        return view! { <EmptyState icon=IconName::Speech title="Nothing has happened yet" text="What is done and said about this request will stand here."/> }.into_any();
    }
    view! {
        <ol class="timeline">
            {entries.into_iter().map(|entry| match entry {
                TimelineEntry::Event(event, status) => view! {
                    <li class="timeline-event">
                        <StatusIcon status=status/>
                        <p><strong>{event.who}</strong>" "{event.did}" "
                            {match event.href {
                                Some(href) => view! { <a href=href>{event.what}</a> }.into_any(),
                                None => event.what.into_any(),
                            }}
                            " "<When moment=event.when/></p>
                    </li>
                }.into_any(),
                TimelineEntry::Comment { who, text, when } => view! {
                    <li class="timeline-comment">
                        <Avatar initials=initials(&who)/>
                        <div class="comment"><p class="comment-head"><strong>{who}</strong><When moment=when/></p><p class="comment-text">{text}</p></div>
                    </li>
                }.into_any(),
            }).collect_view()}
        </ol>
    }
    .into_any()
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

pub(super) fn approval(one: Approval) -> impl IntoView {
    view! {
        <li>
            <StatusIcon status=one.status/>
            <div>
                <p>{one.stage}<span class="visually-hidden">{format!(": {}", one.status.word())}</span></p>
                {one.said.map(|said| view! { <p class="muted">{said}{one.when.map(|when| view! { " "<When moment=when/> })}</p> })}
            </div>
        </li>
    }
}

fn decision_bar(bar: DecisionBar, id: &str) -> Option<AnyView> {
    let nothing = !bar.approve && !bar.reject && bar.others.is_empty() && bar.refused.is_none() && bar.error.is_none();
    let rejecting = bar.reason.is_some();
    if nothing {
        return None;
    }
    Some(
        view! {
            <section class="decision-bar" aria-label="Your decision">
                {bar.error.map(|error| view! { <Banner tone=BannerTone::Danger announce=true>{error}</Banner> })}
                {bar.approve.then(|| view! { <p class="decision-why"><Icon name=IconName::Seal/>"Approving signs exactly this plan; any change voids it."</p> })}
                {bar.refused.map(|why| view! { <p class="decision-why"><Icon name=IconName::Lock/>{why}</p> })}
                <div class="decision-actions">
                    {bar.others.into_iter().map(|choice| view! { <ChoiceButton choice=choice/> }).collect_view()}
                    {bar.reject.then(|| view! {
                        <details class="menu decision-reject" open=rejecting>
                            <summary class="button">"Reject…"</summary>
                            <form class="menu-panel stacked-form" method="post" action=routes::request_reject(id)>
                                <CsrfField/>
                                <input type="hidden" name="seal" value=bar.seal.clone()/>
                                <div class="field">
                                    <label class="field-label" for="reason">"Why not?"</label>
                                    <textarea class="input" id="reason" name="reason" rows="3" required aria-describedby="reason-help">{bar.reason}</textarea>
                                    <p class="field-help" id="reason-help">"The requester reads this."</p>
                                </div>
                                <button class="button" data-tone="danger">"Reject this request"</button>
                            </form>
                        </details>
                    })}
                    {bar.approve.then(|| view! {
                        <form method="post" action=routes::request_approve(id)>
                            <CsrfField/>
                            <input type="hidden" name="seal" value=bar.seal/>
                            <button class="button" data-tone="primary"><Icon name=IconName::Check/>"Approve this plan"</button>
                        </form>
                    })}
                </div>
            </section>
        }
        .into_any(),
    )
}
