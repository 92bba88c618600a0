//! The last few of something, to find one that is like the next.

/// How many are kept: as many as an enum of the API has members. Where each is unlike all others,
/// more of them would be looked through in vain.
const KEPT: usize = 8;

/// The last few that were kept, in no order.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    kept: Vec<T>,
    /// Which of them makes room next.
    next: usize,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            next: 0,
        }
    }
}

impl<T> Recent<T> {
    /// One for which `is_alike` holds.
    pub(crate) fn find(&self, is_alike: impl FnMut(&&T) -> bool) -> Option<&T> {
        self.kept.iter().find(is_alike)
    }

    /// Keeps one more; the oldest makes room for it.
    pub(crate) fn keep(&mut self, item: T) {
        if self.kept.len() < KEPT {
            self.kept.push(item);
        } else {
            self.kept[self.next] = item;
            self.next = (self.next + 1) % KEPT;
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
            for kept in n - KEPT.cast_signed().min(n + 1) + 1..=n {
                assert_eq!(recent.find(|it| **it == kept), Some(&kept));
            }
            assert_eq!(recent.find(|it| **it == n - KEPT.cast_signed()), None);
        }
    }
}
