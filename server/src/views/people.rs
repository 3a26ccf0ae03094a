//! People, as their pages show them.

use app::{
    FieldError, Moment, Status,
    components::Danger,
    pages::{
        people::PersonRow, person::PersonPage, person_link::PersonLinkPage, request_form::FormSection,
        settings::SettingsPage,
    },
    routes,
};
use domain::{DateTime, Utc, people::TeamRole};
use service::{
    ServiceError,
    accounts::{Membership, PersonCard, PersonDetail, PersonalLink, Standing},
    teams::TeamCard,
};

use super::{
    form::{
        not_an_option,
        posted::{Posted, first},
    },
    request::activity,
    settings::{
        NO_ROLE, choice, code, field, line, option, optional, platform_role, platform_role_word, section,
        team_role_word,
    },
};

fn standing(card: &PersonCard, now: DateTime<Utc>) -> (Status, &'static str, String) {
    match &card.standing {
        Standing::Active => (Status::Succeeded, "Active", "by e-mail address and password".to_owned()),
        Standing::Invited { until } => {
            let ends = Moment::new(*until, now).relative;
            (Status::Waiting, "Invited", format!("by a link that ends {ends}"))
        }
        Standing::NeverJoined => (Status::Expired, "No way in", "not yet: there is no link that works".to_owned()),
        Standing::Disabled => (Status::Withdrawn, "Disabled", "not while the account is disabled".to_owned()),
    }
}

/// One row of the list.
pub fn row(card: &PersonCard, now: DateTime<Utc>) -> PersonRow {
    let user = &card.account.user;
    let (status, word, _) = standing(card, now);
    PersonRow {
        id: user.id.to_string(),
        name: user.name.clone(),
        email: user.email.clone(),
        role: user.platform_role.map(|role| platform_role_word(role).to_owned()),
        teams: card
            .teams
            .iter()
            .map(|(team, role)| match role {
                TeamRole::Owner => format!("{} (owner)", team.title),
                _ => team.title.clone(),
            })
            .collect(),
        status,
        word: word.to_owned(),
        seen: card.account.last_signed_in_at.map(|at| Moment::new(at, now)),
    }
}

/// One person; `typed` are the name and the role that were posted and refused.
pub fn page(
    detail: &PersonDetail,
    typed: Option<(&str, &str)>,
    version: i64,
    errors: Vec<FieldError>,
    now: DateTime<Utc>,
) -> PersonPage {
    let (card, user) = (&detail.card, &detail.card.account.user);
    let (status, word, comes_in) = standing(card, now);
    let id = user.id.to_string();
    let (name, role) = typed.unwrap_or((&user.name, user.platform_role.map_or(NO_ROLE, |role| role.as_str())));
    let danger = if user.disabled {
        Danger {
            title: "Enable this account".to_owned(),
            text: format!("{} can sign in again, with the password and the roles they had.", user.name),
            label: format!("Enable {}", user.name),
            post_to: routes::person_enable(&id),
            ..Danger::default()
        }
    } else {
        let refused =
            detail.is_reader.then(|| "This is you. Another administrator can disable your account.".to_owned());
        Danger {
            title: "Disable this account".to_owned(),
            text: format!(
                "{} is signed out everywhere at once, their API tokens are revoked, and they cannot sign in any more. What they asked for and decided stays.",
                user.name
            ),
            label: format!("Disable {}", user.name),
            post_to: routes::person_disable(&id),
            is_loss: true,
            refused,
            ..Danger::default()
        }
    };
    let link_label = match card.standing {
        Standing::Disabled => None,
        Standing::Active => Some("Make a link for a new password".to_owned()),
        Standing::Invited { .. } | Standing::NeverJoined => Some("Make a new invitation link".to_owned()),
    };
    PersonPage {
        name: user.name.clone(),
        email: user.email.clone(),
        status,
        word: word.to_owned(),
        standing: comes_in,
        since: Moment::new(card.account.created_at, now),
        seen: card.account.last_signed_in_at.map(|at| Moment::new(at, now)),
        version: version.to_string(),
        sections: vec![section(
            "account",
            "Account",
            "The role across teams comes on top of what each team allows.",
            vec![field("name", "Name", "", line(name, "", 100)), platform_role(role)],
        )],
        errors,
        link_label,
        teams: card
            .teams
            .iter()
            .map(|(team, role)| (team.id.to_string(), team.title.clone(), team_role_word(*role).to_owned()))
            .collect(),
        history: detail.history.iter().map(|event| activity(event, now)).collect(),
        danger,
        id,
    }
}

/// So many teams can be picked at once; more are added on their pages.
const PLACES: usize = 3;

/// The form that invites somebody, with what was typed.
pub fn invite_page(posted: &Posted, teams: &[TeamCard], errors: Vec<FieldError>) -> SettingsPage {
    let typed = |name: &str| first(posted, name).unwrap_or_default();
    let mut sections = vec![
        section(
            "who",
            "Who",
            "Gantry sends no e-mail: you pass on a link that works once, within a week.",
            vec![
                field("name", "Name", "", line(typed("name"), "Ada Lovelace", 100)),
                field(
                    "email",
                    "E-mail address",
                    "What they sign in with.",
                    line(typed("email"), "ada@example.com", 254),
                ),
            ],
        ),
        section(
            "across",
            "Across teams",
            "For those who run the platform or look after it. Most people have no such role.",
            vec![platform_role(first(posted, "role").unwrap_or(NO_ROLE))],
        ),
    ];
    if !teams.is_empty() {
        sections.push(places(posted, teams));
    }
    SettingsPage {
        heading: "Invite somebody".to_owned(),
        lead: "Makes the account, and a link with which its owner chooses a password.".to_owned(),
        trail: vec![("People".to_owned(), routes::PEOPLE.to_owned())],
        post_to: routes::PEOPLE_INVITE.to_owned(),
        sections,
        errors,
        submit_label: "Make the invitation".to_owned(),
        back_to: routes::PEOPLE.to_owned(),
    }
}

fn places(posted: &Posted, teams: &[TeamCard]) -> FormSection {
    // Few choices would be shown as cards; a place is one line, so it names team and role together.
    let mut options = vec![option("", "–", "")];
    for card in teams {
        for role in [TeamRole::Developer, TeamRole::Owner, TeamRole::Viewer] {
            let label = format!("{}, {role}", card.team.title);
            options.push(option(&format!("{}/{role}", card.team.id), &label, ""));
        }
    }
    let fields = (0..PLACES).map(|index| {
        let name = format!("teams.{index}");
        let value = first(posted, &name).unwrap_or_default();
        let label = if index == 0 { "Team and role" } else { "And" };
        optional(&name, label, "", choice(value, options.clone()))
    });
    section(
        "teams",
        "Teams",
        "Developers ask for stacks; owners also approve and manage members. More teams can be added afterwards.",
        fields.collect(),
    )
}

/// The places that were picked, in order.
pub fn picked(posted: &Posted) -> Result<Vec<Membership>, ServiceError> {
    let mut places = vec![];
    for index in 0..PLACES {
        let path = format!("teams.{index}");
        if let Some(place) = first(posted, &path).filter(|place| !place.is_empty()) {
            places.push(membership(place).ok_or_else(|| not_an_option(&path))?);
        }
    }
    Ok(places)
}

/// `team-4T9QXN/owner`
fn membership(place: &str) -> Option<Membership> {
    let (team, role) = place.split_once('/')?;
    Some(Membership { team: team.parse().ok()?, role: role.parse().ok()? })
}

/// A link, shown once.
pub fn link_page(link: &PersonalLink, public_url: &str, now: DateTime<Utc>) -> PersonLinkPage {
    PersonLinkPage {
        id: link.user.id.to_string(),
        name: link.user.name.clone(),
        email: link.user.email.clone(),
        is_reset: link.is_reset,
        link: format!("{public_url}{}?token={}", routes::JOIN, link.token),
        until: Moment::new(link.until, now),
    }
}

/// The form that adds a team, with what was typed.
pub fn new_team_page(name: &str, title: &str, errors: Vec<FieldError>) -> SettingsPage {
    SettingsPage {
        heading: "Add a team".to_owned(),
        lead: "Members are added on its page.".to_owned(),
        trail: vec![("Teams".to_owned(), routes::TEAMS.to_owned())],
        post_to: routes::TEAMS_NEW.to_owned(),
        sections: vec![section(
            "team",
            "Team",
            "The short name stands in tags in AWS, so it is never changed.",
            vec![
                field("title", "Name", "As everybody reads it.", line(title, "Payments", 64)),
                field(
                    "name",
                    "Short name",
                    "1 to 24 characters: lower-case letters, digits and -, beginning with a letter.",
                    code(name, "payments"),
                ),
            ],
        )],
        errors,
        submit_label: "Add the team".to_owned(),
        back_to: routes::TEAMS.to_owned(),
    }
}
