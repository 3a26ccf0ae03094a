//! What an environment can be made of: asked of the account while it is typed.

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::EnvironmentId,
    people::Actor,
};
use provisioner::cloud::{Cloud, CloudError, Inventory, InventoryItem};

use super::EnvironmentDraft;
use crate::{Portal, Result, ServiceError};

/// What there is in an account and region.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// VPCs.
    pub vpcs: Vec<InventoryItem>,
    /// The VPC that the rest is of: the one that was picked, or the first.
    pub vpc: String,
    /// Its subnets, with the facts of [`Inventory::Subnets`].
    pub subnets: Vec<InventoryItem>,
    /// Its listeners that services may share.
    pub listeners: Vec<InventoryItem>,
    /// Certificates that are issued.
    pub certificates: Vec<InventoryItem>,
    /// Why AWS could not be asked; then everything is typed.
    pub unavailable: Option<String>,
}

impl Portal {
    /// Looks into the account of a draft, by reads only. Problems are those of the fields one signs in with.
    pub async fn look_into(&self, actor: &Actor, draft: &EnvironmentDraft) -> Result<Account> {
        may(actor, Action::ManageEnvironments, Object::default())?;
        let (environment, problems) = draft.door(EnvironmentId::generate(&*self.entropy));
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let looked = async {
            let cloud = self.clouds.try_out(&environment).await?;
            survey(&*cloud, &environment.vpc_id).await
        };
        match looked.await {
            Ok(account) => Ok(account),
            // The role works, but for somebody else: that is a fault of what was typed.
            Err(error) if error.code == "wrong-account" => {
                let message = format!("{} {}", error.message, error.advice);
                Err(ServiceError::Invalid(vec![Problem::new("wrong-account", "account", message)]))
            }
            Err(error) => Ok(Account {
                vpc: environment.vpc_id,
                unavailable: Some(ServiceError::Cloud(error).to_string()),
                ..Account::default()
            }),
        }
    }
}

async fn survey(cloud: &dyn Cloud, picked: &str) -> Result<Account, CloudError> {
    let vpcs = cloud.inventory(Inventory::Vpcs, None).await?;
    let picked = vpcs.iter().find(|vpc| vpc.value == picked).or_else(|| vpcs.first());
    let vpc = picked.map(|vpc| vpc.value.clone()).unwrap_or_default();
    let certificates = cloud.inventory(Inventory::Certificates, None).await?;
    let (subnets, listeners) = match vpc.as_str() {
        "" => (vec![], vec![]),
        vpc => (
            cloud.inventory(Inventory::Subnets, Some(vpc)).await?,
            cloud.inventory(Inventory::SharedListeners, Some(vpc)).await?,
        ),
    };
    Ok(Account { vpcs, vpc, subnets, listeners, certificates, unavailable: None })
}

#[cfg(test)]
mod tests {
    use provisioner::{cloud::Class, fake::refusal};

    use super::*;
    use crate::testing::house;

    fn door() -> EnvironmentDraft {
        EnvironmentDraft {
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
            ..EnvironmentDraft::default()
        }
    }

    #[tokio::test]
    async fn what_there_is_can_be_picked_and_where_aws_is_away_everything_is_typed() {
        let house = house().await;
        let account = house.portal.look_into(&house.platform, &door()).await.unwrap();
        assert_eq!((account.vpc.as_str(), account.subnets.len(), account.listeners.len()), ("vpc-1", 4, 1));
        house.cloud.close(Some(refusal(Class::Unavailable, "unreachable")));
        let away = house.portal.look_into(&house.platform, &door()).await.unwrap();
        assert!(away.unavailable.is_some() && away.vpcs.is_empty());
        let typed = EnvironmentDraft { account: "12".to_owned(), region: "here".to_owned(), ..door() };
        let problems = house.portal.look_into(&house.admin, &typed).await.unwrap_err().problems().to_vec();
        assert_eq!(problems.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["account", "region"]);
        for actor in [&house.dev, &house.owner, &house.auditor] {
            assert_eq!(house.portal.look_into(actor, &door()).await.unwrap_err().code(), "denied");
        }
    }
}
