//! The end of a token before its time.

use domain::{
    authz::{Action, Object, may},
    ids::TokenId,
    people::Actor,
    token::ApiToken,
};

use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Takes one of one's own tokens away; from now on it is worth nothing.
    pub async fn revoke_token(&self, actor: &Actor, id: &TokenId) -> Result<ApiToken> {
        may(actor, Action::ManageOwnTokens, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let token = tx.remove_token(&actor.user.id, id).await?.ok_or(ServiceError::NotFound { what: "token" })?;
        let summary = format!("{} revoked the API token {}", actor.user.name, token.name);
        let mut entry = self.entry(actor, "token.revoked", id, summary);
        entry.detail = serde_json::json!({"name": token.name, "prefix": token.prefix});
        tx.append_audit(&entry).await?;
        tx.commit().await?;
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use crate::{testing::house, tokens::NewToken};
    use domain::token::Scope;

    #[tokio::test]
    async fn one_takes_away_only_ones_own() {
        let house = house().await;
        let wanted = NewToken { name: "CI".to_owned(), scopes: [Scope::Read].into(), days: 1 };
        let made = house.portal.create_token(&house.dev, &wanted).await.unwrap();
        let theirs = house.portal.revoke_token(&house.admin, &made.token.id).await.unwrap_err();
        assert_eq!(theirs.code(), "not-found");
        house.portal.revoke_token(&house.dev, &made.token.id).await.unwrap();
        assert_eq!(house.actions().await.last().unwrap(), "token.revoked");
        assert_eq!(house.portal.revoke_token(&house.dev, &made.token.id).await.unwrap_err().code(), "not-found");
    }
}
