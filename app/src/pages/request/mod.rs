//! One request, like a good pull request: its plan, inputs, cost, decisions, conversation, and what I can do about it.
//! One file for each tab, and one for the bar.

mod decision_bar;
mod decision_panel;
mod decisions;
mod inputs;
mod plan;
mod timeline;

use leptos::prelude::*;

use self::{
    decision_bar::decision_bar,
    decisions::decisions_tab,
    inputs::inputs_tab,
    plan::{plan_list, plan_tab, stale_panel},
    timeline::{activity_tab, timeline},
};
pub(super) use self::{decision_panel::Panel, decisions::approval, plan::edit_panel};
use super::home::Activity;
use crate::{
    Change, CostView, Crumb, Moment, Page, PlanView, Status, Tone,
    components::{Banner, BannerTone, CostTable, Icon, IconName, ObjectId, PageHeader, StatusBadge, Tab, Tabs, When},
    document::Breadth,
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
    /// Why it was asked for, in the requester's words; may be empty.
    pub reason: String,
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
    /// The form for something like it, where the reader may ask.
    pub start_from: Option<String>,
    /// The tab that is open.
    pub tab: RequestTab,
    /// Its plan; nothing while it could not be planned.
    pub plan: Option<PlanView>,
    /// Why it is stale, and what changed since it was planned.
    pub stale: Option<Stale>,
    /// The changes that were asked for and are not made yet.
    pub asked: Option<Asked>,
    /// What was edited since it was looked at.
    pub edited: Option<EditNote>,
    /// When it ends by itself, while it waits.
    pub expiry: Option<Expiry>,
    /// Inputs, and what runs now.
    pub inputs: Vec<InputValue>,
    /// Estimate.
    pub cost: CostView,
    /// Everything that happened and was said, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Where the reader can say something, if they may.
    pub comment: Option<CommentForm>,
    /// Who has to say yes, and what each said about the plan as it is now.
    pub approvals: Vec<Approval>,
    /// What it takes.
    pub rule: Rule,
    /// Every decision, newest first.
    pub decisions: Vec<DecisionRow>,
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
    /// `decisions`
    Decisions,
    /// `activity`
    Activity,
}

impl RequestTab {
    /// From the query; anything unknown is the plan.
    pub fn from_query(tab: &str) -> Self {
        match tab {
            "inputs" => Self::Inputs,
            "cost" => Self::Cost,
            "decisions" => Self::Decisions,
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

/// Changes that an approver asked for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Who.
    pub who: String,
    /// What should be different.
    pub text: String,
    /// When.
    pub when: Moment,
}

/// What was edited.
#[derive(Clone, Debug, Default)]
pub struct EditNote {
    /// "What changed since your decision", "What the last edit changed".
    pub heading: String,
    /// Who edited last.
    pub who: String,
    /// When.
    pub when: Moment,
    /// Answers, before and after.
    pub changes: Vec<Change>,
    /// What the plan does otherwise.
    pub plan: Vec<Difference>,
}

/// When a request ends by itself.
#[derive(Clone, Debug, Default)]
pub struct Expiry {
    /// When.
    pub when: Moment,
    /// Whether that is soon.
    pub soon: bool,
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
    /// What was asked for before the edits, when that differs.
    pub before: Option<String>,
}

/// What happened, or what somebody said.
#[derive(Clone, Debug)]
pub enum TimelineEntry {
    /// "Ada Lovelace asked for this".
    Event(Box<TimelineEvent>),
    /// A person's words.
    Comment { who: String, text: String, when: Moment },
}

/// Something that was done.
#[derive(Clone, Debug, Default)]
pub struct TimelineEvent {
    /// "Ada Lovelace asked for changes", and when.
    pub activity: Activity,
    /// Its picture.
    pub status: Status,
    /// Why, in the words of who did it.
    pub said: Option<String>,
    /// Of an edit: answers, before and after.
    pub changes: Vec<Change>,
    /// What the plan does otherwise since.
    pub plan: Vec<Difference>,
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
    /// Whether it no longer counts.
    pub is_past: bool,
    /// "Grace Hopper approved", with the reason if any.
    pub said: Option<String>,
    /// When.
    pub when: Option<Moment>,
}

/// What it takes for a request to be carried out.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// "One of: an owner of Payments or the platform team".
    pub who: String,
    /// How many have approved the plan as it is now.
    pub given: u32,
    /// How many have to.
    pub needed: u32,
}

/// One decision.
#[derive(Clone, Debug, Default)]
pub struct DecisionRow {
    /// "Grace Hopper".
    pub who: String,
    /// Its picture.
    pub status: Status,
    /// "asked for changes".
    pub did: String,
    /// Why; may be empty.
    pub said: String,
    /// Seal of the plan that it is about, shortened by the page.
    pub seal: String,
    /// Whether it counts: it is about the plan as it is now, and of somebody who may still decide.
    pub counts: bool,
    /// Whether it is about an earlier plan.
    pub earlier_plan: bool,
    /// When.
    pub when: Moment,
}

/// What the reader can do, and why not.
#[derive(Clone, Debug, Default)]
pub struct DecisionBar {
    /// What the reader would sign by an approval, where they may: "14 to create, $58.12 a month". Sends `seal` and
    /// `comment`.
    pub approve: Option<String>,
    /// Seal of the plan shown, signed by an approval.
    pub seal: String,
    /// Whether the reader may reject; sends `seal` and `reason`.
    pub reject: bool,
    /// Whether the reader may ask for changes; sends `seal` and `reason`.
    pub ask_for_changes: bool,
    /// The form to edit it, where the reader may.
    pub edit: Option<String>,
    /// Whether everybody waits for the reader to edit it.
    pub my_turn: bool,
    /// How loud the button is that has it planned again, where the reader may.
    pub plan_again: Option<Tone>,
    /// What becomes of everything when the reader withdraws it, where they may; sends `reason`.
    pub withdraw: Option<String>,
    /// What the reader cannot do.
    pub refused: Vec<Refused>,
    /// After a post that was refused: "Say why, so that the requester can act on it."
    pub error: Option<String>,
    /// What was typed then, and what for.
    pub typed: Option<(Said, String)>,
}

/// What somebody says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Yes.
    Approve,
    /// Not like this.
    Changes,
    /// No.
    Reject,
    /// Never mind.
    Withdraw,
}

/// Things that the reader cannot do for the same reason.
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// "Approve, reject".
    pub what: String,
    /// "You cannot decide about your own request; someone else has to."
    pub why: String,
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
            tab("Decisions", "decisions", RequestTab::Decisions, Some(self.decisions.len())),
            tab("Activity", "activity", RequestTab::Activity, Some(self.timeline.len())),
        ];
        let printed = printed(&self);
        let open = tabs.iter().find(|tab| tab.current).map(|tab| tab.label.clone());
        let below = view! {
            <StatusBadge status=self.status/>
            <ObjectId id=self.id.clone()/>
            <span>{self.requester}" asked "<When moment=self.requested/></span>
        }
        .into_any();
        let actions = view! {
            {self.start_from.map(|href| view! { <a class="button" href=href>"Start from this request"</a> })}
            {self.run_id.map(|id| view! { <a class="button" data-tone="primary" href=routes::run(&id)>"Open the run"<Icon name=IconName::Arrow/></a> })}
        };
        let cost = self.cost.monthly.clone();
        let delta = self.cost.delta.clone();
        let content = match self.tab {
            RequestTab::Plan => plan_tab(self.plan),
            RequestTab::Inputs => inputs_tab(self.inputs),
            RequestTab::Cost => {
                view! { <section class="section section-first narrow" aria-label="Cost"><CostTable cost=self.cost/></section> }.into_any()
            }
            RequestTab::Decisions => decisions_tab(self.rule, self.decisions, self.expiry.clone()),
            RequestTab::Activity => activity_tab(self.timeline, self.comment, &self.id),
        };
        view! {
            <PageHeader title=self.heading below=below actions=actions.into_any()/>
            {(!self.sentence.is_empty()).then(|| view! { <p class="lead">{self.sentence}</p> })}
            {(!self.reason.is_empty()).then(|| view! { <blockquote class="request-reason">{self.reason}</blockquote> })}
            {self.stale.map(stale_panel)}
            {self.asked.map(asked_panel)}
            {self.expiry.clone().filter(|expiry| expiry.soon).map(expiry_warning)}
            <dl class="fact-strip">
                <div><dt>"Cost"</dt><dd><strong>{cost}</strong><span class="muted">" a month"{delta.map(|delta| format!(" ({delta})"))}</span></dd></div>
                <div><dt>"Template"</dt><dd><a href=self.template_href>{self.template}</a></dd></div>
                <div><dt>"Environment"</dt><dd>{self.environment}</dd></div>
                <div><dt>"Team"</dt><dd>{self.team}</dd></div>
                {self.expiry.map(|expiry| view! { <div><dt>"Expires"</dt><dd><When moment=expiry.when/></dd></div> })}
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
            {self.edited.map(edit_panel)}
            <Tabs label="Parts of this request" tabs=tabs/>
            <h2 class="print-only">{open}</h2>
            {content}
            {printed}
        }
        .into_any()
    }
}

/// What is behind the other tabs: on paper all of it follows.
fn printed(page: &RequestPage) -> impl IntoView + use<> {
    let part = |heading: &'static str, own: RequestTab, view: &dyn Fn() -> AnyView| {
        (page.tab != own).then(|| view! { <h2>{heading}</h2>{view()} })
    };
    view! {
        <div class="print-only">
            {part("Plan", RequestTab::Plan, &|| page.plan.clone().map(plan_list).into_any())}
            {part("Inputs", RequestTab::Inputs, &|| inputs_tab(page.inputs.clone()))}
            {part("Cost", RequestTab::Cost, &|| view! { <CostTable cost=page.cost.clone()/> }.into_any())}
            {part("Decisions", RequestTab::Decisions, &|| {
                decisions_tab(page.rule.clone(), page.decisions.clone(), page.expiry.clone())
            })}
            {part("Activity", RequestTab::Activity, &|| timeline(page.timeline.clone()))}
        </div>
    }
}

fn asked_panel(asked: Asked) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Warning>
            <p><strong>{asked.who}" asks for changes. "</strong><When moment=asked.when/></p>
            <p class="comment-text">{asked.text}</p>
        </Banner>
    }
}

fn expiry_warning(expiry: Expiry) -> impl IntoView {
    view! {
        <Banner tone=BannerTone::Warning>
            <p>"Nobody has done anything about this for a while: it expires "<strong><When moment=expiry.when/></strong>" and gives back all that is reserved for it."</p>
        </Banner>
    }
}
