//! Compiles the schema without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["common", "signal", "alert", "follow_up", "manifest", "key", "rights", "audit", "figure"]
        .map(|it| format!("samenloop/v1/{it}.proto"));
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["."])?;
    tonic_prost_build::configure()
        .build_transport(false)
        .codec_path("crate::StrictCodec")
        .compile_fds(descriptors)?;
    Ok(())
}
