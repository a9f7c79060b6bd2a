//! Tables of rows as persistent maps: a copy costs nothing, so that readers keep an immutable view.

use std::ops::RangeBounds;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

/// Rows by key, in the order of their keys.
#[derive(Debug)]
pub struct Table<K: Ord, V>(RedBlackTreeMapSync<K, Arc<V>>);

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(RedBlackTreeMapSync::new_sync())
    }
}

impl<K: Ord, V> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Ord + Clone, V: PartialEq> PartialEq for Table<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    /// The row of this key.
    pub fn get(&self, key: &K) -> Option<&Arc<V>> {
        self.0.get(key)
    }

    /// Whether there is a row of this key.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Every row, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<V>> {
        self.0.values()
    }

    /// The rows whose keys lie in a range.
    pub fn range<R: RangeBounds<K>>(&self, range: R) -> impl Iterator<Item = (&K, &Arc<V>)> {
        self.0.range(range)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.size()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn insert(&mut self, key: K, row: Arc<V>) {
        self.0.insert_mut(key, row);
    }

    pub(crate) fn remove(&mut self, key: &K) {
        self.0.remove_mut(key);
    }
}
