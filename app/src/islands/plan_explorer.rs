//! The graph of a plan, with hover and focus.

use leptos::prelude::*;

use crate::{GraphLayout, StepView, components::PlanFigure};

/// The plan graph as an island: without scripts each step is a link to its place in the list.
#[island]
pub fn PlanExplorer(
    /// Steps, in the order of the layout.
    steps: Vec<StepView>,
    /// Where each stands.
    layout: GraphLayout,
) -> impl IntoView {
    let steps = steps.into_iter().map(|step| RwSignal::new(step).into()).collect::<Vec<Signal<StepView>>>();
    view! { <PlanFigure steps=steps layout=layout/> }
}
