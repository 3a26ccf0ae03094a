//! Environments.

use domain::environment::Environment;

use super::{
    Database,
    fixtures::{begin, environment, id},
};
use crate::StorageError;

/// With everything set and with nothing set.
pub async fn an_environment_keeps_all_its_fields(database: &dyn Database) {
    let mut tx = begin(database).await;
    let full = environment("prod");
    let bare = Environment {
        launch_role: None,
        assign_public_ip: false,
        certificate_arn: None,
        shared_load_balancer: None,
        permissions_boundary: None,
        tags: Default::default(),
        rules: Default::default(),
        ..environment("bare")
    };
    for one in [&full, &bare] {
        tx.add_environment(one).await.unwrap();
        assert_eq!(tx.lookup_environment(&one.id).await.unwrap().as_ref(), Some(one));
    }
    assert_eq!(tx.lookup_environment(&id("env-none")).await.unwrap(), None);
}

/// Also by a change of name.
pub async fn an_environment_name_is_taken_once(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_environment(&environment("prod")).await.unwrap();
    let twin = Environment { id: id("env-twin"), ..environment("prod") };
    assert!(matches!(tx.add_environment(&twin).await, Err(StorageError::Taken { .. })));
    drop(tx);

    let mut tx = begin(database).await;
    tx.add_environment(&environment("prod")).await.unwrap();
    tx.add_environment(&environment("test")).await.unwrap();
    let renamed = Environment { name: "prod".to_owned(), ..environment("test") };
    assert!(matches!(tx.update_environment(&renamed).await, Err(StorageError::Taken { .. })));
}

/// Who read an old version reads again.
pub async fn an_environment_is_changed_only_at_its_version(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_environment(&environment("prod")).await.unwrap();
    let changed = Environment {
        summary: "Another".to_owned(),
        account: "210987654321".to_owned(),
        region: "eu-west-1".to_owned(),
        launch_role: None,
        vpc_id: "vpc-2".to_owned(),
        public_subnets: vec!["subnet-x".to_owned()],
        private_subnets: vec!["subnet-y".to_owned()],
        assign_public_ip: false,
        certificate_arn: None,
        shared_load_balancer: None,
        permissions_boundary: None,
        tags: Default::default(),
        approvals_needed: 3,
        rules: Default::default(),
        ..environment("prod")
    };
    tx.update_environment(&changed).await.unwrap();
    assert!(matches!(tx.update_environment(&changed).await, Err(StorageError::Conflict { .. })));
    let ahead = Environment { version: 9, ..changed.clone() };
    assert!(matches!(tx.update_environment(&ahead).await, Err(StorageError::Conflict { .. })));
    let expected = Environment { version: 2, ..changed };
    assert_eq!(tx.lookup_environment(&id("env-prod")).await.unwrap(), Some(expected));
    assert!(matches!(tx.update_environment(&environment("none")).await, Err(StorageError::Conflict { .. })));
}

/// By name.
pub async fn environments_are_listed_by_name(database: &dyn Database) {
    let mut tx = begin(database).await;
    tx.add_environment(&environment("test")).await.unwrap();
    tx.add_environment(&environment("prod")).await.unwrap();
    assert_eq!(tx.list_environments().await.unwrap(), [environment("prod"), environment("test")]);
}
