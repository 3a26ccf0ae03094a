//! The arrows between the rooms, the licences, and one version of each of the large libraries.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use spdx::{Expression, ParseMode};

/// Who may import whom, beside the world outside. See docs/ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("gantry-domain", &[]),
    ("gantry-storage", &["gantry-domain"]),
    ("gantry-storage-sqlite", &["gantry-domain", "gantry-storage"]),
    ("gantry-storage-postgres", &["gantry-domain", "gantry-storage"]),
    ("gantry-provisioner", &["gantry-domain", "gantry-storage"]),
    ("gantry-aws", &["gantry-domain", "gantry-provisioner"]),
    ("gantry-service", &["gantry-domain", "gantry-storage", "gantry-provisioner"]),
    ("gantry-app", &["gantry-domain", "gantry-service"]),
    ("gantry-frontend", &["gantry-app"]),
    (
        "gantry-server",
        &[
            "gantry-app",
            "gantry-aws",
            "gantry-domain",
            "gantry-provisioner",
            "gantry-service",
            "gantry-storage",
            "gantry-storage-postgres",
            "gantry-storage-sqlite",
        ],
    ),
];

/// Which room alone may know a library (by the beginning of its name).
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sqlx", &["gantry-storage", "gantry-storage-sqlite", "gantry-storage-postgres"]),
    ("aws-sdk-", &["gantry-aws"]),
    ("axum", &["gantry-server"]),
    ("leptos", &["gantry-app", "gantry-frontend"]),
];

/// What `domain` must never know.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "sqlx", "axum", "leptos", "aws-"];

const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CC0-1.0",
    "Unlicense",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "MPL-2.0",
];

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).exec().unwrap()
}

fn members(metadata: &Metadata) -> BTreeMap<&str, &Package> {
    metadata.workspace_packages().into_iter().map(|package| (package.name.as_str(), package)).collect()
}

#[test]
fn no_arrow_points_back() {
    let metadata = metadata();
    let members = members(&metadata);
    let mut wrong = vec![];
    for (room, allowed) in ARROWS {
        for dependency in members[room].dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            let name = dependency.name.as_str();
            if members.contains_key(name) && !allowed.contains(&name) {
                wrong.push(format!("{room} imports {name}"));
            }
            if *room == "gantry-domain" && NOT_IN_DOMAIN.iter().any(|start| name.starts_with(start)) {
                wrong.push(format!("domain imports {name}"));
            }
            for (library, rooms) in KEPT_TO {
                if name.starts_with(library) && !rooms.contains(room) {
                    wrong.push(format!("{room} imports {name}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let known: BTreeSet<_> = ARROWS.iter().map(|(room, _)| *room).collect();
    let unknown: Vec<_> = members.keys().filter(|name| name.starts_with("gantry-") && !known.contains(*name)).collect();
    assert!(unknown.is_empty(), "give these rooms their arrows: {unknown:?}");
}

#[test]
fn every_licence_is_on_the_list() {
    let tool = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/wasm-bindgen/Cargo.toml");
    let tool = MetadataCommand::new().manifest_path(tool).exec().unwrap();
    let packages = [metadata(), tool].map(|metadata| metadata.packages).concat();
    let mut wrong = vec![];
    for package in packages.iter().filter(|package| package.source.is_some()) {
        let licence = package.license.clone().unwrap_or_default();
        let fine = Expression::parse_mode(&licence, ParseMode::LAX)
            .is_ok_and(|parsed| parsed.evaluate(|one| LICENCES.contains(&one.to_string().as_str())));
        if !fine {
            wrong.push(format!("{} {}: {licence}", package.name, package.version));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_version_of_sqlx_axum_and_leptos() {
    let metadata = metadata();
    for name in ["sqlx", "sqlx-core", "axum", "leptos", "libsqlite3-sys"] {
        let versions: BTreeSet<_> = metadata
            .packages
            .iter()
            .filter(|package| package.name.as_str() == name)
            .map(|package| &package.version)
            .collect();
        assert!(versions.len() <= 1, "{name}: {versions:?}");
    }
}
