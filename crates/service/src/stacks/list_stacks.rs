//! Stacks of the reader's teams.

use std::sync::Arc;

use domain::{
    authz::{Action, teams_where},
    ids::{EnvironmentId, TeamId},
    people::Actor,
};
use storage::{Page, StackFilter};

use super::StackCard;
use crate::{Portal, Result, names::Names};

/// Which stacks.
#[derive(Clone, Debug, Default)]
pub struct StackList {
    /// In this environment.
    pub environment: Option<EnvironmentId>,
    /// With this in their name, or at the beginning of their id.
    pub text: Option<String>,
    /// Also those that are gone.
    pub with_gone: bool,
    /// The one that changed last comes first, instead of by name.
    pub last_changed_first: bool,
}

impl StackList {
    fn filter(&self, teams: Option<Vec<TeamId>>) -> StackFilter {
        StackFilter {
            teams,
            environment: self.environment.clone(),
            text: self.text.clone(),
            with_gone: self.with_gone,
            last_changed_first: self.last_changed_first,
        }
    }

    /// The page key of a stack in this list.
    pub fn key(&self, card: &StackCard) -> String {
        self.filter(None).key(&card.stack)
    }
}

impl Portal {
    /// A page of them; its key is that of the last stack seen.
    pub async fn stacks(&self, actor: &Actor, list: &StackList, page: &Page) -> Result<Arc<Vec<StackCard>>> {
        let teams = teams_where(actor, Action::ReadStack);
        if teams.as_ref().is_some_and(Vec::is_empty) {
            return Ok(Arc::default());
        }
        let filter = list.filter(teams);
        let find = async {
            let mut tx = self.storage.begin_read().await?;
            let names = Names::read(&self.shelf, &mut *tx).await?;
            let stacks = tx.list_stacks(&filter, page).await?;
            stacks.into_iter().map(|stack| names.stack(stack)).collect()
        };
        self.remembered(&self.memory.stacks, (filter.clone(), page.clone()), find).await
    }
}
