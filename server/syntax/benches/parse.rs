//! Time to read each kind of text: one small file, and the same repeated to a megabyte.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const DOCKERFILE: &str = include_str!("../../../tests/samples/kaldi/Dockerfile");
const YAML: &str = include_str!("../../../tests/samples/pipeline/pipeline.yml");
const PYTHON: &str = include_str!("../../../tests/samples/v1-registry-image/train.py");
const REQUIREMENTS: &str = "--extra-index-url https://example.org/simple\nazureml-core==1.55.0\nnumpy>=1.24,<2 ; python_version >= \"3.9\"\ntorch[opt] ~= 2.1  # pinned\n-r more.txt\n";
const JSON: &str = "{\"name\": \"train\", \"docker\": {\"baseDockerfile\": \"FROM ubuntu:22.04\\nRUN pip install azureml-core\\n\", \"baseImage\": null}, \"python\": {\"userManagedDependencies\": true}}\n";

const SHELL: &str = "apt-get update && apt-get install -y --no-install-recommends gcc \\\n  && pip install \"numpy>=1.24\" torch==2.1 -r /tmp/r.txt | tee -a /log; echo \"$HOME\" > /x\n";

/// The sizes that are measured, in bytes; the smallest stands for one file as people write them.
const SIZES: [usize; 2] = [1, 1 << 20];

fn main() {
    divan::main();
}

/// `unit` as often as it takes to fill `size` bytes; at least once.
fn repeated(unit: &str, size: usize) -> String {
    unit.repeat((size / unit.len()).max(1))
}

fn measure<T>(bencher: Bencher<'_, '_>, text: &str, read: impl Fn(&str) -> T + Sync) {
    bencher.counter(BytesCount::of_str(text)).bench(|| read(black_box(text)));
}

#[divan::bench(args = SIZES)]
fn dockerfile(bencher: Bencher<'_, '_>, size: usize) {
    measure(bencher, &repeated(DOCKERFILE, size), amlenv_syntax::dockerfile::parse);
}

/// The same text through the crate that people expect here.
#[divan::bench(args = SIZES)]
fn dockerfile_by_dockerfile_parser(bencher: Bencher<'_, '_>, size: usize) {
    let text = repeated(DOCKERFILE, size);
    assert!(text.parse::<dockerfile_parser::Dockerfile>().is_ok(), "it must accept what it is timed on");
    measure(bencher, &text, |text| text.parse::<dockerfile_parser::Dockerfile>());
}

#[divan::bench(args = SIZES)]
fn yaml(bencher: Bencher<'_, '_>, size: usize) {
    // One document: its keys would be duplicates otherwise, and that is another measurement.
    let unit: String = YAML.lines().map(|line| format!("    {line}\n")).collect();
    let mut text = String::new();
    while text.is_empty() || text.len() < size {
        text.push_str(&format!("part_{}:\n{unit}", text.len()));
    }
    measure(bencher, &text, amlenv_syntax::yaml::parse);
}

#[divan::bench(args = SIZES)]
fn python(bencher: Bencher<'_, '_>, size: usize) {
    measure(bencher, &repeated(PYTHON, size), amlenv_syntax::python::parse);
}

#[divan::bench(args = SIZES)]
fn requirements(bencher: Bencher<'_, '_>, size: usize) {
    measure(bencher, &repeated(REQUIREMENTS, size), amlenv_syntax::requirements::parse);
}

#[divan::bench(args = SIZES)]
fn shell(bencher: Bencher<'_, '_>, size: usize) {
    measure(bencher, &repeated(SHELL, size), amlenv_syntax::shell::parse);
}

#[divan::bench(args = SIZES)]
fn notebook(bencher: Bencher<'_, '_>, size: usize) {
    let lines: Vec<&str> = PYTHON.split_inclusive('\n').collect();
    let cell = serde_json::json!({"cell_type": "code", "source": lines, "outputs": [{"text": lines}]});
    let cells = vec![cell; (size / PYTHON.len() / 2).max(1)];
    let text = serde_json::json!({"cells": cells, "metadata": {}}).to_string();
    measure(bencher, &text, amlenv_syntax::notebook::parse);
}

#[divan::bench(args = SIZES)]
fn json(bencher: Bencher<'_, '_>, size: usize) {
    let items = repeated(JSON, size).trim_end().replace('\n', ",\n");
    measure(bencher, &format!("[{items}]"), amlenv_syntax::json::parse);
}
