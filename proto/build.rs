//! Compiles the schema without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["samenloop/v1/common.proto", "samenloop/v1/signal.proto", "samenloop/v1/alert.proto"];
    for file in files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["."])?;
    tonic_prost_build::configure()
        .build_transport(false)
        .codec_path("crate::StrictCodec")
        .compile_fds(descriptors)?;
    Ok(())
}
