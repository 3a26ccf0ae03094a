//! What a team has.

mod list_releases;
mod list_stacks;
mod show_stack;

use domain::{
    authz::Action,
    environment::Environment,
    ids::StackId,
    people::{Actor, Team},
    stack::Stack,
};
use storage::Transaction;

pub use self::{list_releases::Release, list_stacks::StackList, show_stack::StackDetail};
use crate::{Portal, Result, ServiceError, sees};

/// A stack with what its ids stand for.
#[derive(Clone, Debug)]
pub struct StackCard {
    /// The stack.
    pub stack: Stack,
    /// Who owns it.
    pub team: Team,
    /// Where it lives.
    pub environment: Environment,
    /// `Web service`.
    pub template_title: String,
}

impl Portal {
    /// The stack, for someone who may see it.
    pub(crate) async fn seen_stack(&self, tx: &mut dyn Transaction, actor: &Actor, id: &StackId) -> Result<Stack> {
        let stack = tx.lookup_stack(id).await?.ok_or(ServiceError::NotFound { what: "stack" })?;
        sees(actor, Action::ReadStack, &stack.team, "stack")?;
        Ok(stack)
    }
}
