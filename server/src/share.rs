//! Shares of something scarce: so many for each holder, given back when done with.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts what each holder has. Cheap to clone: clones count together.
pub(crate) struct Shares<K> {
    most: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

/// One of a holder's shares. Dropping it gives it back.
pub(crate) struct Share<K: Eq + Hash> {
    holder: K,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self { most: self.most, held: Arc::clone(&self.held) }
    }
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// At most `most` for each holder.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// One more for `holder`; `None` when it has all that it may have.
    pub(crate) fn take(&self, holder: K) -> Option<Share<K>> {
        let mut held = lock(&self.held);
        let count = held.get(&holder).copied().unwrap_or(0);
        if count >= self.most {
            return None;
        }
        held.insert(holder.clone(), count + 1);
        Some(Share { holder, held: Arc::clone(&self.held) })
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        // Who has none is forgotten: addresses of strangers do not pile up.
        match held.get_mut(&self.holder) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.holder)),
        }
    }
}

fn lock<K>(held: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose an address is, as far as it tells: an IPv6 subscriber has a whole /64 (RFC 6177).
pub(crate) fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_given_back_can_be_taken_again() {
        let shares = Shares::new(2);
        let (first, _second) = (shares.take("a").unwrap(), shares.clone().take("a").unwrap());
        assert!(shares.take("a").is_none());
        assert!(shares.take("b").is_some(), "another holder has its own");
        drop(first);
        let _third = shares.take("a").unwrap();
        assert!(shares.take("a").is_none());
    }

    #[test]
    fn a_holder_without_a_share_is_forgotten() {
        let shares = Shares::new(1);
        drop(shares.take("a").unwrap());
        assert!(lock(&shares.held).is_empty());
    }

    #[test]
    fn addresses_of_one_ipv6_subscriber_are_one_source() {
        let of = |text: &str| source(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
