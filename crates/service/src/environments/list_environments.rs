//! Where stacks can live.

use domain::{
    authz::{Action, Object, may},
    environment::Environment,
    ids::EnvironmentId,
    people::Actor,
};

use crate::{Portal, Result, ServiceError};

impl Portal {
    /// All of them, by name.
    pub async fn environments(&self, actor: &Actor) -> Result<Vec<Environment>> {
        may(actor, Action::ReadEnvironments, Object::default())?;
        Ok(self.storage.begin_read().await?.list_environments().await?)
    }

    /// One of them.
    pub async fn environment(&self, actor: &Actor, id: &EnvironmentId) -> Result<Environment> {
        may(actor, Action::ReadEnvironments, Object::default())?;
        let found = self.storage.begin_read().await?.lookup_environment(id).await?;
        found.ok_or(ServiceError::NotFound { what: "environment" })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::house;

    #[tokio::test]
    async fn everybody_sees_where_stacks_can_live() {
        let house = house().await;
        let all = house.portal.environments(&house.auditor).await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(house.portal.environment(&house.dev, &all[0].id).await.unwrap(), all[0]);
        let none = "env-NONE".parse().unwrap();
        assert_eq!(house.portal.environment(&house.dev, &none).await.unwrap_err().code(), "not-found");
    }
}
