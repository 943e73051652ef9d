//! The files of the project, read from disk.

use std::path::{Path, PathBuf};

use crate::lexer::code_of;

/// One file.
pub(crate) struct SourceFile {
    /// From the root of the project, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the project").to_owned()
}

/// Every text file below a folder of the project, sorted; build output left out.
pub(crate) fn below(folder: &str) -> Vec<SourceFile> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} holds no file");
    found
}

/// Every file below some folders whose name ends so.
pub(crate) fn ending(folders: &[&str], end: &str) -> Vec<SourceFile> {
    folders.iter().flat_map(|folder| below(folder)).filter(|file| file.path.ends_with(end)).collect()
}

/// Files of crates as they run, without tests, benchmarks and examples: these may mint certificates, ask for the
/// time and name what is looked for.
pub(crate) fn running(files: Vec<SourceFile>) -> Vec<SourceFile> {
    let aside = ["tests", "benches", "examples", "tests.rs"];
    let is_test = |path: &str| path.split('/').any(|part| aside.contains(&part));
    let kept = files.into_iter().filter(|file| !is_test(&file.path));
    kept.map(|mut file| {
        if file.path.ends_with(".rs") {
            file.text = without_tests(&file.text);
        }
        file
    })
    .collect()
}

/// Blanks the module of a file's own tests; lines stay.
fn without_tests(source: &str) -> String {
    let code = code_of(source);
    let Some(start) = code.find("#[cfg(test)]\nmod tests {") else { return source.to_owned() };
    let mut depth = 0_usize;
    let end = code[start..].char_indices().find_map(|(at, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        (letter == '}' && depth == 0).then_some(start + at + 1)
    });
    let end = end.unwrap_or(source.len());
    let blank = "\n".repeat(source[start..end].matches('\n').count());
    [&source[..start], &blank, &source[end..]].concat()
}

#[test]
fn only_the_module_of_tests_is_left_out() {
    let source = "a();\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\" }\n}\nc();\n";
    assert_eq!(without_tests(source), "a();\n\n\n\n\nc();\n");
}

fn collect(folder: &Path, found: &mut Vec<SourceFile>) {
    for entry in std::fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["target", ".git", "__pycache__", "node_modules"].contains(&name) {
                collect(&path, found);
            }
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            // Files that are no text, such as regression seeds in binary, hold no words.
            let path =
                path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            found.push(SourceFile { path, text });
        }
    }
}

/// Where a byte of a text stands, for a person to find it.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
