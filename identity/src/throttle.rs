//! How often somebody may guess, without letting anybody lock others out.
//!
//! A guess counts for the network that it comes from, and for the address together with the network. All networks together may
//! guess an address a hundred times an hour; a network from which its owner has signed in lately is not counted there, so that
//! strangers cannot use up what its owner needs. Kept in this process: each gateway grants as much.

use std::{hash::Hash, net::IpAddr, num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use http::StatusCode;
use http_kit::Problem;
use uuid::Uuid;

/// So many at once, and one more after each part of the period (GCRA).
fn limiter<K: Hash + Eq + Clone>(burst: u32, period: Duration) -> DefaultKeyedRateLimiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(period / burst.get());
    let quota = quota.unwrap_or(Quota::per_second(NonZeroU32::MIN));
    RateLimiter::keyed(quota.allow_burst(burst))
}

/// Counts guesses and mails.
pub(crate) struct Throttle {
    networks: DefaultKeyedRateLimiter<IpAddr>,
    pairs: DefaultKeyedRateLimiter<(String, IpAddr)>,
    addresses: DefaultKeyedRateLimiter<String>,
    second_pairs: DefaultKeyedRateLimiter<(Uuid, IpAddr)>,
    seconds: DefaultKeyedRateLimiter<Uuid>,
    mails_to: DefaultKeyedRateLimiter<String>,
    mails_from: DefaultKeyedRateLimiter<IpAddr>,
    guests: DefaultKeyedRateLimiter<IpAddr>,
    ceremonies: DefaultKeyedRateLimiter<IpAddr>,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        let minutes = Duration::from_mins;
        Self {
            networks: limiter(60, minutes(5)),
            pairs: limiter(10, minutes(10)),
            addresses: limiter(100, minutes(60)),
            second_pairs: limiter(10, minutes(10)),
            seconds: limiter(20, minutes(60)),
            mails_to: limiter(4, minutes(15)),
            mails_from: limiter(40, minutes(60)),
            guests: limiter(120, minutes(60)),
            ceremonies: limiter(120, minutes(5)),
        }
    }

    /// Before a password or code is looked at. `known` says that the network is one from which the owner of the address has
    /// signed in.
    pub(crate) fn guess(
        &self,
        email_key: &str,
        network: IpAddr,
        known: bool,
    ) -> Result<(), Problem> {
        take(&self.networks, &network)?;
        take(&self.pairs, &(email_key.to_owned(), network))?;
        if known {
            return Ok(());
        }
        take(&self.addresses, &email_key.to_owned())
    }

    /// Before a second factor is looked at, which only whoever has the password can try. All networks together may try twenty an
    /// hour, so that guessing six digits takes years; `known` says that the owner is signed in from this one.
    pub(crate) fn second_factor(
        &self,
        account: Uuid,
        network: IpAddr,
        known: bool,
    ) -> Result<(), Problem> {
        take(&self.second_pairs, &(account, network))?;
        if known {
            return Ok(());
        }
        take(&self.seconds, &account)
    }

    /// Before the secret of a link is looked at: nobody guesses 128 bits, so only the work is bounded.
    pub(crate) fn link(&self, network: IpAddr) -> Result<(), Problem> {
        take(&self.networks, &network)
    }

    /// Before a mail is sent to an address that anybody may have typed.
    pub(crate) fn mail(&self, email_key: &str, network: IpAddr) -> Result<(), Problem> {
        take(&self.mails_from, &network)?;
        take(&self.mails_to, &email_key.to_owned())
    }

    /// Before an authenticator is asked or its answer looked at: nobody guesses a signature, so only the work is bounded.
    pub(crate) fn ceremony(&self, network: IpAddr) -> Result<(), Problem> {
        take(&self.ceremonies, &network)
    }

    /// Before an account is opened for nobody in particular.
    pub(crate) fn guest(&self, network: IpAddr) -> Result<(), Problem> {
        take(&self.guests, &network)
    }

    /// Forgets whoever has their whole quota again.
    pub(crate) fn sweep(&self) {
        self.networks.retain_recent();
        self.pairs.retain_recent();
        self.addresses.retain_recent();
        self.second_pairs.retain_recent();
        self.seconds.retain_recent();
        self.mails_to.retain_recent();
        self.mails_from.retain_recent();
        self.guests.retain_recent();
        self.ceremonies.retain_recent();
    }
}

fn take<K: Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<(), Problem> {
    let Err(refused) = limiter.check_key(key) else {
        return Ok(());
    };
    let wait = refused.wait_time_from(limiter.clock().now());
    let seconds = u32::try_from(wait.as_secs())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-attempts",
        "There were too many attempts",
    );
    Err(problem
        .detail(format!("Try again in {seconds} s."))
        .retry_after(seconds))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn network(last: u8) -> IpAddr {
        Ipv4Addr::new(203, 0, 113, last).into()
    }

    #[test]
    fn guessing_one_address_from_one_network_ends_soon() {
        let throttle = Throttle::new();
        let allowed = (0..20)
            .filter(|_| {
                throttle
                    .guess("ada@shop.example", network(1), false)
                    .is_ok()
            })
            .count();
        assert_eq!(allowed, 10);
        // Another address from there, and this one from elsewhere, can still sign in.
        assert!(
            throttle
                .guess("bea@shop.example", network(1), false)
                .is_ok()
        );
        assert!(
            throttle
                .guess("ada@shop.example", network(2), false)
                .is_ok()
        );
    }

    #[test]
    fn strangers_cannot_use_up_what_the_owner_needs() {
        let throttle = Throttle::new();
        let mut refused = 0;
        for last in 0..=255 {
            let guess = throttle.guess("ada@shop.example", network(last), false);
            refused += usize::from(guess.is_err());
        }
        assert_eq!(refused, 156);
        assert!(throttle.guess("ada@shop.example", network(1), true).is_ok());
    }

    #[test]
    fn whoever_has_the_password_cannot_try_many_codes_nor_keep_the_owner_out() {
        let throttle = Throttle::new();
        let account = Uuid::from_u128(1);
        let tried = (0..=255)
            .filter(|last| {
                throttle
                    .second_factor(account, network(*last), false)
                    .is_ok()
            })
            .count();
        assert_eq!(tried, 20);
        assert!(throttle.second_factor(account, network(1), true).is_ok());
    }

    #[test]
    fn an_address_is_not_flooded_with_mail() {
        let throttle = Throttle::new();
        let sent = (0..20)
            .filter(|last| throttle.mail("ada@shop.example", network(*last)).is_ok())
            .count();
        assert_eq!(sent, 4);
    }
}
