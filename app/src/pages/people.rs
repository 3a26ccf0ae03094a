//! Everybody with an account.

use leptos::prelude::*;

use crate::{
    Moment, Page, Status,
    components::{Avatar, EmptyState, Icon, IconName, PageHeader, Pager, Pages, PastTheEnd, StatusBadge, Table, When},
    document::Breadth,
    frame::initials,
    routes,
};

/// People.
#[derive(Clone, Debug, Default)]
pub struct PeoplePage {
    /// What was searched for.
    pub query: String,
    /// Those that were found.
    pub rows: Vec<PersonRow>,
    /// The rest of them.
    pub pages: Pages,
}

/// One person.
#[derive(Clone, Debug, Default)]
pub struct PersonRow {
    /// `usr-4T9QXN`.
    pub id: String,
    /// "Ada Lovelace".
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// "Platform team"; nothing for those in teams only.
    pub role: Option<String>,
    /// "Payments", "Search".
    pub teams: Vec<String>,
    /// How they stand.
    pub status: Status,
    /// In a word: "Active".
    pub word: String,
    /// When they last signed in.
    pub seen: Option<Moment>,
}

impl Page for PeoplePage {
    fn title(&self) -> String {
        "People".into()
    }

    fn breadth(&self) -> Breadth {
        Breadth::Wide
    }

    fn view(self) -> AnyView {
        view! {
            <PageHeader title="People"
                below=view! { "What somebody may do follows from their role across teams and in each team." }.into_any()
                actions=view! { <a class="button" data-tone="primary" href=routes::PEOPLE_INVITE><Icon name=IconName::Plus/>"Invite somebody"</a> }.into_any()/>
            <form class="search" role="search" method="get" action=routes::PEOPLE>
                <label class="visually-hidden" for="q">"Search people"</label>
                <Icon name=IconName::Search/>
                <input class="input" type="search" id="q" name="q" value=self.query placeholder="Name or e-mail address"/>
            </form>
            {if self.rows.is_empty() && self.pages.first.is_some() {
                view! { <PastTheEnd/> }.into_any()
            } else if self.rows.is_empty() {
                view! {
                    <EmptyState icon=IconName::Search title="Nobody by that name" text="Try fewer letters, or invite them.">
                        <a class="button" href=routes::PEOPLE>"Show everybody"</a>
                    </EmptyState>
                }.into_any()
            } else {
                table(self.rows).into_any()
            }}
            <Pager pages=self.pages first="First" next="More"/>
        }
        .into_any()
    }
}

fn table(rows: Vec<PersonRow>) -> impl IntoView {
    view! {
        <Table label="Table of people" heads=vec![("Person", ""), ("Across teams", ""), ("Teams", ""), ("State", ""), ("Last signed in", "number")] cards=true>
            {rows.into_iter().map(|row| view! {
                <tr>
                    <th scope="row">
                        <span class="with-glyph">
                            <Avatar initials=initials(&row.name)/>
                            <span><a class="row-link" href=routes::person(&row.id)>{row.name}</a><span class="row-id">{row.email}</span></span>
                        </span>
                    </th>
                    <td data-label="Across teams">{match row.role {
                        Some(role) => view! { <span class="tag">{role}</span> }.into_any(),
                        None => view! { <span class="muted">"–"</span> }.into_any(),
                    }}</td>
                    <td data-label="Teams">{if row.teams.is_empty() { "–".to_owned() } else { row.teams.join(", ") }}</td>
                    <td data-label="State"><StatusBadge status=row.status word=row.word/></td>
                    <td data-label="Last signed in" class="number muted">{match row.seen {
                        Some(seen) => view! { <When moment=seen/> }.into_any(),
                        None => "never".into_any(),
                    }}</td>
                </tr>
            }).collect_view()}
        </Table>
    }
}
