//! Fields of the forms with which the portal itself is set up.

use app::pages::request_form::{ChoiceOption, Control, Field, FormSection};
use domain::people::{PlatformRole, TeamRole};
use service::ServiceError;

use super::form::not_an_option;

/// A section.
pub fn section(id: &str, title: &str, help: &str, fields: Vec<Field>) -> FormSection {
    FormSection { id: id.to_owned(), title: title.to_owned(), help: help.to_owned(), fields }
}

/// A field that must be given.
pub fn field(name: &str, label: &str, help: &str, control: Control) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        help: help.to_owned(),
        required: true,
        only_when: None,
        control,
    }
}

/// A field that may be left empty.
pub fn optional(name: &str, label: &str, help: &str, control: Control) -> Field {
    Field { required: false, ..field(name, label, help, control) }
}

/// One line for people.
pub fn line(value: &str, placeholder: &str, longest: u32) -> Control {
    Control::Text {
        value: value.to_owned(),
        placeholder: placeholder.to_owned(),
        pattern: None,
        max_length: Some(longest),
        code: false,
    }
}

/// One line for machines: names, ARNs.
pub fn code(value: &str, placeholder: &str) -> Control {
    Control::Text {
        value: value.to_owned(),
        placeholder: placeholder.to_owned(),
        pattern: None,
        max_length: Some(2048),
        code: true,
    }
}

/// One of few.
pub fn choice(value: &str, options: Vec<ChoiceOption>) -> Control {
    Control::Choice { value: value.to_owned(), options }
}

/// One of the possible values.
pub fn option(value: &str, label: &str, help: &str) -> ChoiceOption {
    ChoiceOption { value: value.to_owned(), label: label.to_owned(), help: help.to_owned() }
}

/// The role across teams of those who have none.
pub const NO_ROLE: &str = "none";

/// The role across teams.
pub fn platform_role(value: &str) -> Field {
    let options = vec![
        option(NO_ROLE, "None", "Sees and does what their teams allow."),
        option(PlatformRole::Platform.as_str(), "Platform team", "Runs environments and templates, and approves."),
        option(PlatformRole::Auditor.as_str(), "Auditor", "Reads everything and changes nothing."),
        option(PlatformRole::Admin.as_str(), "Administrator", "Manages people, teams and environments."),
    ];
    field("role", "Role across teams", "", choice(value, options))
}

/// A role across teams as a form posts it.
pub fn posted_platform_role(text: &str) -> Result<Option<PlatformRole>, ServiceError> {
    match text {
        NO_ROLE => Ok(None),
        role => role.parse().map(Some).map_err(|_| not_an_option("role")),
    }
}

/// A role in a team as a form posts it.
pub fn posted_team_role(text: &str) -> Result<TeamRole, ServiceError> {
    text.parse().map_err(|_| not_an_option("role"))
}

/// `Platform team`.
pub fn platform_role_word(role: PlatformRole) -> &'static str {
    match role {
        PlatformRole::Platform => "Platform team",
        PlatformRole::Auditor => "Auditor",
        PlatformRole::Admin => "Administrator",
    }
}

/// `Owner`.
pub fn team_role_word(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Viewer => "Viewer",
        TeamRole::Developer => "Developer",
        TeamRole::Owner => "Owner",
    }
}
