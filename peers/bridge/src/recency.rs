//! A least-recently-used order of entries: a list linked by indices, in which a use moves and allocates nothing.

/// No place: the end of the list.
const NONE: usize = usize::MAX;

/// Entries from the most to the least recently used one.
pub(crate) struct Recency<E> {
    links: Vec<Link<E>>,
    free: Vec<usize>,
    newest: usize,
    oldest: usize,
}

struct Link<E> {
    newer: usize,
    older: usize,
    entry: Option<E>,
}

impl<E> Recency<E> {
    pub(crate) fn new() -> Self {
        Recency { links: Vec::new(), free: Vec::new(), newest: NONE, oldest: NONE }
    }

    /// A place that no other caller gets, for [`insert`](Recency::insert).
    pub(crate) fn next_place(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.links.push(Link { newer: NONE, older: NONE, entry: None });
            self.links.len() - 1
        })
    }

    /// Puts an entry first. A place from before the list was emptied is ignored; the caller's dictionary drops its
    /// entry.
    pub(crate) fn insert(&mut self, place: usize, entry: E) {
        if let Some(link) = self.links.get_mut(place).filter(|link| link.entry.is_none()) {
            link.entry = Some(entry);
            self.link(place);
        }
    }

    /// Makes the entry at a place the first one, if `is_meant` accepts it: the place may have another entry by now.
    pub(crate) fn used(&mut self, place: usize, is_meant: impl FnOnce(&E) -> bool) {
        let meant = self.links.get(place).and_then(|link| link.entry.as_ref()).is_some_and(is_meant);
        if meant && self.newest != place {
            self.unlink(place);
            self.link(place);
        }
    }

    /// Removes the least recently used entry.
    pub(crate) fn remove_oldest(&mut self) -> Option<E> {
        let place = self.oldest;
        let entry = self.links.get_mut(place)?.entry.take();
        self.unlink(place);
        self.free.push(place);
        entry
    }

    /// All entries, in no order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &E> {
        self.links.iter().filter_map(|link| link.entry.as_ref())
    }

    fn link(&mut self, place: usize) {
        let second = std::mem::replace(&mut self.newest, place);
        self.links[place].newer = NONE;
        self.links[place].older = second;
        match self.links.get_mut(second) {
            Some(second) => second.newer = place,
            None => self.oldest = place,
        }
    }

    fn unlink(&mut self, place: usize) {
        let Link { newer, older, .. } = self.links[place];
        match self.links.get_mut(newer) {
            Some(link) => link.older = older,
            None => self.newest = older,
        }
        match self.links.get_mut(older) {
            Some(link) => link.newer = newer,
            None => self.oldest = newer,
        }
    }
}
