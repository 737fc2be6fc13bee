//! Compiles the grammar.

fn main() {
    let source = std::path::Path::new("src");
    for file in [
        "parser.c",
        "scanner.c",
        "scan.h",
        "look_ahead.h",
        "pieces.h",
        "tree_sitter/parser.h",
        "tree_sitter/alloc.h",
    ] {
        println!("cargo:rerun-if-changed={}", source.join(file).display());
    }
    cc::Build::new()
        .std("c11")
        // The tests read much.
        .opt_level(2)
        .include(source)
        .file(source.join("parser.c"))
        .file(source.join("scanner.c"))
        .flag_if_supported("-Wno-unused")
        .compile("tree-sitter-dockerfile");
}
