//! Template revisions.

use super::{
    Database,
    fixtures::{at, begin},
};
use crate::{Revision, StorageError};

fn revision(template: &str, version: &str) -> Revision {
    Revision {
        template: template.to_owned(),
        version: version.to_owned(),
        hash: format!("hash of {template} {version}"),
        source: format!("name: {template}\nversion: {version}\n"),
        published_at: at(0),
    }
}

/// Again the same: nothing. Another content under the same version: no. And no way past the repository.
pub async fn a_revision_is_published_once_and_never_changes(database: &dyn Database) {
    let mut tx = begin(database).await;
    let first = revision("web-service", "1.0.0");
    assert!(tx.publish_revision(&first).await.unwrap());
    assert!(!tx.publish_revision(&first).await.unwrap());
    let other = Revision { hash: "another".to_owned(), ..first.clone() };
    assert!(matches!(tx.publish_revision(&other).await, Err(StorageError::Taken { .. })));
    assert_eq!(tx.lookup_revision("web-service", "1.0.0").await.unwrap(), Some(first));
    assert_eq!(tx.lookup_revision("web-service", "1.0.1").await.unwrap(), None);
    tx.commit().await.unwrap();

    database.execute("UPDATE template_revisions SET source = ''").await.unwrap_err();
    database.execute("DELETE FROM template_revisions").await.unwrap_err();
}

/// The last that was published, whatever its number says.
pub async fn the_latest_revision_of_each_template_is_listed(database: &dyn Database) {
    let mut tx = begin(database).await;
    assert_eq!(tx.list_latest_revisions().await.unwrap(), []);
    for (template, version) in [("web", "1.9.0"), ("cluster", "1.0.0"), ("web", "1.10.0")] {
        tx.publish_revision(&revision(template, version)).await.unwrap();
    }
    let expected = [revision("cluster", "1.0.0"), revision("web", "1.10.0")];
    assert_eq!(tx.list_latest_revisions().await.unwrap(), expected);
    let all = [revision("web", "1.10.0"), revision("web", "1.9.0")];
    assert_eq!(tx.list_revisions("web").await.unwrap(), all);
    assert_eq!(tx.list_revisions("none").await.unwrap(), []);
}
