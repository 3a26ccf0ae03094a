//! The plan graph: the face of the product.
//!
//! Left to right by time; what starts together stands in one column. Each step is a link to its
//! place in the list below, so that it works without scripts; with scripts, hover and focus say
//! why it waits, to screen readers too, and light its lines.

use leptos::prelude::*;

use super::Message;
use crate::{GraphLayout, Status, StepAction, StepView, assets::sprite, duration_text};

/// The graph.
#[component]
pub fn PlanFigure(
    /// Steps, in the order of the layout; live ones change in place.
    steps: Vec<Signal<StepView>>,
    /// Where each stands.
    layout: GraphLayout,
    /// Whether state and time spent are shown; else it is a plan.
    #[prop(optional)]
    live: bool,
    /// Seconds since the steps were told last, to count on.
    #[prop(optional, into)]
    since: Signal<u64>,
) -> impl IntoView {
    let focus = RwSignal::new(None::<usize>);
    let (width, height, dense) = (layout.width, layout.height, layout.dense);
    let waves = layout.columns.len().to_string();
    let size = (layout.node_width(), layout.node_height());
    let pairs: Vec<(usize, usize)> = layout.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let columns = layout
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let after = match column.after_seconds {
                0 if at == 0 => "starts at once".to_owned(),
                0 => String::new(),
                seconds => format!("after ~{}", clock_text(seconds)),
            };
            view! { <text class="graph-wave" x=(column.x + 2).to_string() y="24">{at + 1}" "<tspan>{after}</tspan></text> }
        })
        .collect_view();
    let edges = layout
        .edges
        .into_iter()
        .map(|edge| {
            let lit = move || {
                focus.get().map(|at| at == edge.from || at == edge.to).map(|lit| if lit { "yes" } else { "no" })
            };
            let target = steps[edge.to];
            view! {
                <path class="graph-edge" d=edge.path data-critical=edge.critical.then_some("true")
                    data-lit=lit data-flow=move || (live && target.with(|step| step.status == Status::Running)).then_some("true")/>
            }
        })
        .collect_view();
    let nodes = layout
        .nodes
        .into_iter()
        .enumerate()
        .map(|(at, place)| {
            let near: Vec<usize> = pairs
                .iter()
                .filter(|(from, to)| *from == at || *to == at)
                .flat_map(|(from, to)| [*from, *to])
                .collect();
            node(at, (place.x, place.y), size, steps[at], live, since, focus, near)
        })
        .collect_view();
    let all = steps.clone();
    view! {
        <figure class="plan-figure" data-dense=dense.then_some("true")>
            <div class="graph-scroll" tabindex="0" role="region" aria-label="Plan graph, left to right in the order of time">
                <svg class="graph" data-waves=waves width=width height=height viewBox=format!("0 0 {width} {height}")
                    on:mouseleave=move |_| focus.set(None)>
                    <g>{columns}</g>
                    <g fill="none">{edges}</g>
                    {nodes}
                </svg>
            </div>
            <figcaption class="graph-caption">
                <div role="status">{move || focus.get().map(|at| all[at].with(|step| inspector(step, live, since)))}</div>
                {move || focus.get().is_none().then(|| legend(live))}
            </figcaption>
        </figure>
    }
}

#[expect(clippy::too_many_arguments, reason = "called from one place, with what that place has at hand")]
fn node(
    at: usize,
    (x, y): (u32, u32),
    (width, height): (u32, u32),
    step: Signal<StepView>,
    live: bool,
    since: Signal<u64>,
    focus: RwSignal<Option<usize>>,
    near: Vec<usize>,
) -> impl IntoView {
    let first = step.get_untracked();
    let sprite = sprite();
    let glyph = format!("{sprite}#{}", first.glyph.symbol());
    let status = Memo::new(move |_| step.with(|step| step.status));
    let label = {
        let path = if first.critical { ", on the longest path" } else { "" };
        let said = format!("{} {}, {}{path}", first.kind, first.name, first.action.word());
        move || if live { format!("{said}: {}", status.get().word()) } else { said.clone() }
    };
    let time = move || step.with(|step| time_as(step, live, since.get(), clock_text));
    let lit = move || focus.get().map(|focused| if focused == at || near.contains(&focused) { "yes" } else { "no" });
    let dense = height < 40;
    let sign = first.action.sign();
    let state = move |y: u32| {
        live.then(|| view! {
            <svg class="icon status-icon" x=width - 27 y=y width="16" height="16" data-status=move || status.get().key()>
                <use href={
                    let sprite = sprite.clone();
                    move || format!("{sprite}#status-{}", status.get().key())
                }></use>
            </svg>
        })
    };
    let inside = if dense {
        // Only where time is lost: the rest is in the list, and names need the room.
        let timed = first.critical;
        let end = if live { 34 } else { 10 };
        let most = 22 - if live { 3 } else { 0 } - if timed { 5 } else { 0 };
        view! {
            <svg class="icon node-glyph" x="9" y="8" width="16" height="16"><use href=glyph></use></svg>
            <text class="node-sign" x="36" y="20" text-anchor="middle">{sign}</text>
            <text class="node-name" x="44" y="20">{shortened_inside(&first.name, most)}</text>
            {timed.then(|| view! { <text class="node-time" x=width - end y="20" text-anchor="end">{time}</text> })}
            {state(8)}
        }
        .into_any()
    } else {
        view! {
            <rect class="node-tile" x="8" y="14" width="28" height="28" rx="6"/>
            <svg class="icon node-glyph" x="14" y="20" width="16" height="16"><use href=glyph></use></svg>
            <text class="node-name" x="43" y="25">{shortened_inside(&first.name, if live { 15 } else { 19 })}</text>
            <text class="node-sign" x="47" y="42" text-anchor="middle">{sign}</text>
            <text class="node-kind" x="55" y="42">{shortened(&first.kind, if live { 14 } else { 15 })}</text>
            <text class="node-time" x=width - 12 y="42" text-anchor="end">{time}</text>
            {state(12)}
        }
        .into_any()
    };
    view! {
        <a class="node" href=format!("#step-{}", first.id) aria-label=label data-action=first.action.key()
            data-status=move || live.then(|| status.get().key()) data-critical=first.critical.then_some("true") data-lit=lit
            on:mouseenter=move |_| focus.set(Some(at)) on:focus=move |_| focus.set(Some(at)) on:blur=move |_| focus.set(None)>
            <g transform=format!("translate({x} {y})")>
                <rect class="node-box" width=width height=height rx=if dense { "6" } else { "8" }/>
                {inside}
            </g>
        </a>
    }
}

/// Time spent, counted on while it runs; else the time expected.
pub(super) fn step_time(step: &StepView, live: bool, since: u64) -> String {
    time_as(step, live, since, duration_text)
}

/// A length of time where there is little room: "48 s", "2:05".
fn clock_text(seconds: u64) -> String {
    if seconds < 60 {
        return duration_text(seconds);
    }
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn time_as(step: &StepView, live: bool, since: u64, text: fn(u64) -> String) -> String {
    if live && let Some(elapsed) = step.elapsed_seconds {
        let more = if step.status == Status::Running { since } else { 0 };
        return text(elapsed + more);
    }
    match step.expected_seconds {
        Some(expected) if step.action != StepAction::None => format!("~{}", text(expected)),
        _ => String::new(),
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

/// Names of one plan often begin alike: what tells them apart is at the end, and stays.
fn shortened_inside(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let end = most / 2;
    let start = most - 1 - end;
    text.chars().take(start).chain(['…']).chain(text.chars().skip(count - end)).collect()
}

fn legend(live: bool) -> AnyView {
    let signs = [StepAction::Create, StepAction::Update, StepAction::Replace, StepAction::Delete, StepAction::None];
    view! {
        <ul class="legend">
            {signs.into_iter().map(|action| view! {
                <li data-action=action.key()><span class="sign" aria-hidden="true">{action.sign()}</span>{action.word()}</li>
            }).collect_view()}
            <li class="legend-path">{if live { "longest path" } else { "longest path: decides how long it takes" }}</li>
        </ul>
    }
    .into_any()
}

fn inspector(step: &StepView, live: bool, since: Signal<u64>) -> AnyView {
    let changes = step
        .changes
        .iter()
        .filter(|change| change.before.is_some())
        .take(3)
        .map(|change| {
            let value = |value: &Option<String>| shortened(value.as_deref().unwrap_or("nothing"), 28);
            format!("{} from {} to {}", change.field, value(&change.before), value(&change.after))
        })
        .collect::<Vec<_>>()
        .join(", ");
    let calls = step
        .calls
        .iter()
        .filter_map(|call| Some(format!("{} {}", call.operation, call.request_id.as_ref()?)))
        .collect::<Vec<_>>()
        .join(", ");
    // Told once, when one comes to it: whoever listens is not to hear every second of a wait.
    let said =
        if live && !step.sentence.is_empty() { step.said(|| since.get_untracked()) } else { step.reason.clone() };
    view! {
        <p class="inspector">
            <strong>{format!("{} {}", step.kind, step.name)}</strong>
            " "<Message text=said/>
            {(!changes.is_empty()).then(|| format!(" Changes {changes}."))}
            {(!calls.is_empty()).then(|| view! { <span class="inspector-calls">" AWS requests: "<code>{calls}</code></span> })}
        </p>
    }
    .into_any()
}
