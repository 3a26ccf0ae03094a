//! A temporary folder that is removed with its owner.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// The folder. Dropping it removes it and what is in it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> anyhow::Result<Self> {
        Self::within(&std::env::temp_dir())
    }

    /// Where no disk is waited for.
    pub fn in_memory() -> anyhow::Result<Self> {
        Self::within(Path::new("/dev/shm"))
    }

    fn within(parent: &Path) -> anyhow::Result<Self> {
        let folder = parent.join(format!("gantry-{}-{}", std::process::id(), free_port()?));
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A port on 127.0.0.1 that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
