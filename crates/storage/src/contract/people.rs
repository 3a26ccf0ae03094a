//! People and teams.

use chrono::{Duration, SubsecRound};
use domain::{
    ids::{TeamId, UserId},
    people::{PlatformRole, TeamRole, User},
};

use super::{
    Database,
    fixtures::{at, begin, id, settle, team, user},
};
use crate::{Account, Credential, Page, StorageError};

/// All fields come back, by either key.
pub async fn a_user_is_found_by_id_and_by_email(database: &dyn Database) {
    let mut tx = begin(database).await;
    let ada = User { platform_role: Some(PlatformRole::Auditor), disabled: true, version: 7, ..user("ada") };
    tx.add_user(&ada, at(0)).await.unwrap();
    assert_eq!(tx.lookup_user(&ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(tx.find_user_by_email("ada@example.com").await.unwrap().as_ref(), Some(&ada));
    assert_eq!(tx.lookup_user(&id("usr-nobody")).await.unwrap(), None);
    assert_eq!(tx.find_user_by_email("nobody@example.com").await.unwrap(), None);
}

/// And the transaction goes on after the refusal.
pub async fn an_email_address_is_taken_once(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_user(&user("ada"), at(0)).await.unwrap();
    let twin = User { email: "ada@example.com".to_owned(), ..user("twin") };
    assert!(matches!(tx.add_user(&twin, at(0)).await, Err(StorageError::Taken { .. })));
    tx.add_user(&user("twin"), at(0)).await.unwrap();
}

/// Who read an old version reads again; an address stays taken.
pub async fn a_user_is_changed_only_at_its_version(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_user(&user("ada"), at(0)).await.unwrap();
    tx.add_user(&user("bob"), at(0)).await.unwrap();
    let changed = User {
        name: "Ada L.".to_owned(),
        email: "ada.l@example.com".to_owned(),
        platform_role: Some(PlatformRole::Admin),
        disabled: true,
        ..user("ada")
    };
    tx.update_user(&changed).await.unwrap();
    assert!(matches!(tx.update_user(&changed).await, Err(StorageError::Conflict { .. })));
    let expected = User { version: changed.version + 1, ..changed };
    assert_eq!(tx.lookup_user(&expected.id).await.unwrap().as_ref(), Some(&expected));
    assert!(matches!(tx.update_user(&user("nobody")).await, Err(StorageError::Conflict { .. })));
    let twin = User { email: "bob@example.com".to_owned(), ..expected };
    assert!(matches!(tx.update_user(&twin).await, Err(StorageError::Taken { .. })));
}

/// By name, not by id or time.
pub async fn users_are_listed_by_name_and_counted(database: &dyn Database) {
    let mut tx = begin(database).await;
    assert_eq!(tx.count_users().await.unwrap(), 0);
    tx.add_user(&user("bob"), at(0)).await.unwrap();
    tx.add_user(&user("ada"), at(1)).await.unwrap();
    assert_eq!(tx.list_users().await.unwrap(), [user("ada"), user("bob")]);
    assert_eq!(tx.count_users().await.unwrap(), 2);
}

/// Any part of a name, taken literally.
pub async fn users_are_found_by_a_part_of_their_name(database: &dyn Database) {
    let mut tx = begin(database).await;
    let named = |name: &str, shown: &str| User { name: shown.to_owned(), ..user(name) };
    for one in [named("bob", "Bob Lovelace"), named("ada", "Ada Lovelace"), named("eve", "100% Eve")] {
        tx.add_user(&one, at(0)).await.unwrap();
    }
    for (text, limit, expected) in [
        ("lOVE", 10, vec!["Ada Lovelace", "Bob Lovelace"]),
        ("love", 1, vec!["Ada Lovelace"]),
        ("0% e", 10, vec!["100% Eve"]),
        ("%", 10, vec!["100% Eve"]),
        ("_", 10, vec![]),
        ("mallory", 10, vec![]),
    ] {
        let found = tx.find_users_by_name(text, limit).await.unwrap();
        assert_eq!(found.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), expected, "{text}");
    }
}

/// Either of both, taken literally; two of one name stand in the order of their ids.
pub async fn accounts_are_found_by_name_or_address_and_paged(database: &dyn Database) {
    let mut tx = begin(database).await;
    let named = |name: &str, shown: &str| User { name: shown.to_owned(), ..user(name) };
    for one in [named("d", "Ada"), named("b", "Bob"), named("a", "Ada"), named("c", "100% Eve"), named("e", "ada_2")] {
        tx.add_user(&one, at(0)).await.unwrap();
    }
    for (text, expected) in [
        ("", vec!["c", "a", "d", "b", "e"]),
        ("ADA", vec!["a", "d", "e"]),
        ("B@Example", vec!["b"]),
        ("%", vec!["c"]),
        ("_", vec!["e"]),
        ("mallory", vec![]),
    ] {
        let (mut page, mut seen) = (Page { after: None, limit: 2 }, vec![]);
        loop {
            let found = tx.find_accounts(text, &page).await.unwrap();
            assert!(found.len() <= 2);
            let Some(last) = found.last() else { break };
            page.after = Some(last.user.id.to_string());
            seen.extend(found.iter().map(|one| one.user.id.as_str().trim_start_matches("usr-").to_owned()));
        }
        assert_eq!(seen, expected, "{text}");
    }
}

/// The second password is the one that counts.
pub async fn a_credential_is_replaced(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    assert_eq!(tx.lookup_credential(&id("usr-ada")).await.unwrap(), None);
    for hash in ["$argon2id$old", "$argon2id$new"] {
        let credential = Credential { user: id("usr-ada"), password_hash: hash.to_owned() };
        tx.set_credential(&credential).await.unwrap();
        assert_eq!(tx.lookup_credential(&id("usr-ada")).await.unwrap(), Some(credential));
    }
    assert_eq!(tx.lookup_credential(&id("usr-bob")).await.unwrap(), None);
}

/// A key's failures go with its success; everyone's go with age.
pub async fn sign_in_failures_are_counted_by_key_and_time_and_forgotten(database: &dyn Database) {
    let mut tx = begin(database).await;
    for seconds in [10, 20, 30] {
        tx.add_sign_in_failure("ada@example.com", at(seconds)).await.unwrap();
        tx.add_sign_in_failure("192.0.2.1", at(seconds)).await.unwrap();
    }
    assert_eq!(tx.count_sign_in_failures("ada@example.com", at(0)).await.unwrap(), 3);
    assert_eq!(tx.count_sign_in_failures("ada@example.com", at(20)).await.unwrap(), 2, "the bound is included");
    assert_eq!(tx.count_sign_in_failures("bob@example.com", at(0)).await.unwrap(), 0);

    // As text a whole second is easily longer than the half second after it.
    let whole = at(10).trunc_subsecs(0);
    tx.add_sign_in_failure("carol@example.com", whole).await.unwrap();
    assert_eq!(tx.count_sign_in_failures("carol@example.com", whole).await.unwrap(), 1);
    let later = whole + Duration::milliseconds(500);
    assert_eq!(tx.count_sign_in_failures("carol@example.com", later).await.unwrap(), 0);

    tx.forget_sign_in_failures("ada@example.com", at(20)).await.unwrap();
    assert_eq!(tx.count_sign_in_failures("ada@example.com", at(0)).await.unwrap(), 0);
    assert_eq!(tx.count_sign_in_failures("192.0.2.1", at(0)).await.unwrap(), 2);
}

/// Wrong purpose, too late, second time: no.
pub async fn a_one_time_token_is_taken_once_for_its_purpose_before_its_end(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_one_time_token("hash", "setup", at(100)).await.unwrap();
    assert!(matches!(tx.add_one_time_token("hash", "setup", at(200)).await, Err(StorageError::Taken { .. })));
    assert!(!tx.take_one_time_token("hash", "other", at(50)).await.unwrap());
    assert!(!tx.take_one_time_token("hash", "setup", at(100)).await.unwrap());
    assert!(!tx.take_one_time_token("none", "setup", at(50)).await.unwrap());
    assert!(tx.take_one_time_token("hash", "setup", at(50)).await.unwrap());
    assert!(!tx.take_one_time_token("hash", "setup", at(50)).await.unwrap());
}

/// By either key.
pub async fn a_team_is_found_by_id_and_by_name(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_team(&team("shop")).await.unwrap();
    tx.add_team(&team("bank")).await.unwrap();
    assert_eq!(tx.lookup_team(&id("team-shop")).await.unwrap(), Some(team("shop")));
    assert_eq!(tx.find_team_by_name("shop").await.unwrap(), Some(team("shop")));
    assert_eq!(tx.lookup_team(&id("team-none")).await.unwrap(), None);
    assert_eq!(tx.find_team_by_name("none").await.unwrap(), None);
    assert_eq!(tx.list_teams().await.unwrap(), [team("bank"), team("shop")]);
}

/// Physical names contain it.
pub async fn a_team_name_is_taken_once(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_team(&team("shop")).await.unwrap();
    let twin = domain::people::Team { id: id("team-twin"), ..team("shop") };
    assert!(matches!(tx.add_team(&twin).await, Err(StorageError::Taken { .. })));
}

/// One role per team and person.
pub async fn a_membership_is_set_changed_and_listed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let ada = id("usr-ada");
    assert_eq!(tx.list_memberships(&ada).await.unwrap(), []);
    tx.set_membership(&id("team-shop"), &ada, TeamRole::Viewer).await.unwrap();
    tx.set_membership(&id("team-bank"), &ada, TeamRole::Developer).await.unwrap();
    tx.set_membership(&id("team-shop"), &ada, TeamRole::Owner).await.unwrap();
    let expected = [(team("bank"), TeamRole::Developer), (team("shop"), TeamRole::Owner)];
    assert_eq!(tx.list_memberships(&ada).await.unwrap(), expected);
}

/// Rights are never guessed.
pub async fn a_user_with_an_unknown_role_is_corrupt(database: &dyn Database) {
    settle(database).await;
    database.tamper("UPDATE users SET platform_role = 'root' WHERE id = 'usr-ada'").await;
    let mut tx = begin(database).await;
    match tx.lookup_user(&id("usr-ada")).await {
        Err(StorageError::Corrupt { what, why }) => {
            assert_eq!(what, "user usr-ada");
            assert!(why.contains("platform_role") && why.contains("root"), "{why}");
        }
        other => panic!("{other:?}"),
    }
}

/// With and without a password, a link, a visit.
pub async fn an_account_says_how_its_person_comes_in(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_user(&user("bob"), at(1)).await.unwrap();
    tx.add_user(&user("ada"), at(0)).await.unwrap();
    let (ada, bob): (UserId, UserId) = (id("usr-ada"), id("usr-bob"));
    let hash = "$argon2id$".to_owned();
    tx.set_credential(&Credential { user: ada.clone(), password_hash: hash }).await.unwrap();
    tx.set_signed_in(&ada, at(60)).await.unwrap();
    tx.add_personal_token("old", "password", &bob, at(10)).await.unwrap();
    tx.add_personal_token("new", "password", &bob, at(20)).await.unwrap();
    let seen = Account {
        user: user("ada"),
        created_at: at(0),
        last_signed_in_at: Some(at(60)),
        has_password: true,
        link_until: None,
    };
    let invited = Account {
        user: user("bob"),
        created_at: at(1),
        last_signed_in_at: None,
        has_password: false,
        link_until: Some(at(20)),
    };
    assert_eq!(tx.lookup_account(&ada).await.unwrap().as_ref(), Some(&seen));
    assert_eq!(tx.list_accounts().await.unwrap(), [seen, invited]);
    assert_eq!(tx.lookup_account(&id("usr-nobody")).await.unwrap(), None);
}

/// Those that began before are over, for ever; those that begin in the same instant or later are not.
pub async fn sessions_of_a_person_are_ended_at_once(database: &dyn Database) {
    let mut tx = begin(database).await;
    let ada = user("ada");
    tx.add_user(&ada, at(0)).await.unwrap();
    assert_eq!(tx.find_user_in_session(&ada.id, at(1)).await.unwrap().as_ref(), Some(&ada));
    tx.end_sessions(&ada.id, at(10)).await.unwrap();
    assert_eq!(tx.find_user_in_session(&ada.id, at(9)).await.unwrap(), None);
    assert_eq!(tx.find_user_in_session(&ada.id, at(10)).await.unwrap(), Some(ada));
    assert_eq!(tx.find_user_in_session(&id("usr-nobody"), at(10)).await.unwrap(), None);
}

/// Wrong purpose, too late, second time, dropped: nobody's. And a token of one sort opens nothing of the other.
pub async fn a_personal_token_is_taken_once_by_whom_it_is_for(database: &dyn Database) {
    let mut tx = begin(database).await;
    let ada: UserId = id("usr-ada");
    tx.add_user(&user("ada"), at(0)).await.unwrap();
    tx.add_personal_token("hash", "password", &ada, at(100)).await.unwrap();
    assert!(tx.add_personal_token("hash", "password", &ada, at(200)).await.is_err());
    for (purpose, now) in [("other", 50), ("password", 100)] {
        assert_eq!(tx.find_personal_token("hash", purpose, at(now)).await.unwrap(), None);
        assert_eq!(tx.take_personal_token("hash", purpose, at(now)).await.unwrap(), None);
    }
    assert_eq!(tx.find_personal_token("hash", "password", at(50)).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(tx.take_personal_token("hash", "password", at(50)).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(tx.take_personal_token("hash", "password", at(50)).await.unwrap(), None);

    tx.add_personal_token("again", "password", &ada, at(100)).await.unwrap();
    tx.drop_personal_tokens(&ada).await.unwrap();
    assert_eq!(tx.find_personal_token("again", "password", at(50)).await.unwrap(), None);

    tx.add_one_time_token("first", "setup", at(100)).await.unwrap();
    assert_eq!(tx.take_personal_token("first", "setup", at(50)).await.unwrap(), None);
    assert!(tx.take_one_time_token("first", "setup", at(50)).await.unwrap());
}

/// The name stays: it is part of what there is in AWS.
pub async fn a_team_is_changed_only_at_its_version(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_team(&team("shop")).await.unwrap();
    let changed = domain::people::Team { title: "The shop".to_owned(), ..team("shop") };
    tx.update_team(&changed).await.unwrap();
    assert!(matches!(tx.update_team(&changed).await, Err(StorageError::Conflict { .. })));
    let expected = domain::people::Team { version: 2, ..changed };
    assert_eq!(tx.lookup_team(&id("team-shop")).await.unwrap(), Some(expected));
}

/// By name, and those who left are gone.
pub async fn members_of_a_team_are_listed_and_removed(database: &dyn Database) {
    settle(database).await;
    let mut tx = begin(database).await;
    let shop: TeamId = id("team-shop");
    let ada: UserId = id("usr-ada");
    tx.set_membership(&shop, &ada, TeamRole::Viewer).await.unwrap();
    let members = tx.list_members(&shop).await.unwrap();
    let said: Vec<_> = members.iter().map(|(user, role)| (user.id.as_str(), *role)).collect();
    assert_eq!(said, [("usr-ada", TeamRole::Viewer), ("usr-bob", TeamRole::Owner)]);
    let all = [(ada.clone(), shop.clone(), TeamRole::Viewer), (id("usr-bob"), shop.clone(), TeamRole::Owner)];
    assert_eq!(tx.list_all_memberships().await.unwrap(), all);
    assert!(tx.remove_membership(&shop, &ada).await.unwrap());
    assert!(!tx.remove_membership(&shop, &ada).await.unwrap());
    assert_eq!(tx.list_members(&shop).await.unwrap().len(), 1);
    assert_eq!(tx.list_members(&id("team-bank")).await.unwrap(), []);
}
