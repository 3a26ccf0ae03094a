//! Every revision that was ever published, and who runs which.

use std::collections::BTreeMap;

use domain::{
    authz::{Action, Object, may},
    people::Actor,
};
use storage::{Page, Revision, StackFilter};

use super::Shelved;
use crate::{Portal, Result, ServiceError, names::Names, stacks::StackCard};

/// A template in the list of those who look after them, or inspect them.
#[derive(Clone, Debug)]
pub struct InspectedTemplate {
    /// Its latest revision.
    pub latest: Shelved,
    /// How many revisions there are.
    pub revisions: usize,
    /// How many living stacks there are of it.
    pub stacks: usize,
    /// How many of them run an older revision.
    pub behind: usize,
}

/// A template with its revisions.
#[derive(Clone, Debug)]
pub struct TemplateRevisions {
    /// Its latest revision.
    pub latest: Shelved,
    /// All revisions, newest first, each with the living stacks that run it, by name.
    pub revisions: Vec<(Revision, Vec<StackCard>)>,
}

const EVERYTHING: Page = Page { after: None, limit: u32::MAX };

impl Portal {
    /// Every template by name.
    pub async fn inspect_templates(&self, actor: &Actor) -> Result<Vec<InspectedTemplate>> {
        may(actor, Action::InspectTemplates, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let mut runs: BTreeMap<String, usize> = BTreeMap::new();
        for stack in tx.list_stacks(&StackFilter::default(), &EVERYTHING).await? {
            *runs.entry(stack.revision).or_default() += 1;
        }
        let mut templates = vec![];
        for latest in self.shelf.latest(&mut *tx).await? {
            let revisions = tx.list_revisions(&latest.revision.template).await?;
            let of = |revision: &Revision| runs.get(&id(revision)).copied().unwrap_or(0);
            let stacks: usize = revisions.iter().map(of).sum();
            let behind = stacks - of(&latest.revision);
            templates.push(InspectedTemplate { revisions: revisions.len(), stacks, behind, latest });
        }
        Ok(templates)
    }

    /// One template.
    pub async fn template_revisions(&self, actor: &Actor, name: &str) -> Result<TemplateRevisions> {
        may(actor, Action::InspectTemplates, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let revisions = tx.list_revisions(name).await?;
        let latest = revisions.first().cloned().ok_or(ServiceError::NotFound { what: "template" })?;
        let names = Names::read(&self.shelf, &mut *tx).await?;
        let mut runs: BTreeMap<String, Vec<StackCard>> = BTreeMap::new();
        for stack in tx.list_stacks(&StackFilter::default(), &EVERYTHING).await? {
            if stack.revision.split('@').next() == Some(name) {
                runs.entry(stack.revision.clone()).or_default().push(names.stack(stack)?);
            }
        }
        Ok(TemplateRevisions {
            latest: self.shelf.parse(latest)?,
            revisions: revisions
                .into_iter()
                .map(|revision| {
                    let stacks = runs.remove(&id(&revision)).unwrap_or_default();
                    (revision, stacks)
                })
                .collect(),
        })
    }
}

/// As stacks name it: `web-service@1.0.0`.
fn id(revision: &Revision) -> String {
    format!("{}@{}", revision.template, revision.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::house;

    #[tokio::test]
    async fn those_who_look_after_templates_see_who_runs_which_revision() {
        let house = house().await;
        house.live(&house.cluster("shared")).await;
        let before = house.portal.template_revisions(&house.platform, "fargate-cluster").await.unwrap();
        let (first, _) = &before.revisions[0];
        let second = Revision { version: "99.0.0".to_owned(), hash: "another".to_owned(), ..first.clone() };
        let mut tx = house.portal.storage.begin().await.unwrap();
        tx.publish_revision(&second).await.unwrap();
        tx.commit().await.unwrap();

        let templates = house.portal.inspect_templates(&house.platform).await.unwrap();
        let cluster = templates.iter().find(|one| one.latest.revision.template == "fargate-cluster").unwrap();
        assert_eq!((cluster.revisions, cluster.stacks, cluster.behind), (2, 1, 1));
        let detail = house.portal.template_revisions(&house.platform, "fargate-cluster").await.unwrap();
        let said: Vec<_> = detail.revisions.iter().map(|(one, stacks)| (one.version.as_str(), stacks.len())).collect();
        assert_eq!(said, [("99.0.0", 0), (first.version.as_str(), 1)]);
        for actor in [&house.dev, &house.owner, &house.admin] {
            assert_eq!(house.portal.inspect_templates(actor).await.unwrap_err().code(), "denied");
            let error = house.portal.template_revisions(actor, "fargate-cluster").await.unwrap_err();
            assert_eq!(error.code(), "denied");
        }
        let none = house.portal.template_revisions(&house.platform, "none").await.unwrap_err();
        assert_eq!(none.code(), "not-found");
    }
}
