//! Checking proofs (RFC 9162 sections 2.1.3.2 and 2.1.4.2; the tree is that of RFC 6962).

use crate::tree::{Hash, node_hash};

/// Whether `path` proves that `leaf` stands at `index` of the tree of `size` leaves with this root.
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `path` proves that the tree `(size, root)` of `newer` begins with the whole tree of `older`.
#[must_use]
pub fn verify_consistency(older: (u64, &Hash), newer: (u64, &Hash), path: &[Hash]) -> bool {
    let ((older_size, older_root), (newer_size, newer_root)) = (older, newer);
    if older_size > newer_size {
        return false;
    }
    if older_size == newer_size {
        return path.is_empty() && older_root == newer_root;
    }
    if older_size == 0 {
        return path.is_empty() && *older_root == crate::empty_root();
    }
    // A tree that is whole is its own first node, and is not said again.
    let (first, rest) = if older_size.is_power_of_two() {
        (older_root, path)
    } else {
        match path.split_first() {
            Some(split) => split,
            None => return false,
        }
    };
    let (mut at, mut last) = (older_size - 1, newer_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old == *older_root && new == *newer_root
}
