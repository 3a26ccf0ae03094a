//! The templates and prices that come with the program.

use domain::{
    Problem,
    cost::PriceTable,
    seal::digest,
    template::{check, schema::Template, succession::breaks, yaml::Located},
};
use storage::{Revision, StorageError};

use crate::Portal;

/// File name and source of every built-in template.
const TEMPLATES: &[(&str, &str)] = &[
    ("fargate-cluster.yaml", include_str!("../../../../catalog/templates/fargate-cluster.yaml")),
    ("web-service.yaml", include_str!("../../../../catalog/templates/web-service.yaml")),
];

/// Why the built-in templates could not be put on the shelf.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It is wrong in itself.
    #[error("catalog/templates/{file}:{}: {}", problem.line, problem.problem)]
    Bad {
        /// Which file.
        file: &'static str,
        /// The first thing that is wrong.
        problem: Box<Located>,
    },
    /// The same version was published with other content.
    #[error(
        "{id} was already published with other content; a published revision never changes, so give the new content a new version"
    )]
    Changed {
        /// `web-service@1.0.0`.
        id: String,
    },
    /// It would break what people have of the revision before it.
    #[error("{id} cannot follow: {}", problem.message)]
    Breaking {
        /// `web-service@1.1.0`.
        id: String,
        /// The first thing that would break.
        problem: Problem,
    },
    /// The database.
    #[error("the templates could not be published")]
    Storage(#[from] StorageError),
}

/// The dated price table that comes with the program.
pub fn builtin_prices() -> Result<PriceTable, Problem> {
    PriceTable::parse(include_str!("../../../../catalog/prices/2026-11.yaml"))
}

impl Portal {
    /// Publishes the built-in templates; those already there are left alone. Returns the ids of the new ones.
    pub async fn publish_builtin(&self) -> Result<Vec<String>, PublishError> {
        let mut new = vec![];
        for (file, source) in TEMPLATES {
            let template = check::parse(source).map_err(|problems| PublishError::Bad {
                file,
                problem: Box::new(problems.into_iter().next().unwrap_or_else(|| Located {
                    line: 1,
                    problem: Problem::new("unknown", "", "The template cannot be read."),
                })),
            })?;
            if self.publish(&template, source).await? {
                new.push(template.id());
            }
        }
        Ok(new)
    }

    /// Publishes a revision for ever; false when it was there already. It asks nobody: this is the program's own act.
    pub async fn publish(&self, template: &Template, source: &str) -> Result<bool, PublishError> {
        let revision = Revision {
            template: template.name.clone(),
            version: template.version.clone(),
            hash: digest(source),
            source: source.to_owned(),
            published_at: self.now(),
        };
        let mut tx = self.storage.begin().await?;
        let before = tx.list_revisions(&template.name).await?.into_iter().next();
        if let Some(before) = before.and_then(|before| check::parse(&before.source).ok())
            && let Some(problem) = breaks(&before, template).into_iter().next()
        {
            return Err(PublishError::Breaking { id: template.id(), problem });
        }
        let is_new = tx.publish_revision(&revision).await.map_err(|error| match error {
            StorageError::Taken { .. } => PublishError::Changed { id: template.id() },
            other => other.into(),
        })?;
        if is_new {
            let summary = format!("published {} {}", template.title, template.version);
            let mut entry = self.own_entry("template.published", template.id(), summary);
            entry.detail = serde_json::json!({"hash": revision.hash});
            tx.append_audit(&entry).await?;
            tx.commit().await?;
        }
        Ok(is_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::empty_house;

    #[tokio::test]
    async fn built_in_templates_are_published_once_and_never_changed() {
        let house = empty_house().await;
        assert_eq!(house.portal.publish_builtin().await.unwrap().len(), TEMPLATES.len());
        assert!(house.portal.publish_builtin().await.unwrap().is_empty());
        let source = format!("{}\n# changed\n", TEMPLATES[0].1);
        let template = check::parse(&source).unwrap();
        let refused = house.portal.publish(&template, &source).await.unwrap_err();
        assert!(refused.to_string().contains("a published revision never changes"), "{refused}");
    }

    #[tokio::test]
    async fn a_revision_that_breaks_the_one_before_it_is_refused() {
        let house = empty_house().await;
        house.portal.publish_builtin().await.unwrap();
        let published = check::parse(TEMPLATES[1].1).unwrap();
        let next = |version: &str| {
            let source =
                TEMPLATES[1].1.replace(&format!("version: {}", published.version), &format!("version: {version}"));
            let mut template = check::parse(&source).unwrap();
            template.inputs.retain(|input| input.name != "path");
            (template, source)
        };
        let (template, source) = next("1.99.0");
        let refused = house.portal.publish(&template, &source).await.unwrap_err();
        assert!(refused.to_string().contains("the input `path`"), "{refused}");
        let (template, source) = next("2.0.0");
        assert!(house.portal.publish(&template, &source).await.unwrap());
    }

    #[test]
    fn prices_can_be_read() {
        assert!(builtin_prices().unwrap().regions.contains_key("eu-central-1"));
    }
}
