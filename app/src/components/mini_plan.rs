//! A plan in miniature: one tile per step, one column per wave.

use leptos::prelude::*;

use crate::{Glyph, Status, StepAction, assets::sprite};

/// So many tiles stand above each other; more of the same wave stand beside them.
const HIGHEST: usize = 8;

/// One tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MiniStep {
    /// "Target group orders"; said on hover.
    pub title: String,
    /// Its picture.
    pub glyph: Glyph,
    /// Column.
    pub wave: u32,
    /// What happens to it.
    pub action: StepAction,
    /// Live state; nothing in a plan.
    pub status: Option<Status>,
}

/// The miniature.
#[component]
pub fn MiniPlan(
    /// Tiles.
    steps: Vec<MiniStep>,
    /// What it shows, for screen readers: "14 steps, 6 done".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let waves = steps.iter().map(|step| step.wave).max().map_or(0, |last| last + 1);
    let columns: Vec<Vec<MiniStep>> =
        (0..waves).map(|wave| steps.iter().filter(|step| step.wave == wave).cloned().collect()).collect();
    view! {
        <div class="mini-plan" role="img" aria-label=label>
            {columns.into_iter().map(|column| view! {
                <div class="mini-wave">
                    {column.chunks(HIGHEST).map(|stack| view! {
                        <div class="mini-stack">{stack.iter().cloned().map(tile).collect_view()}</div>
                    }).collect_view()}
                </div>
            }).collect_view()}
        </div>
    }
}

fn tile(step: MiniStep) -> impl IntoView {
    let href = format!("{}#{}", sprite(), step.glyph.symbol());
    view! {
        <span class="mini-step" title=step.title data-action=step.action.key() data-status=step.status.map(Status::key)>
            <svg class="icon" width="14" height="14" aria-hidden="true"><use href=href></use></svg>
        </span>
    }
}
