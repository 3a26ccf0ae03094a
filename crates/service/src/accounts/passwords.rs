//! argon2id, off the threads that serve requests.

use std::{
    cell::RefCell,
    panic::{self, AssertUnwindSafe},
    sync::{OnceLock, mpsc},
};

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, PasswordVerifier, Version,
    password_hash::{self, Decimal, Ident, Output, ParamsString, PasswordHasher, Salt, SaltString},
};
use domain::{Entropy, Problem};
use tokio::sync::oneshot;

use crate::{Result, ServiceError};

/// At least so many characters.
const SHORTEST: usize = 12;
/// At most so many bytes: more only costs time.
const LONGEST: usize = 512;

/// What is wrong with a new password.
pub(super) fn check(path: &str, password: &str) -> Option<Problem> {
    if password.chars().count() < SHORTEST {
        return Some(Problem::new("too-short", path, format!("A password needs at least {SHORTEST} characters.")));
    }
    (password.len() > LONGEST)
        .then(|| Problem::new("too-long", path, format!("A password may have {LONGEST} bytes at most.")))
}

/// The PHC string of a password.
pub(super) async fn hash(password: &str, entropy: &dyn Entropy) -> Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let password = password.to_owned();
    run(move |hasher| derive(hasher, &password, &salt)).await?
}

/// Whether it is this password. Without a hash the same work is done, so that time does not tell who has an account.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let password = password.to_owned();
    run(move |hasher| {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => match NOBODY.get() {
                Some(nobody) => nobody.clone(),
                None => NOBODY.get_or_init(|| derive(hasher, "nobody", &[7; 16]).unwrap_or_default()).clone(),
            },
        };
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        password.len() <= LONGEST && hasher.verify_password(password.as_bytes(), &parsed).is_ok() && known
    })
    .await
}

fn derive(hasher: &Hasher, password: &str, salt: &[u8]) -> Result<String> {
    let failed = |why: argon2::password_hash::Error| ServiceError::corrupt("a password", why);
    let salt = SaltString::encode_b64(salt).map_err(failed)?;
    Ok(hasher.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// argon2id in memory that it keeps. A hash takes 19 MiB, which an allocator that is asked for them again and again may
/// well put beside the last ones instead of where they were.
#[derive(Default)]
struct Hasher(RefCell<Vec<Block>>);

impl PasswordHasher for Hasher {
    type Params = Params;

    fn hash_password<'a>(&self, password: &[u8], salt: impl Into<Salt<'a>>) -> password_hash::Result<PasswordHash<'a>> {
        self.hash_password_customized(password, None, None, Params::default(), salt)
    }

    fn hash_password_customized<'a>(
        &self,
        password: &[u8],
        algorithm: Option<Ident<'a>>,
        version: Option<Decimal>,
        params: Params,
        salt: impl Into<Salt<'a>>,
    ) -> password_hash::Result<PasswordHash<'a>> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let salt = salt.into();
        let mut bytes = [0; 64];
        let bytes = salt.decode_b64(&mut bytes)?;
        let mut memory = self.0.borrow_mut();
        memory.resize(params.block_count(), Block::default());
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let argon2 = Argon2::new(algorithm, version, params.clone());
        let hash = Output::init_with(length, |out| {
            Ok(argon2.hash_password_into_with_memory(password, bytes, out, &mut *memory)?)
        })?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(hash),
        })
    }
}

type Work = Box<dyn FnOnce(&Hasher) + Send>;

/// Does the work on the one thread that hashes: dozens of passwords a second, which is more than people sign in.
async fn run<T: Send + 'static>(work: impl FnOnce(&Hasher) -> T + Send + 'static) -> Result<T> {
    static THREAD: OnceLock<mpsc::Sender<Work>> = OnceLock::new();
    let thread = THREAD.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Work>();
        std::thread::spawn(move || {
            let hasher = Hasher::default();
            for work in receiver {
                // Whoever waits learns of a panic by the answer that never comes; the next in line must not.
                let _ = panic::catch_unwind(AssertUnwindSafe(|| work(&hasher)));
            }
        });
        sender
    });
    let (answer, answered) = oneshot::channel();
    // Nobody waiting any more is no error.
    let work = Box::new(move |hasher: &Hasher| drop(answer.send(work(hasher))));
    thread.send(work).map_err(|error| ServiceError::corrupt("a password", error))?;
    answered.await.map_err(|error| ServiceError::corrupt("a password", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_hashes_is_what_argon2_hashes() {
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let plain = Argon2::default().hash_password(b"lift-that-container", &salt).unwrap().to_string();
        let hasher = Hasher::default();
        assert_eq!(derive(&hasher, "lift-that-container", &[7; 16]).unwrap(), plain);
        let parsed = PasswordHash::new(&plain).unwrap();
        assert!(hasher.verify_password(b"lift-that-container", &parsed).is_ok());
        assert!(hasher.verify_password(b"drop-that-container", &parsed).is_err());
    }
}
