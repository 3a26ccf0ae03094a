//! The history, for those who may read all of it.

use std::sync::Arc;

use domain::{
    audit::AuditEvent,
    authz::{Action, Object, may},
    people::Actor,
};
use storage::AuditFilter;

use crate::{Portal, Result};

impl Portal {
    /// Newest first; for the next page set `before` to the last position seen.
    pub async fn audit(&self, actor: &Actor, filter: &AuditFilter, limit: u32) -> Result<Arc<Vec<AuditEvent>>> {
        may(actor, Action::ReadAudit, Object::default())?;
        let limit = limit.min(500);
        let find = async { Ok(self.storage.begin_read().await?.list_audit(filter, limit).await?) };
        self.remembered(&self.memory.audit, (filter.clone(), limit), find).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn only_those_across_teams_read_it() {
        let house = house().await;
        for actor in [&house.auditor, &house.platform, &house.admin] {
            assert!(!house.portal.audit(actor, &AuditFilter::default(), 10).await.unwrap().is_empty());
        }
        for actor in [&house.dev, &house.owner] {
            assert_eq!(house.portal.audit(actor, &AuditFilter::default(), 10).await.unwrap_err().code(), "denied");
        }
    }
}
