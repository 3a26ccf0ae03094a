//! A draft that was sent, or that nobody wants any more.

use domain::{draft::FormOf, people::Actor};

use crate::{Portal, Result};

impl Portal {
    /// Forgets what this person typed into a form. The envelopes that only it named are erased by the next sweep.
    pub async fn discard_draft(&self, actor: &Actor, form: &FormOf) -> Result<()> {
        let mut tx = self.storage.begin().await?;
        tx.remove_draft(&actor.user.id, form).await?;
        tx.commit().await?;
        Ok(())
    }
}
