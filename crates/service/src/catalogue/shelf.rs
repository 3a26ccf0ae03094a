//! Parsed templates, and what they typically make, by the hash of their source: a published revision never changes.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    plan::Plan,
    template::{check, schema::Template},
};
use storage::{Revision, Transaction};

use super::{Shelved, typical::typical};
use crate::{Result, ServiceError};

/// Templates that were parsed already.
#[derive(Default)]
pub struct Shelf(Mutex<BTreeMap<String, Parsed>>);

#[derive(Clone)]
struct Parsed {
    template: Arc<Template>,
    typical: Option<Arc<Plan>>,
}

impl Shelf {
    pub(crate) fn parse(&self, revision: Revision) -> Result<Shelved> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&revision.hash).cloned();
        let Parsed { template, typical } = match known {
            Some(parsed) => parsed,
            None => {
                let template = check::parse(&revision.source).map_err(|problems| {
                    let first = problems.first().map(|located| located.problem.to_string()).unwrap_or_default();
                    ServiceError::corrupt(format!("template {}@{}", revision.template, revision.version), first)
                })?;
                let typical = typical(&template).map(Arc::new);
                let parsed = Parsed { template: Arc::new(template), typical };
                let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(revision.hash.clone(), parsed.clone());
                parsed
            }
        };
        Ok(Shelved { revision, template, typical })
    }

    /// The revision with an id such as `web-service@1.0.0`.
    pub(crate) async fn exactly(&self, tx: &mut dyn Transaction, id: &str) -> Result<Option<Shelved>> {
        let Some((name, version)) = id.split_once('@') else { return Ok(None) };
        tx.lookup_revision(name, version).await?.map(|revision| self.parse(revision)).transpose()
    }

    /// The latest revision of every template.
    pub(crate) async fn latest(&self, tx: &mut dyn Transaction) -> Result<Vec<Shelved>> {
        tx.list_latest_revisions().await?.into_iter().map(|revision| self.parse(revision)).collect()
    }

    /// The latest revision of one template, or exactly the one that is named with its version.
    pub(crate) async fn find(&self, tx: &mut dyn Transaction, name: &str) -> Result<Option<Shelved>> {
        if name.contains('@') {
            return self.exactly(tx, name).await;
        }
        let latest = tx.list_latest_revisions().await?.into_iter().find(|revision| revision.template == name);
        latest.map(|revision| self.parse(revision)).transpose()
    }
}
