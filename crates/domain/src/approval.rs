//! Who has to say yes before anything happens. Whatever shows or asks for approvals reads this one rule.

use crate::{
    authz::{Action, Denied, Object, TABLE, Who, may},
    environment::{Approvers, Environment},
    people::{Actor, PlatformRole, TeamRole},
};

/// What it takes for a request to be carried out. Whoever asked never counts, and one person counts once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// How many different people.
    pub needed: u32,
    /// Any of these.
    pub who: Vec<Who>,
}

impl ApprovalRule {
    /// The rule of a place, which may leave it to the platform team alone.
    pub fn of(environment: &Environment) -> Self {
        let row = TABLE.iter().find(|rule| rule.action == Action::DecideRequest);
        let mut who = row.map_or(vec![], |row| row.who.to_vec());
        if environment.rules.approvers == Approvers::Platform {
            who.retain(|one| *one == Who::Across(PlatformRole::Platform));
        }
        Self { needed: environment.approvals_needed.max(1), who }
    }

    /// `an owner of Payments or the platform team`.
    pub fn people(&self, team: &str) -> String {
        let names: Vec<String> = self
            .who
            .iter()
            .map(|who| match who {
                Who::Anyone => "anyone".to_owned(),
                Who::Member(TeamRole::Owner) => format!("an owner of {team}"),
                Who::Member(role) => format!("a {role} of {team}, or more"),
                Who::Across(PlatformRole::Platform) => "the platform team".to_owned(),
                Who::Across(role) => format!("an {role}"),
            })
            .collect();
        names.join(" or ")
    }
}

/// [`Action::DecideRequest`] in a place: the table of roles, and then the place's rule.
pub fn may_decide(actor: &Actor, object: Object<'_>, environment: &Environment) -> Result<(), Denied> {
    may(actor, Action::DecideRequest, object)?;
    if ApprovalRule::of(environment).who.iter().any(|who| who.includes(actor, object)) {
        return Ok(());
    }
    let reason = format!("In {} the platform team decides, not the team that asks.", environment.name);
    Err(Denied { action: Action::DecideRequest, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{environment::Rules, template::check::sample_environment};

    #[test]
    fn the_rule_reads_like_a_sentence() {
        let place = Environment { approvals_needed: 0, ..sample_environment() };
        let rule = ApprovalRule::of(&place);
        assert_eq!(rule.needed, 1, "nothing happens without anybody's yes");
        assert_eq!(rule.people("Payments"), "an owner of Payments or the platform team");
        let rules = Rules { approvers: Approvers::Platform, ..Rules::default() };
        assert_eq!(ApprovalRule::of(&Environment { rules, ..place }).people("Payments"), "the platform team");
    }
}
