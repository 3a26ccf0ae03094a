//! argon2id, off the threads that serve requests.

use std::sync::OnceLock;

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{PasswordHasher, SaltString},
};
use domain::{Entropy, Problem};
use tokio::sync::Semaphore;

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
    run(move || derive(&password, &salt)).await?
}

/// Whether it is this password. Without a hash the same work is done, so that time does not tell who has an account.
pub(super) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    static NOBODY: OnceLock<String> = OnceLock::new();
    let password = password.to_owned();
    run(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => match NOBODY.get() {
                Some(nobody) => nobody.clone(),
                None => NOBODY.get_or_init(|| derive("nobody", &[7; 16]).unwrap_or_default()).clone(),
            },
        };
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        password.len() <= LONGEST && Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known
    })
    .await
}

fn derive(password: &str, salt: &[u8]) -> Result<String> {
    let failed = |why: argon2::password_hash::Error| ServiceError::corrupt("a password", why);
    let salt = SaltString::encode_b64(salt).map_err(failed)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// One hash takes 19 MiB and a processor; more at once than this would only take them from everyone else.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _place = AT_ONCE.acquire().await.map_err(|error| ServiceError::corrupt("a password", error))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| ServiceError::corrupt("a password", error))
}
