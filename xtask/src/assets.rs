//! Files of the site under names that change with their content: a browser may keep such a file for ever, and a page
//! loads exactly the files that it was built with. `manifest.json` tells the server the names; `app::Assets` reads it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// What compression lays beside a file.
const TWINS: [&str; 2] = ["br", "gz"];

/// A site folder that is being filled.
pub struct Site {
    folder: PathBuf,
    /// What belongs there; everything else is of an older build.
    kept: BTreeSet<PathBuf>,
}

impl Site {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, kept: BTreeSet::new() }
    }

    /// Puts a file in under a name with its hash, with its compressed twins; returns its address.
    pub fn add(&mut self, name: &str, from: &Path) -> anyhow::Result<String> {
        let content = fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
        let named = hashed(name, &content);
        self.write(&named, &content)?;
        for twin in TWINS {
            if let Ok(content) = fs::read(with_ending(from, twin)) {
                self.write(&format!("{named}.{twin}"), &content)?;
            }
        }
        Ok(format!("/{named}"))
    }

    /// The same for a text.
    pub fn add_text(&mut self, name: &str, text: &str) -> anyhow::Result<String> {
        let named = hashed(name, text.as_bytes());
        self.write(&named, text.as_bytes())?;
        Ok(format!("/{named}"))
    }

    /// Puts a file in under its own name.
    pub fn write(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // The times of unchanged files stay, and with them their compressed twins.
        if fs::read(&path).ok().as_deref() != Some(content) {
            fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
        }
        self.kept.insert(path);
        Ok(())
    }

    /// Takes away what an older build left.
    pub fn prune(&self) -> anyhow::Result<()> {
        self.prune_folder(&self.folder)
    }

    fn prune_folder(&self, folder: &Path) -> anyhow::Result<()> {
        for entry in fs::read_dir(folder)? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            let of_kept = || TWINS.iter().any(|twin| self.kept.iter().any(|kept| with_ending(kept, twin) == path));
            if kind.is_dir() {
                self.prune_folder(&path)?;
            } else if !self.kept.contains(&path) && !of_kept() {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(format!(".{ending}"));
    path.into()
}

/// `pkg/gantry.0123456789abcdef.css` of `pkg/gantry.css`.
fn hashed(name: &str, content: &[u8]) -> String {
    let hash = hex::encode(&Sha256::digest(content)[..8]);
    match name.rsplit_once('.') {
        Some((stem, ending)) => format!("{stem}.{hash}.{ending}"),
        None => format!("{name}.{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_has_another_name_and_the_old_one_goes() {
        let folder = std::env::temp_dir().join(format!("gantry-assets-{}", std::process::id()));
        let build = |content: &str| {
            let mut site = Site::new(folder.clone());
            let address = site.add_text("pkg/a.css", content).unwrap();
            site.prune().unwrap();
            address
        };
        let first = build("one");
        fs::write(folder.join(format!("{}.br", &first[1..])), "small").unwrap();
        assert_eq!(build("one"), first);
        assert!(folder.join(format!("{}.br", &first[1..])).exists(), "what is small stays with what it is of");
        let second = build("two");
        assert_ne!(first, second);
        let left: Vec<_> = fs::read_dir(folder.join("pkg")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(left, [folder.join(&second[1..])]);
        assert_eq!((second.len(), &second[..7]), ("/pkg/a..css".len() + 16, "/pkg/a."));
        fs::remove_dir_all(&folder).unwrap();
    }
}
