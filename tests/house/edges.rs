//! Who may import whom (ARCHITECTURE.md), read from `cargo metadata`.
//!
//! An edge between two crates of the project is what a manifest declares. What a crate *reaches* goes over
//! normal dependencies of the resolved graph of this platform: dev-dependencies are nobody's program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::none;
use crate::sources::root;

/// What each crate may declare as a normal dependency among the project's own.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("samenloop-core", &[]),
    ("samenloop-proto", &[]),
    ("samenloop-audit", &["samenloop-core"]),
    ("samenloop-manifest", &["samenloop-audit", "samenloop-core"]),
    ("samenloop-pseudonym", &["samenloop-core"]),
    ("samenloop-store", &["samenloop-audit", "samenloop-core"]),
    (
        "samenloop-server",
        &["samenloop-audit", "samenloop-core", "samenloop-manifest", "samenloop-proto", "samenloop-store"],
    ),
    (
        "samenloop-client",
        &[
            "samenloop-audit",
            "samenloop-core",
            "samenloop-manifest",
            "samenloop-proto",
            "samenloop-pseudonym",
        ],
    ),
    (
        "samenloop-keys-example",
        &["samenloop-client", "samenloop-core", "samenloop-manifest", "samenloop-pseudonym"],
    ),
];

/// May import everything: it starts both ends.
const TESTS: &str = "samenloop-tests";

/// What a crate must not reach, over any number of steps.
const MUST_NOT_REACH: [(&str, &[&str]); 8] = [
    // The hub cannot make a pseudonym.
    ("samenloop-server", &["samenloop-pseudonym", "samenloop-client", "hpke"]),
    // No program of a party makes throw-away keys, or reads a certificate. `key new` writes a request for one,
    // by rcgen, which reads none without its own x509-parser.
    (
        "samenloop-client",
        &["samenloop-server", "samenloop-store", "samenloop-keys-example", "sled", "x509-parser"],
    ),
    (
        "samenloop-core",
        &[
            "samenloop-proto",
            "samenloop-store",
            "tokio",
            "serde",
            "tonic",
            "prost",
            "sled",
            "jiff",
            "rustls",
            "getrandom",
        ],
    ),
    ("samenloop-audit", &["tokio", "tonic", "samenloop-proto", "samenloop-store", "serde", "sled", "ring"]),
    ("samenloop-pseudonym", &["tokio", "tonic", "samenloop-proto", "samenloop-store", "serde"]),
    (
        "samenloop-store",
        &["samenloop-pseudonym", "samenloop-proto", "tonic", "rustls", "x509-parser", "serde"],
    ),
    ("samenloop-manifest", &["tokio", "tonic", "samenloop-proto", "samenloop-store", "samenloop-pseudonym"]),
    ("samenloop-proto", &["samenloop-core", "samenloop-store", "samenloop-pseudonym", "serde"]),
];

/// Who may declare the crate that derives pseudonyms, for whatever purpose.
const MAY_DERIVE: [&str; 3] = ["samenloop-client", "samenloop-keys-example", TESTS];

/// Never in the lock file: a second provider of cryptography, or one in C.
const NEVER_LOCKED: [&str; 9] = [
    "aws-lc-rs",
    "aws-lc-sys",
    "aws-lc-fips-sys",
    "openssl",
    "openssl-sys",
    "native-tls",
    "boring",
    "boring-sys",
    "rustls-openssl",
];

fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        // Only what this platform builds is sure to be on disk; --offline proves that nothing is fetched.
        let options = ["--offline", "--locked", "--filter-platform", &host()].map(str::to_owned);
        MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .other_options(options)
            .exec()
            .expect("cargo metadata")
    })
}

fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let told = std::process::Command::new(rustc).arg("-vV").output().expect("rustc -vV").stdout;
    let told = String::from_utf8(told).expect("text");
    told.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

/// Crates and the crates they import.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// What the project's own manifests declare of one another, of the kinds that `wanted` takes.
fn declared(wanted: impl Fn(DependencyKind) -> bool) -> Graph {
    let own: BTreeSet<_> = metadata().workspace_packages().iter().map(|it| it.name.to_string()).collect();
    let imports = |package: &&cargo_metadata::Package| {
        let kept = package.dependencies.iter().filter(|it| wanted(it.kind) && own.contains(&it.name));
        // A crate may name itself to turn on a feature for its own tests.
        let names = kept.map(|it| it.name.clone()).filter(|it| it != package.name.as_str());
        (package.name.to_string(), names.collect())
    };
    metadata().workspace_packages().iter().map(imports).collect()
}

/// The resolved graph, normal dependencies only, and of optional ones what a feature turns on: cargo lists an
/// optional crate as soon as a feature would pass something on to it (`x509-parser?/verify`).
fn resolved() -> Graph {
    let packages: BTreeMap<_, _> = metadata().packages.iter().map(|it| (&it.id, it)).collect();
    let mut graph = Graph::new();
    for node in &metadata().resolve.as_ref().expect("a resolved graph").nodes {
        let package = packages[&node.id];
        let normal = |it: &&cargo_metadata::NodeDep| {
            it.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        let features: Vec<_> = node.features.iter().map(ToString::to_string).collect();
        let imports = node.deps.iter().filter(normal).map(|it| packages[&it.pkg].name.to_string());
        let imports = imports.filter(|name| is_turned_on(package, &features, name));
        // Two versions of one crate are one name here: reaching either is reaching it.
        graph.entry(package.name.to_string()).or_default().extend(imports);
    }
    graph
}

/// Whether a package with these features imports a crate for more than passing a feature on.
fn is_turned_on(package: &cargo_metadata::Package, features: &[String], name: &str) -> bool {
    let mut declared = package.dependencies.iter().filter(|it| it.name == name);
    let by_feature = |as_named: &str| {
        let values = features.iter().filter_map(|it| package.features.get(it)).flatten();
        let (whole, part) = (format!("dep:{as_named}"), format!("{as_named}/"));
        values.into_iter().any(|it| *it == whole || it.starts_with(&part))
    };
    declared.any(|it| !it.optional || by_feature(it.rename.as_deref().unwrap_or(name)))
}

fn reached<'a>(graph: &'a Graph, from: &'a str) -> BTreeSet<&'a str> {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        for import in graph.get(at).into_iter().flatten() {
            if seen.insert(import.as_str()) {
                next.push(import);
            }
        }
    }
    seen
}

fn edges_too_many(declared: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for (from, imports) in declared.iter().filter(|(from, _)| *from != TESTS) {
        let Some((_, may)) = MAY_IMPORT.iter().find(|(it, _)| it == from) else {
            complaints.push(format!("{from} has no place in ARCHITECTURE.md"));
            continue;
        };
        let more = imports.iter().filter(|it| !may.contains(&it.as_str()));
        complaints.extend(more.map(|it| format!("{from} may not import {it}")));
    }
    complaints
}

fn reaches_too_far(resolved: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for (from, never) in MUST_NOT_REACH {
        if !resolved.contains_key(from) {
            complaints.push(format!("{from} is not in the graph"));
        }
        let far = reached(resolved, from);
        complaints
            .extend(never.iter().filter(|it| far.contains(*it)).map(|it| format!("{from} reaches {it}")));
    }
    complaints
}

fn who_derives(declared: &Graph) -> Vec<String> {
    let importing = declared.iter().filter(|(_, imports)| imports.contains("samenloop-pseudonym"));
    let others = importing.filter(|(from, _)| !MAY_DERIVE.contains(&from.as_str()));
    others.map(|(from, _)| format!("{from} may not make pseudonyms")).collect()
}

fn locked_too_many(lock: &str) -> Vec<String> {
    let names = lock.lines().filter_map(|line| line.strip_prefix("name = ")).map(|it| it.trim_matches('"'));
    names.filter(|it| NEVER_LOCKED.contains(it)).map(|it| format!("Cargo.lock holds {it}")).collect()
}

#[test]
fn crates_import_only_whom_they_may() {
    none(&edges_too_many(&declared(|kind| kind == DependencyKind::Normal)));
}

#[test]
fn crates_reach_nothing_that_their_promise_excludes() {
    none(&reaches_too_far(&resolved()));
}

#[test]
fn only_senders_the_kit_and_tests_can_make_a_pseudonym() {
    none(&who_derives(&declared(|_| true)));
}

#[test]
fn ring_is_the_only_provider_of_cryptography_for_tls() {
    none(&locked_too_many(&std::fs::read_to_string(root().join("Cargo.lock")).unwrap()));
    let metadata = metadata();
    let rustls: Vec<_> = metadata.packages.iter().filter(|it| it.name.as_str() == "rustls").collect();
    assert_eq!(rustls.len(), 1, "one version of rustls");
    let node = metadata.resolve.as_ref().unwrap().nodes.iter().find(|it| it.id == rustls[0].id).unwrap();
    let features: Vec<_> = node.features.iter().map(ToString::to_string).collect();
    assert!(features.iter().any(|it| it == "ring"), "{features:?}");
    for never in ["aws_lc_rs", "aws-lc-rs", "fips", "logging"] {
        assert!(!features.iter().any(|it| it == never), "rustls with {never}: {features:?}");
    }
}

/// Of the promises made about sled, all were measured on one version (docs/decisions/0002).
#[test]
fn sled_is_exactly_the_version_that_was_measured() {
    let sled: Vec<_> = metadata().packages.iter().filter(|it| it.name.as_str() == "sled").collect();
    assert_eq!(sled.iter().map(|it| it.version.to_string()).collect::<Vec<_>>(), ["0.34.7"]);
    let asked: Vec<_> = metadata()
        .workspace_packages()
        .iter()
        .flat_map(|package| package.dependencies.iter().filter(|it| it.name == "sled"))
        .map(|it| it.req.to_string())
        .collect();
    assert!(!asked.is_empty() && asked.iter().all(|it| it == "=0.34.7"), "{asked:?}");
}

#[test]
fn a_forbidden_edge_is_found() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph: Graph =
            MAY_IMPORT.iter().map(|(name, _)| ((*name).to_owned(), BTreeSet::new())).collect();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        graph
    };
    let pseudonym_by_detour =
        [("samenloop-server", "samenloop-manifest"), ("samenloop-manifest", "samenloop-pseudonym")];
    let planted = graph(&pseudonym_by_detour);
    assert_eq!(edges_too_many(&planted), ["samenloop-manifest may not import samenloop-pseudonym"]);
    assert!(reaches_too_far(&planted).contains(&"samenloop-server reaches samenloop-pseudonym".to_owned()));
    assert_eq!(who_derives(&planted), ["samenloop-manifest may not make pseudonyms"]);
    assert_eq!(
        reaches_too_far(&graph(&[("samenloop-core", "a"), ("a", "serde")])),
        ["samenloop-core reaches serde"]
    );
    assert_eq!(
        edges_too_many(&graph(&[("samenloop-new", "x")])),
        ["samenloop-new has no place in ARCHITECTURE.md"]
    );
    assert!(reaches_too_far(&graph(&[])).is_empty());
    assert_eq!(
        locked_too_many("name = \"ring\"\nname = \"openssl-sys\"\n"),
        ["Cargo.lock holds openssl-sys"]
    );
}
