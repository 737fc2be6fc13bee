//! Time to judge a file of each kind, reading it included: what `check` and the server do with it.

use std::sync::Arc;

use amlenv_analysis::{File, FileKind, FilePath, Finding, Settings, Workspace, diagnostics};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const DOCKERFILE: &str = include_str!("../../../tests/samples/kaldi/Dockerfile");
const ENVIRONMENT: &str = include_str!("../../../tests/samples/v2-conda/environment.yml");
const JOB: &str = include_str!("../../../tests/samples/pipeline/pipeline.yml");
const DEPLOYMENT: &str = include_str!("../../../tests/samples/online/deployment.yml");
const CONDA: &str = include_str!("../../../tests/samples/v2-conda/conda.yml");
const PYTHON: &str = include_str!("../../../tests/samples/v1-registry-image/train.py");

fn main() {
    divan::main();
}

fn judge(name: &str, kind: FileKind, text: &Arc<str>) -> Vec<Finding> {
    let root = FilePath::new("/repository");
    let path = FilePath::new(&format!("/repository/{name}"));
    let mut workspace = Workspace::new(vec![root]);
    workspace.insert(Arc::new(File::new(path.clone(), kind, text.clone())));
    diagnostics(&workspace, &path, &Settings::default())
}

fn measure(bencher: Bencher<'_, '_>, name: &str, kind: FileKind, text: &str) {
    let text: Arc<str> = text.into();
    // The catalogue is decoded once a process.
    judge(name, kind, &text);
    bencher.counter(BytesCount::of_str(&*text)).bench(|| judge(name, kind, black_box(&text)));
}

#[divan::bench]
fn dockerfile(bencher: Bencher<'_, '_>) {
    measure(bencher, "Dockerfile", FileKind::Dockerfile, DOCKERFILE);
}

#[divan::bench]
fn dockerfile_of_a_megabyte(bencher: Bencher<'_, '_>) {
    measure(bencher, "Dockerfile", FileKind::Dockerfile, &DOCKERFILE.repeat((1 << 20) / DOCKERFILE.len()));
}

#[divan::bench]
fn environment_yaml(bencher: Bencher<'_, '_>) {
    measure(bencher, "environment.yml", FileKind::EnvironmentYaml, ENVIRONMENT);
}

#[divan::bench]
fn job_yaml(bencher: Bencher<'_, '_>) {
    measure(bencher, "pipeline.yml", FileKind::JobYaml, JOB);
}

#[divan::bench]
fn deployment_yaml(bencher: Bencher<'_, '_>) {
    measure(bencher, "deployment.yml", FileKind::DeploymentYaml, DEPLOYMENT);
}

#[divan::bench]
fn conda(bencher: Bencher<'_, '_>) {
    measure(bencher, "conda.yml", FileKind::Conda, CONDA);
}

#[divan::bench]
fn python(bencher: Bencher<'_, '_>) {
    measure(bencher, "train.py", FileKind::Python, PYTHON);
}

#[divan::bench]
fn python_of_a_megabyte(bencher: Bencher<'_, '_>) {
    measure(bencher, "train.py", FileKind::Python, &PYTHON.repeat((1 << 20) / PYTHON.len()));
}
