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
}

/// Builds the programs once a process, in the profile of the caller, so that no test runs an older one.
///
/// # Panics
/// When they do not build.
pub fn programs() -> &'static Programs {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    BUILT.get_or_init(|| {
        let own = std::env::current_exe().expect("a program knows where it is");
        // Tests run from `<profile>/deps`, the demo from `<profile>`.
        let directory =
            own.ancestors().find(|it| it.join(".fingerprint").is_dir()).expect("a cargo profile directory");
        let packages = ["samenloop-server", "samenloop-client", "samenloop-keys-example"];
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "--quiet", "--locked", "--bins"]);
        build.args(packages.iter().flat_map(|it| ["--package", it]));
        build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        // What cargo tells a test of its own package is not for this build: ring's build script asks to be run again
        // when it changes, and with ring everything that uses TLS would be built anew, back and forth.
        for (name, _) in std::env::vars_os() {
            let is_of_package = name
                .to_str()
                .is_some_and(|it| it.starts_with("CARGO_PKG_") || it.starts_with("CARGO_MANIFEST_"));
            if is_of_package {
                build.env_remove(name);
            }
        }
        build.env("CARGO_TARGET_DIR", directory.parent().expect("a target directory"));
        if directory.file_name().is_some_and(|it| it == "release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "the programs do not build");
        Programs {
            hub: directory.join("samenloop-hub"),
            samenloop: directory.join("samenloop"),
            keys_example: directory.join("samenloop-keys-example"),
        }
    })
}
