//! One person: their role, their teams, how they come in.

use leptos::prelude::*;

use super::{home::Activity, request_form::FormSection};
use crate::{
    Crumb, FieldError, Moment, Page, Status,
    components::{ActivityList, CsrfField, Danger, DangerZone, ObjectId, PageHeader, SettingsForm, StatusBadge, When},
    routes,
};

/// Posts the form to `routes::person(id)`, and nothing but the token to the other addresses.
#[derive(Clone, Debug, Default)]
pub struct PersonPage {
    /// `usr-4T9QXN`.
    pub id: String,
    /// "Ada Lovelace".
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// How they stand.
    pub status: Status,
    /// In a word: "Active".
    pub word: String,
    /// More about it: "The invitation works for 5 more days."
    pub standing: String,
    /// When the account was made.
    pub since: Moment,
    /// When they last signed in.
    pub seen: Option<Moment>,
    /// Version that the form changes.
    pub version: String,
    /// Name and role across teams.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post.
    pub errors: Vec<FieldError>,
    /// On the button that makes a link; nothing where none can be made.
    pub link_label: Option<String>,
    /// Their teams: id, title, role.
    pub teams: Vec<(String, String, String)>,
    /// What was done about the account.
    pub history: Vec<Activity>,
    /// Disabling it, or enabling it again.
    pub danger: Danger,
}

impl Page for PersonPage {
    fn title(&self) -> String {
        self.name.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("People", routes::PEOPLE)]
    }

    fn view(self) -> AnyView {
        let link = self.link_label.map(|label| {
            view! {
                <form method="post" action=routes::person_link(&self.id)>
                    <CsrfField/>
                    <button class="button">{label}</button>
                </form>
            }
        });
        view! {
            <PageHeader title=self.name
                beside=view! { <StatusBadge status=self.status word=self.word/> }.into_any()
                below=view! { <span>{self.email}</span><ObjectId id=self.id.clone()/> }.into_any()
                actions=link.into_any()/>
            <dl class="fact-strip">
                <div><dt>"Account"</dt><dd>"made "<When moment=self.since/></dd></div>
                <div><dt>"Last signed in"</dt><dd>{match self.seen {
                    Some(seen) => view! { <When moment=seen/> }.into_any(),
                    None => "never".into_any(),
                }}</dd></div>
                <div><dt>"Comes in"</dt><dd>{self.standing}</dd></div>
            </dl>
            <SettingsForm post_to=routes::person(&self.id) sections=self.sections errors=self.errors hidden=vec![("version", self.version)]>
                <button class="button" data-tone="primary">"Save"</button>
            </SettingsForm>
            <section class="section" aria-labelledby="teams-heading">
                <h2 id="teams-heading">"Teams"</h2>
                {if self.teams.is_empty() {
                    view! { <p class="muted">"In no team yet. Members are added on the page of the "<a href=routes::TEAMS>"team"</a>"."</p> }.into_any()
                } else {
                    view! {
                        <ul class="rows">
                            {self.teams.into_iter().map(|(id, title, role)| view! {
                                <li class="row"><a class="row-link" href=routes::team(&id)>{title}</a><span class="row-end muted">{role}</span></li>
                            }).collect_view()}
                        </ul>
                    }.into_any()
                }}
            </section>
            {(!self.history.is_empty()).then(|| view! {
                <section class="section" aria-labelledby="history-heading">
                    <div class="section-head"><h2 id="history-heading">"What was done about this account"</h2></div>
                    <ActivityList items=self.history/>
                </section>
            })}
            <DangerZone dangers=vec![self.danger]/>
        }
        .into_any()
    }
}
