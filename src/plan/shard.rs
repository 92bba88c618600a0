//! Sharding: several runs divide an inventory's targets among them.

use std::{fmt, str::FromStr};

use sha2::{Digest as _, Sha256};

/// One of several runs, written `I/N`: the `I`th of `N`.
///
/// A target belongs to the run with the highest hash of its number and the target's name (rendezvous
/// hashing): every run computes the same shards, and one run more or less moves few targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Which, from 1.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl Shard {
    /// The most shards there may be.
    pub const MAX: u32 = 256;

    /// The number of the shard that looks at the target of this name.
    pub fn of_target(self, name: &str) -> u32 {
        let weight = |number: u32| {
            let mut hash = Sha256::new();
            hash.update(number.to_be_bytes());
            hash.update(name);
            let digest: [u8; 32] = hash.finalize().into();
            (digest, number)
        };
        let highest = (1..=self.of).map(weight).max();
        highest.map_or(1, |(_, number)| number)
    }
}

/// A text that is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard: I/N is expected, with N from 1 to {MAX} and I from 1 to N", MAX = Shard::MAX)]
pub struct NoShard(String);

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let number = |text: &str| -> Option<u32> {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            text.parse()
                .ok()
                .filter(|_| digits && !text.starts_with('0'))
        };
        let shard = text.split_once('/').and_then(|(number_of, of)| {
            let (number, of) = (number(number_of)?, number(of)?);
            (number <= of && of <= Self::MAX).then_some(Self { number, of })
        });
        shard.ok_or_else(|| NoShard(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(of: u32) -> Shard {
        Shard { number: 1, of }
    }

    #[test]
    fn a_shard_is_written_as_people_count() {
        for text in ["1/1", "2/3", "256/256"] {
            assert_eq!(text.parse::<Shard>().expect(text).to_string(), text);
        }
        for text in [
            "",
            "1",
            "/",
            "0/2",
            "3/2",
            "1/0",
            "1/257",
            "+1/2",
            "1/ 2",
            "01/2",
            "1/2/3",
            "a/b",
            "-1/2",
            "1/4294967297",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_target_is_in_one_shard_and_each_shard_has_its_share() {
        let mut counts = [0_u32; 8];
        for n in 0..2_000 {
            let number = of(8).of_target(&format!("account-{n}"));
            counts[usize::try_from(number - 1).expect("a number from 1")] += 1;
        }
        assert_eq!(counts.iter().sum::<u32>(), 2_000);
        assert!(
            counts.iter().all(|count| (180..320).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn another_shard_only_takes_targets_and_moves_none_among_the_others() {
        for n in 0..500 {
            let name = format!("account-{n}");
            let (before, after) = (of(7).of_target(&name), of(8).of_target(&name));
            assert!(after == before || after == 8, "{name}: {before} {after}");
        }
    }

    /// Pinned: shards of two releases must not both leave a target to the other.
    #[test]
    fn who_looks_at_what_stays_so() {
        let numbers = ["prod", "dev", "stage", "default"].map(|name| of(4).of_target(name));
        assert_eq!(numbers, [2, 3, 3, 2]);
    }
}
