//! Secrets go into their envelopes before the rest of a form is right, so that nobody types one twice.

use domain::{
    Problem,
    authz::{Action, Object, may},
    ids::{SecretId, TeamId},
    people::Actor,
    seal::SecretRef,
};
use provisioner::cloud::Secret;

use super::draft::{ByVariable, clear_problem};
use crate::{Portal, Result, ServiceError};

/// Clear text by input and variable name.
pub type ClearSecrets = ByVariable<Secret>;
/// References by input and variable name, to be put into the inputs of the next draft.
pub type KeptSecrets = ByVariable<SecretRef>;

impl Portal {
    /// Keeps clear secrets of a form that cannot be submitted yet. Empty ones are left out.
    pub async fn keep_secrets(&self, actor: &Actor, team: &TeamId, clear: &ClearSecrets) -> Result<KeptSecrets> {
        may(actor, Action::SubmitRequest, Object { team: Some(team), requester: None })?;
        let (mut kept, mut sealed, mut problems) = (KeptSecrets::new(), vec![], Vec::<Problem>::new());
        for (input, variables) in clear {
            for (variable, text) in variables.iter().filter(|(_, text)| !text.0.is_empty()) {
                problems.extend(clear_problem(&format!("inputs.{input}.{variable}"), variable, text));
                let id = SecretId::generate(&*self.entropy);
                sealed.push(self.vault.seal(id.clone(), 1, team, text, self.now()));
                kept.entry(input.clone()).or_default().insert(variable.clone(), SecretRef { id, version: 1 });
            }
        }
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        if sealed.is_empty() {
            return Ok(kept);
        }
        let mut tx = self.storage.begin().await?;
        for secret in &sealed {
            tx.add_secret(secret).await?;
        }
        let mut entry =
            self.entry(actor, "secret.kept", team, format!("{} kept {} secrets", actor.user.name, sealed.len()));
        entry.team = Some(team.to_string());
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(kept)
    }
}
