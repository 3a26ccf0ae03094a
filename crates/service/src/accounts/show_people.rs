//! Everybody with an account.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    audit::AuditEvent,
    authz::{Action, Object, may},
    ids::{TeamId, UserId},
    people::{Actor, Team, TeamRole, User},
};
use storage::{Account, AuditFilter, Page, Storage};

use super::{account, canonical_email};
use crate::{Portal, Result};

/// How somebody stands with Gantry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Can sign in.
    Active,
    /// Has a link that was not used yet.
    Invited {
        /// Until when it works.
        until: DateTime<Utc>,
    },
    /// Has no password and no link that still works.
    NeverJoined,
    /// May not sign in.
    Disabled,
}

/// One person in the list.
#[derive(Clone, Debug)]
pub struct PersonCard {
    /// The account.
    pub account: Account,
    /// How they stand.
    pub standing: Standing,
    /// Their teams by name.
    pub teams: Vec<(Team, TeamRole)>,
}

/// One person.
#[derive(Clone, Debug)]
pub struct PersonDetail {
    /// As in the list.
    pub card: PersonCard,
    /// What was done about the account, newest first.
    pub history: Vec<AuditEvent>,
    /// Whether it is the reader.
    pub is_reader: bool,
}

impl Portal {
    /// Those whose name or address contains `search`, by name; the page's key is the id of the last one seen.
    pub async fn people(&self, actor: &Actor, search: &str, page: &Page) -> Result<Vec<PersonCard>> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let mut cards = vec![];
        for account in tx.find_accounts(search.trim(), page).await? {
            let teams = tx.list_memberships(&account.user.id).await?;
            cards.push(card(account, teams, self.now()));
        }
        Ok(cards)
    }

    /// The person with this e-mail address.
    pub async fn person_by_email(&self, actor: &Actor, email: &str) -> Result<Option<User>> {
        may(actor, Action::ManagePeople, Object::default())?;
        Ok(self.storage.begin_read().await?.find_user_by_email(&canonical_email(email)).await?)
    }

    /// One person.
    pub async fn person(&self, actor: &Actor, id: &UserId) -> Result<PersonDetail> {
        may(actor, Action::ManagePeople, Object::default())?;
        let mut tx = self.storage.begin_read().await?;
        let account = account(&mut *tx, id).await?;
        let teams = tx.list_memberships(id).await?;
        let filter = AuditFilter { object: Some(id.to_string()), ..AuditFilter::default() };
        let mut history = tx.list_audit(&filter, 50).await?;
        // Every sign-in is in the history of the house; here it would hide what matters.
        history.retain(|event| !event.entry.action.starts_with("session."));
        Ok(PersonDetail { card: card(account, teams, self.now()), history, is_reader: *id == actor.user.id })
    }
}

/// Everybody in a database, which may have no portal around it, by name.
pub async fn everybody(storage: &dyn Storage, now: DateTime<Utc>) -> Result<Vec<PersonCard>> {
    let mut tx = storage.begin_read().await?;
    let teams: BTreeMap<TeamId, Team> =
        tx.list_teams().await?.into_iter().map(|team| (team.id.clone(), team)).collect();
    let mut places: BTreeMap<UserId, Vec<(Team, TeamRole)>> = BTreeMap::new();
    for (user, team, role) in tx.list_all_memberships().await? {
        if let Some(team) = teams.get(&team) {
            places.entry(user).or_default().push((team.clone(), role));
        }
    }
    let with_teams = |account: Account| {
        let teams = places.remove(&account.user.id).unwrap_or_default();
        card(account, teams, now)
    };
    Ok(tx.list_accounts().await?.into_iter().map(with_teams).collect())
}

fn card(account: Account, mut teams: Vec<(Team, TeamRole)>, now: DateTime<Utc>) -> PersonCard {
    teams.sort_by(|(one, _), (other, _)| one.title.cmp(&other.title));
    PersonCard { standing: standing(&account, now), account, teams }
}

fn standing(account: &Account, now: DateTime<Utc>) -> Standing {
    match account.link_until {
        _ if account.user.disabled => Standing::Disabled,
        _ if account.has_password => Standing::Active,
        Some(until) if until > now => Standing::Invited { until },
        _ => Standing::NeverJoined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PASSWORD, house};

    #[tokio::test]
    async fn people_are_found_by_name_and_address_with_their_teams() {
        let house = house().await;
        house.portal.sign_in("dev@example.com", PASSWORD, None).await.unwrap();
        let page = Page::default();
        let all = house.portal.people(&house.admin, "", &page).await.unwrap();
        assert_eq!(all.len(), 6);
        let after = Page { after: Some(all[3].account.user.id.to_string()), limit: 1 };
        let next = house.portal.people(&house.admin, "", &after).await.unwrap();
        assert_eq!(next.iter().map(|card| &card.account.user.id).collect::<Vec<_>>(), [&all[4].account.user.id]);
        for search in ["OTHER", "other-dev@"] {
            let found = house.portal.people(&house.admin, search, &page).await.unwrap();
            assert_eq!(found.len(), 1, "{search}");
            assert_eq!((found[0].teams[0].0.title.as_str(), found[0].teams[0].1), ("Storefront", TeamRole::Developer));
            assert_eq!(found[0].standing, Standing::NeverJoined);
        }
        let dev = house.portal.person(&house.admin, &house.dev.user.id).await.unwrap();
        assert_eq!(dev.card.account.last_signed_in_at, Some(house.portal.now()));
        assert_eq!((dev.card.standing, dev.history.len()), (Standing::Active, 2));
    }

    #[tokio::test]
    async fn only_who_manages_people_sees_them() {
        let house = house().await;
        for actor in [&house.dev, &house.owner, &house.platform, &house.auditor] {
            assert_eq!(house.portal.people(actor, "", &Page::default()).await.unwrap_err().code(), "denied");
            assert_eq!(house.portal.person(actor, &actor.user.id).await.unwrap_err().code(), "denied");
        }
    }
}
