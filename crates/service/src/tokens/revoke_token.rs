//! The end of a token before its time.

use domain::{
    authz::{Action, Object, may},
    ids::TokenId,
    people::{Actor, User},
    token::ApiToken,
};
use storage::Transaction;

use crate::{Portal, Result, ServiceError};

impl Portal {
    /// Takes one of one's own tokens away; from now on it is worth nothing.
    pub async fn revoke_token(&self, actor: &Actor, id: &TokenId) -> Result<ApiToken> {
        may(actor, Action::ManageOwnTokens, Object::default())?;
        let mut tx = self.storage.begin().await?;
        let token = tx.remove_token(&actor.user.id, id).await?.ok_or(ServiceError::NotFound { what: "token" })?;
        let summary = format!("{} revoked the API token {}", actor.user.name, token.name);
        self.write_revoked(&mut *tx, actor, &token, summary).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Takes all tokens of a person away, when whoever knew their password is to be out: a token made with it would let
    /// them in again.
    pub(crate) async fn revoke_tokens(&self, tx: &mut dyn Transaction, actor: &Actor, person: &User) -> Result<()> {
        for token in tx.list_tokens(&person.id).await? {
            tx.remove_token(&person.id, &token.id).await?;
            let summary = format!("revoked the API token {} of {}", token.name, person.name);
            self.write_revoked(tx, actor, &token, summary).await?;
        }
        Ok(())
    }

    async fn write_revoked(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        token: &ApiToken,
        summary: String,
    ) -> Result<()> {
        let mut entry = self.entry(actor, "token.revoked", &token.id, summary);
        entry.detail = serde_json::json!({"name": token.name, "prefix": token.prefix});
        Ok(tx.append_audit(&entry).await.map(drop)?)
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
