//! Teams that the reader may look at.

use leptos::prelude::*;

use crate::{
    Page,
    components::{EmptyState, Icon, IconName, PageHeader, Table},
    document::Breadth,
    routes,
};

/// Teams.
#[derive(Clone, Debug, Default)]
pub struct TeamsPage {
    /// By title.
    pub rows: Vec<TeamRow>,
    /// Whether the reader may add one.
    pub may_add: bool,
}

/// One team.
#[derive(Clone, Debug, Default)]
pub struct TeamRow {
    /// `team-4T9QXN`.
    pub id: String,
    /// "payments".
    pub name: String,
    /// "Payments".
    pub title: String,
    /// How many people.
    pub members: usize,
    /// How many of them own it.
    pub owners: usize,
    /// How many stacks live.
    pub stacks: usize,
    /// "$58.12".
    pub cost: String,
}

impl Page for TeamsPage {
    fn title(&self) -> String {
        "Teams".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        let add = || view! { <a class="button" data-tone="primary" href=routes::TEAMS_NEW><Icon name=IconName::Plus/>"Add a team"</a> };
        view! {
            <PageHeader title="Teams" below=view! { "A team owns stacks: its members ask for them, its owners approve." }.into_any()
                actions=self.may_add.then(add).into_any()/>
            {if self.rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Team title="No teams yet" text="Every stack belongs to a team. Add the first one, then its members.">
                        {self.may_add.then(add)}
                    </EmptyState>
                }.into_any()
            } else {
                table(self.rows).into_any()
            }}
        }
        .into_any()
    }
}

fn table(rows: Vec<TeamRow>) -> impl IntoView {
    view! {
        <Table label="Table of teams" heads=vec![("Team", ""), ("Members", "number"), ("Stacks", "number"), ("A month", "number")] cards=true>
            {rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row"><span><a class="row-link" href=routes::team(&row.id)>{row.title}</a><span class="row-id">{row.name}</span></span></th>
                    <td data-label="Members" class="number"><span>{row.members}{(row.owners == 0).then(|| view! { <span class="row-id">"no owner"</span> })}</span></td>
                    <td data-label="Stacks" class="number">{row.stacks}</td>
                    <td data-label="A month" class="number">{row.cost}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}
