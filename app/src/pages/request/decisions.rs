//! Who has to say yes, and what everybody said.

use leptos::prelude::*;

use super::{Approval, DecisionRow, Expiry, Rule};
use crate::components::{EmptyState, Icon, IconName, StatusIcon, Table, When};

pub(super) fn decisions_tab(rule: Rule, decisions: Vec<DecisionRow>, expiry: Option<Expiry>) -> AnyView {
    view! {
        <section class="section section-first" aria-label="Decisions">
            <dl class="facts rule">
                <div><dt>"Who has to approve"</dt><dd>{rule.who}</dd></div>
                <div><dt>"So far"</dt><dd>{format!("{} of {}", rule.given, rule.needed)}</dd></div>
                <div><dt>"Not counted"</dt><dd>"Whoever asked, approvals of an earlier plan, and of somebody who may no longer decide. One person counts once."</dd></div>
                {expiry.map(|expiry| view! { <div><dt>"Expires"</dt><dd><When moment=expiry.when/></dd></div> })}
            </dl>
            {if decisions.is_empty() {
                view! { <EmptyState icon=IconName::Seal title="Nobody has decided yet" text="Each decision stands here with its reason and the seal of the plan that it is about."/> }.into_any()
            } else {
                table(decisions)
            }}
        </section>
    }
    .into_any()
}

fn table(decisions: Vec<DecisionRow>) -> AnyView {
    view! {
        <Table label="Table of decisions" heads=vec![("Who", ""), ("Decided", ""), ("Why", ""), ("Seal", ""), ("When", "number")] cards=true>
            {decisions.into_iter().map(|one| {
                let seal: String = one.seal.chars().take(12).collect();
                view! {
                    <tr data-past=(!one.counts).then_some("true")>
                        <th scope="row">{one.who}</th>
                        <td data-label="Decided"><span class="decided"><StatusIcon status=one.status/>{one.did}</span></td>
                        <td data-label="Why" class="said">{one.said}</td>
                        <td data-label="Seal"><span class="decided"><Icon name=IconName::Seal/><code>{seal}</code></span>{one.earlier_plan.then(|| view! { <span class="muted">" earlier plan"</span> })}</td>
                        <td data-label="When" class="number muted"><When moment=one.when/></td>
                    </tr>
                }
            }).collect_view()}
        </Table>
    }
    .into_any()
}

/// One line of the short list above the tabs.
pub(in crate::pages) fn approval(one: Approval) -> impl IntoView {
    view! {
        <li data-past=one.is_past.then_some("true")>
            <StatusIcon status=one.status/>
            <div>
                <p>{one.stage}<span class="visually-hidden">{format!(": {}", one.status.word())}</span></p>
                {one.said.map(|said| view! { <p class="muted">{said}{one.when.map(|when| view! { " · "<When moment=when/> })}</p> })}
            </div>
        </li>
    }
}
