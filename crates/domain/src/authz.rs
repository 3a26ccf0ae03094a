//! Who may do what: one table, one door.
//!
//! The rows are data so that they can be printed in `docs/` and enumerated by tests. Whatever no row allows is denied.

use crate::{
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
    EditRequest,
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
    InspectEnvironments,
    ManageEnvironments,
    InspectTemplates,
}

text_enum!(Action {
    ReadCatalogue = "catalogue.read",
    ReadEnvironments = "environment.read",
    ReadStack = "stack.read",
    ReadRequest = "request.read",
    SubmitRequest = "request.submit",
    EditRequest = "request.edit",
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
    InspectEnvironments = "environment.inspect",
    ManageEnvironments = "environment.manage",
    InspectTemplates = "template.inspect",
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

impl Who {
    /// Whether this person is one of them where it is about this object.
    pub(crate) fn includes(self, actor: &Actor, object: Object<'_>) -> bool {
        match self {
            Self::Anyone => true,
            Self::Member(least) => object.team.and_then(|team| actor.role_in(team)).is_some_and(|role| role >= least),
            Self::Across(role) => actor.user.platform_role == Some(role),
        }
    }
}

/// One row: this action is allowed to these.
#[derive(Debug)]
pub struct Rule {
    /// The action.
    pub action: Action,
    /// Any of these.
    pub who: &'static [Who],
    /// Whether it matters who asked.
    pub requester: Requester,
}

/// Whether it matters who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// It does not.
    Anyone,
    /// The person who asked may not, whatever their role.
    Others,
    /// Nobody else may: who edits a request could otherwise approve their own words.
    Only,
}

use PlatformRole::{Admin, Auditor, Platform};
use TeamRole::{Developer, Owner, Viewer};
use Who::{Across, Anyone, Member};

const READERS: &[Who] = &[Member(Viewer), Across(Platform), Across(Auditor)];
const DOERS: &[Who] = &[Member(Developer), Across(Platform)];

/// The whole role x action table.
pub const TABLE: &[Rule] = &[
    Rule { action: Action::ReadCatalogue, who: &[Anyone], requester: Requester::Anyone },
    Rule { action: Action::ReadEnvironments, who: &[Anyone], requester: Requester::Anyone },
    Rule { action: Action::ReadStack, who: READERS, requester: Requester::Anyone },
    Rule { action: Action::ReadRequest, who: READERS, requester: Requester::Anyone },
    Rule { action: Action::SubmitRequest, who: &[Member(Developer)], requester: Requester::Anyone },
    Rule { action: Action::EditRequest, who: &[Member(Developer)], requester: Requester::Only },
    Rule { action: Action::WithdrawRequest, who: DOERS, requester: Requester::Anyone },
    Rule { action: Action::ReplanRequest, who: DOERS, requester: Requester::Anyone },
    Rule { action: Action::DecideRequest, who: &[Member(Owner), Across(Platform)], requester: Requester::Others },
    Rule { action: Action::CommentRequest, who: DOERS, requester: Requester::Anyone },
    Rule { action: Action::SteerRun, who: DOERS, requester: Requester::Anyone },
    Rule {
        action: Action::ReadAudit,
        who: &[Across(Platform), Across(Auditor), Across(Admin)],
        requester: Requester::Anyone,
    },
    Rule { action: Action::ManageOwnTokens, who: &[Anyone], requester: Requester::Anyone },
    Rule {
        action: Action::ReadTeam,
        who: &[Member(Viewer), Across(Platform), Across(Auditor), Across(Admin)],
        requester: Requester::Anyone,
    },
    Rule { action: Action::ManageMembers, who: &[Member(Owner), Across(Admin)], requester: Requester::Anyone },
    Rule { action: Action::ManagePeople, who: &[Across(Admin)], requester: Requester::Anyone },
    Rule {
        action: Action::InspectEnvironments,
        who: &[Across(Platform), Across(Auditor), Across(Admin)],
        requester: Requester::Anyone,
    },
    Rule { action: Action::ManageEnvironments, who: &[Across(Platform), Across(Admin)], requester: Requester::Anyone },
    Rule { action: Action::InspectTemplates, who: &[Across(Platform), Across(Auditor)], requester: Requester::Anyone },
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
    let asked = object.requester == Some(&actor.user.id);
    match rule.requester {
        Requester::Others if asked => {
            return deny("You cannot decide about your own request; someone else has to.".to_owned());
        }
        Requester::Only if !asked => return deny("Only the person who asked may change what is asked for.".to_owned()),
        _ => {}
    }
    if rule.who.iter().any(|who| who.includes(actor, object)) {
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

/// The teams in which this person may do it; none means all. For lists, which the database filters.
pub fn teams_where(actor: &Actor, action: Action) -> Option<Vec<TeamId>> {
    let allowed = |team| may(actor, action, Object { team, requester: None }).is_ok();
    if allowed(None) {
        return None;
    }
    Some(actor.teams.iter().map(|(team, _)| &team.id).filter(|team| allowed(Some(team))).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Team, User};

    #[test]
    fn every_action_has_exactly_one_row() {
        for action in Action::ALL {
            assert_eq!(TABLE.iter().filter(|rule| rule.action == *action).count(), 1, "{action}");
        }
    }

    /// A list shows what one may open one by one.
    #[test]
    fn a_list_is_of_the_teams_in_which_one_may() {
        let teams: Vec<TeamId> = ["team-A", "team-B", "team-C"].map(|id| id.parse().unwrap()).into();
        let roles = [None, Some(Viewer), Some(Developer), Some(Owner)];
        for across in [None, Some(Platform), Some(Auditor), Some(Admin)] {
            for (first, second) in roles.iter().flat_map(|first| roles.iter().map(move |second| (first, second))) {
                let actor = somebody(across, teams.iter().cloned().zip([*first, *second]));
                for action in Action::ALL {
                    let listed = teams_where(&actor, *action);
                    for team in &teams {
                        let one = may(&actor, *action, Object { team: Some(team), requester: None }).is_ok();
                        let shown = listed.as_ref().is_none_or(|listed| listed.contains(team));
                        assert_eq!(shown, one, "{action} in {team}: {across:?}, {first:?}, {second:?}");
                    }
                }
            }
        }
    }

    fn somebody(across: Option<PlatformRole>, roles: impl Iterator<Item = (TeamId, Option<TeamRole>)>) -> Actor {
        let team = |id: TeamId| Team { id, name: "t".to_owned(), title: "T".to_owned(), version: 1 };
        Actor {
            user: User {
                id: "usr-A".parse().unwrap(),
                name: "Somebody".to_owned(),
                email: "somebody@example.com".to_owned(),
                platform_role: across,
                disabled: false,
                version: 1,
            },
            teams: roles.filter_map(|(id, role)| Some((team(id), role?))).collect(),
            address: None,
        }
    }
}
