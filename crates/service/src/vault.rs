//! Envelopes for secrets: XChaCha20-Poly1305 under one key that lies outside the database.
//!
//! The additional data bind an envelope to its id, version and team: moved to another row it does not open.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use chrono::{DateTime, Utc};
use domain::{
    Entropy,
    ids::{SecretId, TeamId},
    seal::SecretRef,
};
use provisioner::{cloud::Secret, runner::SecretSource};
use storage::{SealedSecret, Storage, StorageError};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// Where the key comes from.
#[derive(Clone)]
pub enum KeySource {
    /// Base64 of 32 bytes (`GANTRY_KEY`).
    Text(String),
    /// A file that holds the same; made at the first start, readable by its owner only (`GANTRY_KEY_FILE`).
    File(PathBuf),
}

/// Why there is no vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not 32 bytes in base64.
    #[error("the key is not 32 bytes in base64; `openssl rand -base64 32` makes one")]
    BadKey,
    /// The file holds something else.
    #[error(
        "the file `{}` does not hold a key (32 bytes in base64); put its copy back, or, where no secret was kept yet, \
         delete it and another one is made",
        path.display()
    )]
    BadFile {
        /// Which file.
        path: PathBuf,
    },
    /// The key file cannot be read or made.
    #[error("the key file `{}` cannot be read or made: {source}; this process needs it and its folder", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl KeySource {
    /// Finds what is wrong before anything is opened; a file that is not there yet is fine where it can be made.
    pub fn check(&self) -> Result<(), VaultError> {
        match self {
            Self::Text(text) => decode(text).map(drop).ok_or(VaultError::BadKey),
            Self::File(path) => match read_key(path)? {
                Some(_) => Ok(()),
                None => match path.parent().filter(|folder| *folder != Path::new("")).map(fs::metadata) {
                    Some(Err(source)) => Err(VaultError::Unusable { path: path.clone(), source }),
                    _ => Ok(()),
                },
            },
        }
    }

    /// The file that will be made at the first start, where it is not there yet.
    pub fn to_be_made(&self) -> Option<&Path> {
        match self {
            Self::File(path) if !path.exists() => Some(path),
            _ => None,
        }
    }
}

/// The vault.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    storage: Arc<dyn Storage>,
    entropy: Arc<dyn Entropy>,
}

impl Vault {
    /// Finds the key, or makes one where a file is named that is not there yet.
    pub fn open(source: KeySource, storage: Arc<dyn Storage>, entropy: Arc<dyn Entropy>) -> Result<Self, VaultError> {
        let key = match source {
            KeySource::Text(text) => decode(&text).ok_or(VaultError::BadKey)?,
            KeySource::File(path) => key_file(&path, &*entropy)?,
        };
        Ok(Self { cipher: XChaCha20Poly1305::new(&key.into()), storage, entropy })
    }

    /// Puts clear text into an envelope.
    pub fn seal(&self, id: SecretId, version: u32, team: &TeamId, clear: &Secret, now: DateTime<Utc>) -> SealedSecret {
        let mut nonce = [0; NONCE_BYTES];
        self.entropy.fill(&mut nonce);
        let aad = additional(&id, version, team);
        let sealed = self
            .cipher
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: clear.0.as_bytes(), aad: &aad })
            .expect("encryption only fails beyond 256 GiB");
        let envelope = [&nonce[..], &sealed].concat();
        SealedSecret { id, version, team: team.clone(), envelope, created_at: now }
    }

    /// Opens an envelope; none when it was made with another key, moved or changed.
    pub fn unseal(&self, sealed: &SealedSecret) -> Option<Secret> {
        let (nonce, text) = sealed.envelope.split_at_checked(NONCE_BYTES)?;
        let aad = additional(&sealed.id, sealed.version, &sealed.team);
        let clear = self.cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: text, aad: &aad }).ok()?;
        String::from_utf8(clear).ok().map(Secret)
    }

    /// Whether this key opens what is kept in the database, going by its oldest envelope; none where nothing is kept.
    pub async fn fits(&self, now: DateTime<Utc>) -> Result<Option<bool>, StorageError> {
        let mut tx = self.storage.begin_read().await?;
        let Some((id, version)) = tx.list_secrets_before(now, 1).await?.pop() else { return Ok(None) };
        Ok(tx.lookup_secret(&id, version).await?.map(|sealed| self.unseal(&sealed).is_some()))
    }
}

fn additional(id: &SecretId, version: u32, team: &TeamId) -> Vec<u8> {
    format!("gantry-secret-1\n{id}\n{version}\n{team}").into_bytes()
}

fn decode(text: &str) -> Option<[u8; KEY_BYTES]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// The key in a file; none when there is no such file.
fn read_key(path: &Path) -> Result<Option<[u8; KEY_BYTES]>, VaultError> {
    let bad = || VaultError::BadFile { path: path.to_owned() };
    match fs::read_to_string(path) {
        Ok(text) => decode(&text).map(Some).ok_or_else(bad),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(bad()),
        Err(source) => Err(VaultError::Unusable { path: path.to_owned(), source }),
    }
}

fn key_file(path: &Path, entropy: &dyn Entropy) -> Result<[u8; KEY_BYTES], VaultError> {
    if let Some(key) = read_key(path)? {
        return Ok(key);
    }
    let unusable = |source| VaultError::Unusable { path: path.to_owned(), source };
    let mut key = [0; KEY_BYTES];
    entropy.fill(&mut key);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(unusable)?;
    io::Write::write_all(&mut file, format!("{}\n", STANDARD.encode(key)).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(unusable)?;
    tracing::info!(key.file = %path.display(), "made a new key for secrets; keep a copy of it apart from the database");
    Ok(key)
}

#[async_trait]
impl SecretSource for Vault {
    async fn reveal(&self, secret: &SecretRef) -> Result<Option<Secret>, StorageError> {
        let sealed = self.storage.begin_read().await?.lookup_secret(&secret.id, secret.version).await?;
        Ok(sealed.and_then(|sealed| self.unseal(&sealed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Numbers, house};

    #[tokio::test]
    async fn an_envelope_opens_only_in_its_own_row() {
        let house = house().await;
        let vault = &house.portal.vault;
        let (id, team): (SecretId, TeamId) = ("sec-1".parse().unwrap(), "team-1".parse().unwrap());
        let sealed = vault.seal(id, 1, &team, &Secret("open sesame".to_owned()), house.portal.now());
        assert!(!String::from_utf8_lossy(&sealed.envelope).contains("sesame"));
        assert_eq!(vault.unseal(&sealed).unwrap().0, "open sesame");
        let moved = SealedSecret { team: "team-2".parse().unwrap(), ..sealed.clone() };
        assert!(vault.unseal(&moved).is_none());
        let mut changed = sealed.clone();
        *changed.envelope.last_mut().unwrap() ^= 1;
        assert!(vault.unseal(&changed).is_none());
    }

    #[tokio::test]
    async fn the_key_file_is_made_once_and_for_its_owner_only() {
        let house = house().await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gantry.key");
        let open = |numbers: u64| {
            let entropy = Arc::new(Numbers::from(numbers));
            Vault::open(KeySource::File(path.clone()), Arc::clone(&house.portal.storage), entropy).unwrap()
        };
        let (id, team): (SecretId, TeamId) = ("sec-1".parse().unwrap(), "team-1".parse().unwrap());
        let sealed = open(1).seal(id, 1, &team, &Secret("x".to_owned()), house.portal.now());
        assert!(open(2).unseal(&sealed).is_some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn a_short_key_is_refused() {
        let house = house().await;
        let storage = Arc::clone(&house.portal.storage);
        let opened = Vault::open(KeySource::Text("c2hvcnQ=".to_owned()), storage, Arc::new(Numbers::from(1)));
        assert!(matches!(opened, Err(VaultError::BadKey)));
    }
}
