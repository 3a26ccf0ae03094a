//! Builds again when a migration is added: the migrator is embedded, and a new file changes no source file.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
}
