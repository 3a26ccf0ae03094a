//! Who may do what: one table, one door.
//!
//! The rows are data so that they can be printed in `docs/` and enumerated by tests. Whatever no row allows is denied.

use crate::{
    environment::{Approvers, Environment},
    ids::{TeamId, UserId},
    people::{Actor, PlatformRole, TeamRole, text_enum},
};

/// What can be asked of a use case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[expect(missing_docs, reason = "the words explain themselves and are rendered in docs")]
pub enum Action {
    ReadCatalogue,
    ReadEnvironments,
    ReadStack,
    ReadRequest,
    SubmitRequest,
    WithdrawRequest,
    ReplanRequest,
    DecideRequest,
    CommentRequest,
    SteerRun,
    ReadAudit,
    ManageOwnTokens,
    ReadTeam,
    ManageMembers,
    ManagePeople,
    ManageEnvironments,
    ManageTemplates,
}

text_enum!(Action {
    ReadCatalogue = "catalogue.read",
    ReadEnvironments = "environment.read",
    ReadStack = "stack.read",
    ReadRequest = "request.read",
    SubmitRequest = "request.submit",
    WithdrawRequest = "request.withdraw",
    ReplanRequest = "request.replan",
    DecideRequest = "request.decide",
    CommentRequest = "request.comment",
    SteerRun = "run.steer",
    ReadAudit = "audit.read",
    ManageOwnTokens = "token.manage",
    ReadTeam = "team.read",
    ManageMembers = "team.members",
    ManagePeople = "people.manage",
    ManageEnvironments = "environment.manage",
    ManageTemplates = "template.manage",
});

/// What the action is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Object<'a> {
    /// The team that owns it.
    pub team: Option<&'a TeamId>,
    /// Who asked for it, where it is a request.
    pub requester: Option<&'a UserId>,
}

/// Who a row of the table speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anyone who is signed in.
    Anyone,
    /// A member of the owning team with at least this role.
    Member(TeamRole),
    /// Someone with this role across teams.
    Across(PlatformRole),
}

/// One row: this action is allowed to these.
#[derive(Debug)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// Any of these.
    pub who: &'static [Who],
    /// The person who asked may not, whatever their role.
    pub not_the_requester: bool,
}

use PlatformRole::{Admin, Auditor, Platform};
use TeamRole::{Developer, Owner, Viewer};
use Who::{Across, Anyone, Member};

const READERS: &[Who] = &[Member(Viewer), Across(Platform), Across(Auditor)];
const DOERS: &[Who] = &[Member(Developer), Across(Platform)];

/// The whole role x action table.
pub const TABLE: &[Rule] = &[
    Rule { action: Action::ReadCatalogue, who: &[Anyone], not_the_requester: false },
    Rule { action: Action::ReadEnvironments, who: &[Anyone], not_the_requester: false },
    Rule { action: Action::ReadStack, who: READERS, not_the_requester: false },
    Rule { action: Action::ReadRequest, who: READERS, not_the_requester: false },
    Rule { action: Action::SubmitRequest, who: &[Member(Developer)], not_the_requester: false },
    Rule { action: Action::WithdrawRequest, who: DOERS, not_the_requester: false },
    Rule { action: Action::ReplanRequest, who: DOERS, not_the_requester: false },
    Rule { action: Action::DecideRequest, who: &[Member(Owner), Across(Platform)], not_the_requester: true },
    Rule { action: Action::CommentRequest, who: DOERS, not_the_requester: false },
    Rule { action: Action::SteerRun, who: DOERS, not_the_requester: false },
    Rule {
        action: Action::ReadAudit,
        who: &[Across(Platform), Across(Auditor), Across(Admin)],
        not_the_requester: false,
    },
    Rule { action: Action::ManageOwnTokens, who: &[Anyone], not_the_requester: false },
    Rule {
        action: Action::ReadTeam,
        who: &[Member(Viewer), Across(Platform), Across(Auditor), Across(Admin)],
        not_the_requester: false,
    },
    Rule { action: Action::ManageMembers, who: &[Member(Owner), Across(Admin)], not_the_requester: false },
    Rule { action: Action::ManagePeople, who: &[Across(Admin)], not_the_requester: false },
    Rule { action: Action::ManageEnvironments, who: &[Across(Platform), Across(Admin)], not_the_requester: false },
    Rule { action: Action::ManageTemplates, who: &[Across(Platform)], not_the_requester: false },
];

/// Why not, in a sentence that a page can show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// What was asked.
    pub action: Action,
    /// The sentence.
    pub reason: String,
}

/// The one door: whether `actor` may do `action` on `object`.
pub fn may(actor: &Actor, action: Action, object: Object<'_>) -> Result<(), Denied> {
    let deny = |reason: String| Err(Denied { action, reason });
    if actor.user.disabled {
        return deny("This account is disabled.".to_owned());
    }
    let Some(rule) = TABLE.iter().find(|rule| rule.action == action) else {
        return deny("Nobody may do this.".to_owned());
    };
    if rule.not_the_requester && object.requester == Some(&actor.user.id) {
        return deny("You cannot decide about your own request; someone else has to.".to_owned());
    }
    let holds = |who: &Who| match who {
        Who::Anyone => true,
        Who::Member(least) => object.team.and_then(|team| actor.role_in(team)).is_some_and(|role| role >= *least),
        Who::Across(role) => actor.user.platform_role == Some(*role),
    };
    if rule.who.iter().any(holds) {
        return Ok(());
    }
    let wanted: Vec<String> = rule
        .who
        .iter()
        .map(|who| match who {
            Who::Anyone => "anyone signed in".to_owned(),
            Who::Member(role) => format!("{role} of the team"),
            Who::Across(role) => format!("{role} role"),
        })
        .collect();
    deny(format!("This needs one of: {}.", wanted.join(", ")))
}

/// [`Action::DecideRequest`] in a place, which may leave it to the platform team alone.
pub fn may_decide(actor: &Actor, object: Object<'_>, environment: &Environment) -> Result<(), Denied> {
    may(actor, Action::DecideRequest, object)?;
    if environment.rules.approvers == Approvers::Platform && actor.user.platform_role != Some(Platform) {
        let reason = format!("In {} the platform team decides, not the team that asks.", environment.name);
        return Err(Denied { action: Action::DecideRequest, reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_exactly_one_row() {
        for action in Action::ALL {
            assert_eq!(TABLE.iter().filter(|rule| rule.action == *action).count(), 1, "{action}");
        }
    }
}
