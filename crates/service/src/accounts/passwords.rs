//! argon2id, off the threads that serve requests.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{OnceLock, mpsc},
};

use argon2::{
    Argon2, PasswordHash, PasswordVerifier,
    password_hash::{PasswordHasher, SaltString},
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

type Work = Box<dyn FnOnce() + Send>;

/// Does the work on the one thread that hashes. A hash takes 19 MiB, and the allocator keeps what a thread has freed for
/// that thread: many threads would each hold on to that much for ever. One thread hashes dozens a second, which is more
/// than people sign in.
async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    static THREAD: OnceLock<mpsc::Sender<Work>> = OnceLock::new();
    let thread = THREAD.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Work>();
        std::thread::spawn(move || {
            for work in receiver {
                // Whoever waits learns of a panic by the answer that never comes; the next in line must not.
                let _ = panic::catch_unwind(AssertUnwindSafe(work));
            }
        });
        sender
    });
    let (answer, answered) = oneshot::channel();
    // Nobody waiting any more is no error.
    let work = Box::new(move || drop(answer.send(work())));
    thread.send(work).map_err(|error| ServiceError::corrupt("a password", error))?;
    answered.await.map_err(|error| ServiceError::corrupt("a password", error))
}
