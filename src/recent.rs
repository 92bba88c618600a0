//! A small cache of the last few values, searched one by one: the next value is often like one of
//! them. Not public. At 100,000 connectors, sharing lists of results by it saves a sixth of a run's
//! memory (`model::Shared` has the figures).

/// How many values are held: as many as an enum of the API has members. Where every value is unlike
/// all others, searching more of them would cost time and find nothing.
const CAPACITY: usize = 8;

/// The last few values, in no order.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    items: Vec<T>,
    /// The place of the oldest value, once all places are taken.
    oldest: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            oldest: 0,
        }
    }
}

impl<T> Recent<T> {
    /// A value for which `is_alike` holds.
    pub(crate) fn find(&self, is_alike: impl FnMut(&&T) -> bool) -> Option<&T> {
        self.iter().find(is_alike)
    }

    /// All values that are held.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// Adds a value, which replaces the oldest.
    pub(crate) fn keep(&mut self, item: T) {
        if self.items.len() < CAPACITY {
            self.items.push(item);
        } else {
            self.items[self.oldest] = item;
            self.oldest = (self.oldest + 1) % CAPACITY;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let mut recent = Recent::default();
        for n in 0..100 {
            recent.keep(n);
            for kept in n - CAPACITY.cast_signed().min(n + 1) + 1..=n {
                assert_eq!(recent.find(|it| **it == kept), Some(&kept));
            }
            assert_eq!(recent.find(|it| **it == n - CAPACITY.cast_signed()), None);
        }
    }
}
