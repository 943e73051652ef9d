//! The programs under test, built from this workspace.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Where the programs are.
#[derive(Debug)]
pub struct Programs {
    /// `samenloop-hub`
    pub hub: PathBuf,
    /// `samenloop`
    pub samenloop: PathBuf,
    /// `samenloop-keys-example`
    pub keys_example: PathBuf,
    /// The worked example of `samenloop-client` as a library.
    pub push_one: PathBuf,
}

/// Builds the programs once a process, in the profile of the caller, so that no test runs an older one.
///
/// # Panics
/// When they do not build.
pub fn programs() -> &'static Programs {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    BUILT.get_or_init(|| {
        let packages = ["samenloop-server", "samenloop-client", "samenloop-keys-example"];
        let packages = packages.iter().flat_map(|it| ["--package", it]);
        let directory = build(["--bins", "--example", "push_one"].into_iter().chain(packages));
        Programs {
            hub: directory.join("samenloop-hub"),
            samenloop: directory.join("samenloop"),
            keys_example: directory.join("samenloop-keys-example"),
            push_one: directory.join("examples/push_one"),
        }
    })
}

/// Builds a hub with a defect made on purpose: its intake opens the ledger. It has a name of its own, so that no other
/// test runs it.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn leaky_hub() -> PathBuf {
    let leaky = ["--package", "samenloop-server", "--features", "leaky-intake", "--example", "leaky_hub"];
    build(leaky).join("examples/leaky_hub")
}

/// Builds what is asked for, and says in which directory it is.
fn build<'a>(asked: impl IntoIterator<Item = &'a str>) -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it is");
    // Tests run from `<profile>/deps`, the demo from `<profile>`.
    let directory = own.ancestors().find(|it| it.join(".fingerprint").is_dir());
    let directory = directory.expect("a cargo profile directory");
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--locked"]).args(asked);
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // What cargo tells a test of its own package is not for this build: ring's build script asks to be run again
    // when it changes, and with ring everything that uses TLS would be built anew, back and forth.
    for (name, _) in std::env::vars_os() {
        let is_of_package =
            name.to_str().is_some_and(|it| it.starts_with("CARGO_PKG_") || it.starts_with("CARGO_MANIFEST_"));
        if is_of_package {
            build.env_remove(name);
        }
    }
    build.env("CARGO_TARGET_DIR", directory.parent().expect("a target directory"));
    if directory.file_name().is_some_and(|it| it == "release") {
        build.arg("--release");
    }
    assert!(build.status().expect("cargo runs").success(), "the programs do not build");
    directory.to_owned()
}
