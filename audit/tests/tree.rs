//! The trees of the audit logs against known answers and against the definitions of RFC 6962.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use samenloop_audit::{
    Hash, Tiles, append, bundle_path, consistency, empty_root, inclusion, leaf_hash, node_hash, root,
    tile_path, verify_consistency, verify_inclusion,
};

#[derive(Default)]
struct Shelf(BTreeMap<(u8, u64), Vec<Hash>>);

#[derive(Debug, PartialEq, Eq)]
struct Missing;

impl Tiles for Shelf {
    type Fault = Missing;

    fn tile(&self, level: u8, index: u64) -> Result<Vec<Hash>, Missing> {
        Ok(self.0.get(&(level, index)).cloned().unwrap_or_default())
    }

    fn missing(&self) -> Missing {
        Missing
    }
}

/// The tree of these leaves, appended in steps of so many.
fn shelf(leaves: &[Hash], step: usize) -> Shelf {
    let mut shelf = Shelf::default();
    let mut size = 0;
    for some in leaves.chunks(step) {
        let changed = append(&shelf, size, some).unwrap();
        shelf.0.extend(changed);
        size += some.len() as u64;
    }
    shelf
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().collect();
    digits.chunks(2).map(|it| u8::from_str_radix(std::str::from_utf8(it).unwrap(), 16).unwrap()).collect()
}

/// The eight leaves of the tests of certificate-transparency.
fn known_leaves() -> Vec<Hash> {
    let inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    inputs.iter().map(|it| leaf_hash(&unhex(it))).collect()
}

/// Their roots at sizes 1 to 8.
const KNOWN_ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn roots_are_those_of_certificate_transparency() {
    let leaves = known_leaves();
    assert_eq!(
        empty_root().to_vec(),
        unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    );
    let shelf = shelf(&leaves, 3);
    for (size, known) in (1..).zip(KNOWN_ROOTS) {
        assert_eq!(root(&shelf, size).unwrap().to_vec(), unhex(known), "size {size}");
    }
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let shelf = shelf(&known_leaves(), 8);
    let path = |hashes: &[&str]| hashes.iter().map(|it| unhex(it).try_into().unwrap()).collect::<Vec<Hash>>();
    assert_eq!(inclusion(&shelf, 0, 1).unwrap(), path(&[]));
    assert_eq!(
        inclusion(&shelf, 0, 8).unwrap(),
        path(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ])
    );
    assert_eq!(
        inclusion(&shelf, 5, 8).unwrap(),
        path(&[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ])
    );
    assert_eq!(
        inclusion(&shelf, 2, 3).unwrap(),
        path(&["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"])
    );
    assert_eq!(consistency(&shelf, 1, 1).unwrap(), path(&[]));
    assert_eq!(
        consistency(&shelf, 1, 8).unwrap(),
        path(&[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ])
    );
    assert_eq!(
        consistency(&shelf, 6, 8).unwrap(),
        path(&[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ])
    );
}

/// `MTH` as RFC 6962 section 2.1 writes it.
fn mth(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        more => {
            let mut k = 1;
            while k * 2 < more.len() {
                k *= 2;
            }
            node_hash(&mth(&more[..k]), &mth(&more[k..]))
        }
    }
}

fn leaves(many: u64) -> Vec<Hash> {
    (0..many).map(|it| leaf_hash(&it.to_be_bytes())).collect()
}

#[test]
fn every_proof_of_a_small_tree_holds_and_no_other_does() {
    let leaves = leaves(40);
    let shelf = shelf(&leaves, 7);
    for size in 0..=40_u64 {
        let top = root(&shelf, size).unwrap();
        assert_eq!(top, mth(&leaves[..size as usize]));
        for index in 0..size {
            let path = inclusion(&shelf, index, size).unwrap();
            let leaf = &leaves[index as usize];
            assert!(verify_inclusion(leaf, index, size, &path, &top));
            assert!(!verify_inclusion(&leaf_hash(b"another"), index, size, &path, &top));
            assert!(!verify_inclusion(leaf, index + 1, size, &path, &top));
            let longer = [&path[..], &[top]].concat();
            assert!(!verify_inclusion(leaf, index, size, &longer, &top));
            if let Some((_, shorter)) = path.split_last() {
                assert!(!verify_inclusion(leaf, index, size, shorter, &top));
            }
        }
        for older in 0..=size {
            let (below, path) = (root(&shelf, older).unwrap(), consistency(&shelf, older, size).unwrap());
            assert!(verify_consistency((older, &below), (size, &top), &path), "{older} of {size}");
            if older > 0 {
                let other = leaf_hash(b"another tree");
                assert!(!verify_consistency((older, &other), (size, &top), &path));
                assert!(!verify_consistency((older, &below), (size, &other), &path));
            }
            assert!(!verify_consistency((older, &below), (size, &top), &[&path[..], &[top]].concat()));
        }
    }
    assert_eq!(inclusion(&shelf, 40, 40), Err(Missing));
    assert_eq!(root(&shelf, 41), Err(Missing));
    assert_eq!(consistency(&shelf, 41, 40), Err(Missing));
}

#[test]
fn a_tree_of_three_levels_of_tiles_is_one_tree() {
    let leaves = leaves(70_000);
    let shelf = shelf(&leaves, 20_011);
    assert!(shelf.0.contains_key(&(2, 0)));
    let top = root(&shelf, 70_000).unwrap();
    assert_eq!(top, mth(&leaves));
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let path = inclusion(&shelf, index, 70_000).unwrap();
        assert!(verify_inclusion(&leaves[index as usize], index, 70_000, &path, &top));
    }
    for older in [1, 255, 256, 257, 65_536, 69_999] {
        let path = consistency(&shelf, older, 70_000).unwrap();
        assert!(verify_consistency((older, &mth(&leaves[..older as usize])), (70_000, &top), &path));
    }
}

#[test]
fn tiles_lie_where_tlog_tiles_puts_them() {
    assert_eq!(tile_path(0, 0, 256), "tile/0/000");
    assert_eq!(tile_path(0, 0, 255), "tile/0/000.p/255");
    assert_eq!(tile_path(1, 0, 70_000), "tile/1/000");
    assert_eq!(tile_path(1, 1, 70_000), "tile/1/001.p/17");
    assert_eq!(tile_path(0, 1_234_067, u64::MAX), "tile/0/x001/x234/067");
    assert_eq!(bundle_path(273, 70_000), "tile/entries/273.p/112");
    assert_eq!(bundle_path(0, 256), "tile/entries/000");
}

proptest! {
    #[test]
    fn a_tree_is_the_same_however_it_was_appended(many in 0..600_u64, step in 1..600_usize) {
        let leaves = leaves(many);
        prop_assert_eq!(root(&shelf(&leaves, step), many).unwrap(), mth(&leaves));
    }

    #[test]
    fn a_path_with_one_bit_changed_proves_nothing(size in 2..300_u64, at in any::<u64>(), bit in any::<u16>()) {
        let leaves = leaves(size);
        let shelf = shelf(&leaves, 64);
        let (index, top) = (at % size, root(&shelf, size).unwrap());
        let mut path = inclusion(&shelf, index, size).unwrap();
        let bit = usize::from(bit) % (path.len() * 256);
        path[bit / 256][bit % 256 / 8] ^= 1 << (bit % 8);
        prop_assert!(!verify_inclusion(&leaves[index as usize], index, size, &path, &top));
    }
}
