//! One team: who is in it, and what it is called.

use leptos::prelude::*;

use super::request_form::FormSection;
use crate::{
    Crumb, FieldError, Page,
    components::{
        Avatar, Banner, BannerTone, CsrfField, EmptyState, Icon, IconName, Message, ObjectId, PageHeader, Pager, Pages,
        PastTheEnd, SettingsForm,
    },
    frame::initials,
    routes,
};

/// Roles in a team, weakest first: word in the form, and how it is read.
const ROLES: [(&str, &str); 3] = [("viewer", "Viewer"), ("developer", "Developer"), ("owner", "Owner")];

/// Posts `email`, `role` to `routes::team_members(id)`, `shown` (the role until now) and `role` to
/// `routes::team_role(id, member)`, and `title`, `version` to `routes::team(id)`.
#[derive(Clone, Debug, Default)]
pub struct TeamPage {
    /// `team-4T9QXN`.
    pub id: String,
    /// "payments".
    pub name: String,
    /// "Payments".
    pub title: String,
    /// Version that the form changes.
    pub version: String,
    /// How many stacks live.
    pub stacks: usize,
    /// "$58.12".
    pub cost: String,
    /// By name.
    pub members: Vec<Member>,
    /// Whether there are more of them than one page shows, so that they can be searched.
    pub is_long: bool,
    /// What was searched for among them.
    pub query: String,
    /// The rest of them.
    pub pages: Pages,
    /// Why the reader may not change anything here; nothing where they may.
    pub refused: Option<String>,
    /// Whether the reader may open the pages of people.
    pub may_open_people: bool,
    /// What was typed for a new member, and the role picked.
    pub adding: (String, String),
    /// The title.
    pub sections: Vec<FormSection>,
    /// All that is wrong, after a post: `email` for a new member, `title`, or no path.
    pub errors: Vec<FieldError>,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// `usr-4T9QXN`.
    pub id: String,
    /// "Ada Lovelace".
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// "owner".
    pub role: String,
    /// Whether they may not sign in.
    pub disabled: bool,
    /// Whether it is the reader.
    pub is_reader: bool,
}

impl Page for TeamPage {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn trail(&self) -> Vec<Crumb> {
        vec![Crumb::new("Teams", routes::TEAMS)]
    }

    fn view(self) -> AnyView {
        let may_manage = self.refused.is_none();
        let of = |path: &str| self.errors.iter().filter(|error| error.path == path).cloned().collect::<Vec<_>>();
        let (at_email, at_title) = (of("email"), of("title"));
        let others: Vec<String> = self
            .errors
            .iter()
            .filter(|error| !["email", "title"].contains(&error.path.as_str()))
            .map(|error| error.message.clone())
            .collect();
        let title = self.title.clone();
        let id = self.id.clone();
        let all_members = routes::team(&id);
        view! {
            <PageHeader title=self.title
                below=view! { <code>{self.name}</code><ObjectId id=self.id.clone()/><span>{stacks(self.stacks)}</span><span>{format!("{} a month", self.cost)}</span> }.into_any()/>
            {(!others.is_empty()).then(|| view! { <Banner tone=BannerTone::Danger announce=true>{others.join(" ")}</Banner> })}
            <section class="section section-first" aria-labelledby="members-heading">
                <div class="section-head"><h2 id="members-heading">"Members"</h2>{self.refused.map(|why| view! { <span class="muted">{why}</span> })}</div>
                {may_manage.then(|| add_form(&self.id, self.adding, at_email))}
                {self.is_long.then(|| search(&self.id, self.query.clone()))}
                {if self.members.is_empty() && self.pages.first.is_some() {
                    view! { <PastTheEnd/> }.into_any()
                } else if self.members.is_empty() && !self.query.is_empty() {
                    view! {
                        <EmptyState icon=IconName::Search title="No member by that name" text="Try fewer letters, or look at all of them.">
                            <a class="button" href=all_members>"Show all members"</a>
                        </EmptyState>
                    }.into_any()
                } else if self.members.is_empty() {
                    view! { <EmptyState icon=IconName::Team title="Nobody is in this team yet" text="Add its owner first: owners approve what the team asks for, and manage its members."/> }.into_any()
                } else {
                    view! {
                        <ul class="rows members">
                            {self.members.into_iter().map(|member| row(&id, &title, member, may_manage, self.may_open_people)).collect_view()}
                        </ul>
                    }.into_any()
                }}
                <Pager pages=self.pages first="First" next="More"/>
            </section>
            {may_manage.then(|| view! {
                <div class="section">
                    <SettingsForm post_to=routes::team(&id) sections=self.sections errors=at_title hidden=vec![("version", self.version)]>
                        <button class="button">"Save"</button>
                    </SettingsForm>
                </div>
            })}
        }
        .into_any()
    }
}

fn stacks(count: usize) -> String {
    match count {
        0 => "no stacks".to_owned(),
        1 => "1 stack".to_owned(),
        count => format!("{count} stacks"),
    }
}

fn search(id: &str, query: String) -> impl IntoView {
    view! {
        <form class="search" role="search" method="get" action=routes::team(id)>
            <label class="visually-hidden" for="q">"Search members"</label>
            <Icon name=IconName::Search/>
            <input class="input" type="search" id="q" name="q" value=query placeholder="Name or e-mail address"/>
        </form>
    }
}

fn add_form(id: &str, (email, role): (String, String), errors: Vec<FieldError>) -> impl IntoView {
    let wrong: Vec<String> = errors.into_iter().map(|error| error.message).collect();
    let invalid = (!wrong.is_empty()).then_some("true");
    view! {
        <form class="add-member" method="post" action=routes::team_members(id)>
            <CsrfField/>
            <div class="field">
                <label class="field-label" for="field-email">"E-mail address"</label>
                <input class="input" type="email" id="field-email" name="email" value=email autocomplete="off" required
                    aria-describedby="error-email" aria-invalid=invalid/>
                <p class="field-error" id="error-email" role=invalid.map(|_| "alert")>{(!wrong.is_empty()).then(|| view! { <Message text=wrong.join(" ")/> })}</p>
            </div>
            <div class="field">
                <label class="field-label" for="field-role">"Role"</label>
                {role_select("field-role", None, &role)}
            </div>
            <button class="button" data-tone="primary"><Icon name=IconName::Plus/>"Add"</button>
        </form>
    }
}

fn role_select(id: &str, label: Option<String>, current: &str) -> impl IntoView + use<> {
    let id = (!id.is_empty()).then(|| id.to_owned());
    view! {
        <select class="input select" id=id name="role" aria-label=label>
            {ROLES.into_iter().map(|(word, label)| view! { <option value=word selected=word == current>{label}</option> }).collect_view()}
        </select>
    }
}

fn row(team: &str, title: &str, member: Member, may_manage: bool, may_open: bool) -> impl IntoView {
    let Member { id, name, email, role, disabled, is_reader } = member;
    let shown = match may_open {
        true => view! { <a class="row-link" href=routes::person(&id)>{name.clone()}</a> }.into_any(),
        false => view! { <strong>{name.clone()}</strong> }.into_any(),
    };
    let end = if may_manage {
        let sentence = if is_reader {
            format!("You leave {title} and no longer see what it has.")
        } else {
            format!("{name} no longer sees what {title} has. What they asked for and decided stays.")
        };
        view! {
            <form class="row-form" method="post" action=routes::team_role(team, &id)>
                <CsrfField/>
                <input type="hidden" name="shown" value=role.clone()/>
                {role_select("", Some(format!("Role of {name}")), &role)}
                <button class="button" aria-label=format!("Change the role of {name}")>"Change"</button>
            </form>
            <details class="menu">
                <summary class="button" data-tone="quiet" aria-label=format!("Remove {name}…")>"Remove…"</summary>
                <form class="menu-panel stacked-form" method="post" action=routes::team_remove(team, &id)>
                    <CsrfField/>
                    <p>{sentence}</p>
                    <button class="button" data-tone="danger">{format!("Remove {name}")}</button>
                </form>
            </details>
        }
        .into_any()
    } else {
        let word =
            ROLES.into_iter().find(|(word, _)| *word == role).map_or(role.clone(), |(_, label)| label.to_owned());
        view! { <span class="muted">{word}</span> }.into_any()
    };
    view! {
        <li class="row">
            <Avatar initials=initials(&name)/>
            <div class="member-name">
                {shown}
                {is_reader.then(|| view! { <span class="tag">"you"</span> })}
                {disabled.then(|| view! { <span class="tag">"disabled"</span> })}
                <span class="row-id">{email}</span>
            </div>
            <div class="row-end member-end">{end}</div>
        </li>
    }
}
