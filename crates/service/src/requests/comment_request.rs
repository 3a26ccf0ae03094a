//! The conversation of a request.

use domain::{
    authz::{Action, Object, may},
    ids::RequestId,
    people::Actor,
    request::Comment,
};
use provisioner::wake::Change;

use super::seen_request;
use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Adds a remark (problem at `text`).
    pub async fn comment(&self, actor: &Actor, id: &RequestId, text: &str) -> Result<()> {
        let mut tx = self.storage.begin().await?;
        let request = seen_request(&mut *tx, actor, id).await?;
        may(actor, Action::CommentRequest, Object { team: Some(&request.team), requester: Some(&request.requester) })?;
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 4000 {
            return Err(ServiceError::invalid("wrong-length", "text", "A comment has 1 to 4,000 characters."));
        }
        let at = self.now();
        let comment = Comment { request: id.clone(), user: actor.user.id.clone(), text: text.to_owned(), at };
        tx.add_comment(&comment).await?;
        let summary = format!("{} commented on {id}", actor.user.name);
        let mut entry = self.entry(actor, "request.commented", id, summary);
        entry.team = Some(request.team.to_string());
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        self.changes.publish(Change { request: Some(id.clone()), run: None, stack: None });
        Ok(())
    }
}
