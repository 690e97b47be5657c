//! Hashing, in bounds: one hash takes 20 ms of CPU and 19 MiB, and anybody may ask for one.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use http_kit::Problem;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::{Beside, Cost, Password, Peppers, check_strength};

/// Requests that may wait for their turn, for each one that has it.
const WAITING: usize = 32;

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of salt.
const SALT: usize = 16;

/// A password as it is remembered.
#[derive(Clone)]
pub(crate) struct StoredPassword {
    /// PHC string.
    pub(crate) phc: String,
    /// Which pepper went into it.
    pub(crate) pepper: Option<String>,
}

/// What came of a look at a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Wrong,
    Right,
    /// And it has to be hashed anew: the cost or the pepper is another by now.
    RightButOld,
}

/// Hashes passwords, as many at once as there are processors. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hasher(Arc<Inner>);

struct Inner {
    cost: Cost,
    peppers: Peppers,
    at_work: Semaphore,
    inside: Semaphore,
}

impl Hasher {
    pub(crate) fn new(cost: Cost, peppers: Peppers) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Inner {
            cost,
            peppers,
            at_work: Semaphore::new(processors),
            inside: Semaphore::new(processors * (1 + WAITING)),
        }))
    }

    /// As it will be remembered.
    pub(crate) async fn hash(&self, password: Password) -> Result<StoredPassword, Problem> {
        self.run(move |inner| inner.hash(&password)).await
    }

    /// The same of a new one, which must not be easily guessed; `pointer` is where it stands in the body.
    pub(crate) async fn hash_new(
        &self,
        password: Password,
        email: String,
        pointer: &'static str,
        beside: Beside,
    ) -> Result<StoredPassword, Problem> {
        self.run(move |inner| {
            check_strength(&password, &email, pointer, beside)?;
            inner.hash(&password)
        })
        .await
    }

    /// Whether it is the one that is remembered. Takes the same time where none is, so that nobody learns that.
    pub(crate) async fn verify(
        &self,
        password: Password,
        stored: Option<StoredPassword>,
    ) -> Result<Verdict, Problem> {
        self.run(move |inner| match stored {
            Some(stored) => Ok(inner.verify(&password, &stored)),
            None => inner.hash(&password).map(|_| Verdict::Wrong),
        })
        .await
    }

    /// Runs it when it is its turn, off the threads that answer requests; 503 where too many wait already.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || {
            Problem::unavailable().detail("Too many sign in at the moment. Send the request again.")
        };
        let _inside = self.0.inside.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(PATIENCE, self.0.at_work.acquire());
        let Ok(Ok(_turn)) = turn.await else {
            return Err(busy());
        };
        let inner = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(done) => done,
            Err(_) => Err(Problem::internal()),
        }
    }
}

impl Inner {
    /// None where the configured pepper is gone, or a library refuses; it has been logged then.
    fn argon2(&self, pepper: Option<&str>) -> Option<Argon2<'_>> {
        let params = self.cost.params().ok()?;
        let Some(id) = pepper else {
            return Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
        };
        let Some(secret) = self.peppers.secret(id) else {
            tracing::error!("a password needs the pepper {id:?}, which is not configured");
            return None;
        };
        let secret = secret.as_bytes();
        Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params).ok()
    }

    fn hash(&self, password: &Password) -> Result<StoredPassword, Problem> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).map_err(|error| {
            tracing::error!("this machine gives no random bytes: {error}");
            Problem::internal()
        })?;
        let pepper = self.peppers.newest();
        let argon2 = self.argon2(pepper).ok_or_else(Problem::internal)?;
        let hash = argon2.hash_password_with_salt(password.reveal().as_bytes(), &salt);
        let hash: PasswordHash = hash.map_err(|error| {
            tracing::error!("a password cannot be hashed: {error}");
            Problem::internal()
        })?;
        Ok(StoredPassword {
            phc: hash.to_string(),
            pepper: pepper.map(ToOwned::to_owned),
        })
    }

    fn verify(&self, password: &Password, stored: &StoredPassword) -> Verdict {
        let Some(argon2) = self.argon2(stored.pepper.as_deref()) else {
            return Verdict::Wrong;
        };
        let Ok(hash) = PasswordHash::new(&stored.phc) else {
            tracing::error!("a stored password is no PHC string");
            return Verdict::Wrong;
        };
        let given = password.reveal().as_bytes();
        if argon2.verify_password(given, &hash).is_err() {
            return Verdict::Wrong;
        }
        let same_pepper = stored.pepper.as_deref() == self.peppers.newest();
        let wanted = argon2::password_hash::phc::ParamsString::try_from(argon2.params());
        if same_pepper && wanted.is_ok_and(|wanted| wanted == hash.params) {
            Verdict::Right
        } else {
            Verdict::RightButOld
        }
    }
}

/// Whether two hashes of secrets are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::try_from(text.to_owned()).unwrap()
    }

    fn hasher(cost: &str, peppers: &str) -> Hasher {
        Hasher::new(cost.parse().unwrap(), Peppers::parse(peppers).unwrap())
    }

    #[tokio::test]
    async fn only_the_right_password_is_recognised() {
        let hasher = hasher("m=64,t=1,p=1", "");
        let stored = hasher.hash(password("herons")).await.unwrap();
        assert!(stored.phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let verdict = async |given: &str, stored| hasher.verify(password(given), stored).await;
        let right = verdict("herons", Some(stored.clone())).await.unwrap();
        assert_eq!(right, Verdict::Right);
        assert_eq!(
            verdict("heron", Some(stored)).await.unwrap(),
            Verdict::Wrong
        );
        assert_eq!(verdict("herons", None).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_pepper_is_needed_to_check_and_replaced_by_the_next_one() {
        let old = hasher("m=64,t=1,p=1", "a:0123456789abcdef");
        let stored = old.hash(password("herons")).await.unwrap();
        assert_eq!(stored.pepper.as_deref(), Some("a"));
        let turned = hasher("m=64,t=1,p=1", "b:fedcba9876543210,a:0123456789abcdef");
        let given = || password("herons");
        let verdict = turned.verify(given(), Some(stored.clone())).await.unwrap();
        assert_eq!(verdict, Verdict::RightButOld);
        let without = hasher("m=64,t=1,p=1", "");
        let verdict = without.verify(given(), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_password_that_was_cheap_is_old() {
        let cheap = hasher("m=64,t=1,p=1", "");
        let stored = cheap.hash(password("herons")).await.unwrap();
        let dear = hasher("m=128,t=1,p=1", "");
        let verdict = dear.verify(password("herons"), Some(stored)).await.unwrap();
        assert_eq!(verdict, Verdict::RightButOld);
    }
}
