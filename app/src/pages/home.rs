//! Home: what needs me, what is running, what my team has, what happened lately.

use leptos::prelude::*;

use super::stacks::StackRow;
use crate::{
    Moment, Page, RunView, Status,
    components::{
        ActivityList, EmptyState, Icon, IconName, MiniPlan, MiniStep, PageHeader, StackTable, StatusBadge, When,
    },
    duration_text, routes,
};

/// Home.
#[derive(Clone, Debug, Default)]
pub struct HomePage {
    /// First name, for the greeting.
    pub name: String,
    /// The first of what waits for the reader.
    pub needs_me: Vec<Need>,
    /// Where the rest of it is: "All 41 in the inbox" and its address.
    pub more_needs: Vec<(String, String)>,
    /// The latest runs under way.
    pub running: Vec<RunCard>,
    /// The first of the team's stacks.
    pub stacks: Vec<StackRow>,
    /// How many it has.
    pub stack_count: u64,
    /// What they cost a month: "$412.50".
    pub stack_cost: String,
    /// What happened lately, newest first.
    pub activity: Vec<Activity>,
    /// Whether the reader may ask for things.
    pub may_request: bool,
}

/// One thing that waits for the reader.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// Unique among them.
    pub key: String,
    /// Why it waits.
    pub status: Status,
    /// "Create orders in production".
    pub title: String,
    /// Where it is dealt with.
    pub href: String,
    /// "$58.12 a month".
    pub detail: String,
    /// Who asked, or handed it over.
    pub who: String,
    /// Since when.
    pub when: Moment,
}

/// A run in miniature.
#[derive(Clone, Debug, Default)]
pub struct RunCard {
    /// "Create orders in production".
    pub title: String,
    /// The run.
    pub run: RunView,
}

/// One line of what happened: "Grace Hopper approved req-7F3K2M".
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// "Grace Hopper".
    pub who: String,
    /// "approved".
    pub did: String,
    /// "Create orders".
    pub what: String,
    /// Where that leads; nothing when there is no page.
    pub href: Option<String>,
    /// When.
    pub when: Moment,
}

impl Page for HomePage {
    fn title(&self) -> String {
        "Home".into()
    }

    fn view(self) -> AnyView {
        let newcomer = self.stacks.is_empty() && self.needs_me.is_empty() && self.running.is_empty();
        let may_request = self.may_request;
        let title = if newcomer { format!("Welcome, {}", self.name) } else { "Home".to_owned() };
        let action = may_request.then(|| {
            view! { <a class="button" data-tone="primary" href=routes::CATALOGUE><Icon name=IconName::Plus/>"Request something"</a> }.into_any()
        });
        view! {
            <PageHeader title=title actions=action.into_any()/>
            {newcomer.then(|| first_steps(may_request))}
            {(!self.needs_me.is_empty()).then(|| needs_me(self.needs_me, self.more_needs))}
            {(!self.running.is_empty()).then(|| running(self.running))}
            {(!newcomer).then(|| view! {
                <section class="section" aria-labelledby="stacks-heading">
                    <div class="section-head">
                        <h2 id="stacks-heading">"Stacks"</h2>
                        {(self.stack_count > 0).then(|| view! { <span class="muted section-note">{stacks_together(self.stack_count, &self.stack_cost)}</span> })}
                        <a href=routes::STACKS>"All stacks"</a>
                    </div>
                    {if self.stacks.is_empty() {
                        view! {
                            <EmptyState icon=IconName::Stack title="No stacks yet" text="What your team runs will stand here, with its health and its cost.">
                                {may_request.then(|| view! { <a class="button" href=routes::CATALOGUE>"Open the catalogue"</a> })}
                            </EmptyState>
                         }.into_any()
                    } else {
                        view! { <StackTable rows=self.stacks/> }.into_any()
                    }}
                </section>
            })}
            {(!self.activity.is_empty()).then(|| view! {
                <section class="section" aria-labelledby="activity-heading">
                    <h2 id="activity-heading">"Lately"</h2>
                    <ActivityList items=self.activity/>
                </section>
            })}
        }
        .into_any()
    }
}

fn first_steps(may_request: bool) -> impl IntoView {
    view! {
        <ol class="first-steps">
            <li>
                <span class="first-step-icon"><Icon name=IconName::Shelf/></span>
                <h2>"Pick a template"</h2>
                <p>"A cluster or a web service, ready for production. You fill in what is yours: a name, an image, a port."</p>
                {may_request.then(|| view! { <a class="button" data-tone="primary" href=routes::CATALOGUE>"Open the catalogue"</a> })}
            </li>
            <li>
                <span class="first-step-icon"><Icon name=IconName::Seal/></span>
                <h2>"See the plan"</h2>
                <p>"Every resource, in the order it will be made, with its monthly cost. Nothing happens before somebody else has approved exactly that."</p>
            </li>
            <li>
                <span class="first-step-icon"><Icon name=IconName::Stack/></span>
                <h2>"Watch it come up"</h2>
                <p>"Gantry makes it in AWS, step by step. If something fails you choose: try again, undo, or keep."</p>
            </li>
        </ol>
    }
}

/// "6 stacks, $412.50 a month".
fn stacks_together(count: u64, cost: &str) -> String {
    let word = if count == 1 { "stack" } else { "stacks" };
    format!("{count} {word}, {cost} a month")
}

fn needs_me(items: Vec<Need>, more: Vec<(String, String)>) -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="needs-me-heading">
            <div class="section-head"><h2 id="needs-me-heading">"Needs you"</h2><a href=routes::INBOX>"Inbox"</a></div>
            {need_rows(items)}
            {(!more.is_empty()).then(|| view! {
                <p class="pager form-actions">{more.into_iter().map(|(label, href)| view! { <a class="button" href=href>{label}</a> }).collect_view()}</p>
            })}
        </section>
    }
}

/// A list of what waits for the reader.
pub(super) fn need_rows(items: Vec<Need>) -> impl IntoView {
    view! {
        <ul class="rows">
            {items.into_iter().map(|item| view! {
                <li class="row" data-key=item.key>
                    <StatusBadge status=item.status/>
                    <a class="row-link" href=item.href>{item.title}</a>
                    <span class="muted wide-only">{item.detail}</span>
                    <span class="row-end muted">{item.who}", "<When moment=item.when/></span>
                </li>
            }).collect_view()}
        </ul>
    }
}

fn running(cards: Vec<RunCard>) -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="running-heading">
            <h2 id="running-heading">"Running now"</h2>
            <ul class="run-cards">
                {cards.into_iter().map(|card| {
                    let progress = card.run.progress().text();
                    let time = card.run.elapsed_seconds.map(duration_text);
                    let expected = card.run.expected_seconds.map(|expected| format!(" of ~{}", duration_text(expected)));
                    let steps = card.run.steps.iter().map(|step| MiniStep {
                        title: format!("{} {}: {}", step.kind, step.name, step.status.word()),
                        glyph: step.glyph,
                        wave: step.wave,
                        action: step.action,
                        status: Some(step.status),
                    }).collect::<Vec<_>>();
                    view! {
                        <li class="run-card" data-key=card.run.id.clone()>
                            <div class="run-card-head">
                                <a class="row-link" href=routes::run(&card.run.id)>{card.title}</a>
                                <StatusBadge status=card.run.status/>
                            </div>
                            <MiniPlan steps=steps label=progress.clone()/>
                            <p class="muted run-card-foot"><span>{progress}</span><span>{time}{expected}</span></p>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    }
}
