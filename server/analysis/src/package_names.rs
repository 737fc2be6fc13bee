//! What the packages are called that environments of Azure ML most often hold, what they are for, and
//! which versions are known. A package that is not here is unknown, never wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use amlenv_syntax::requirements::normalise_name;

use crate::catalogue::catalogue;
use crate::releases;

/// A package.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) name: &'static str,
    /// What it is for, in half a sentence.
    pub(crate) text: &'static str,
    /// Its extras that matter here.
    pub(crate) extras: &'static [&'static str],
    /// What conda calls it; `None` where conda-forge and the defaults have no such package.
    pub(crate) conda: Option<&'static str>,
    /// Whether it should not be asked for any more.
    pub(crate) deprecated: bool,
}

const fn of(
    name: &'static str,
    text: &'static str,
    extras: &'static [&'static str],
    conda: Option<&'static str>,
) -> Name {
    Name { name, text, extras, conda, deprecated: false }
}

const fn old(name: &'static str, text: &'static str) -> Name {
    Name { name, text, extras: &[], conda: None, deprecated: true }
}

/// Packages of Azure ML first, then the frequent ones.
const NAMES: &[Name] = &[
    of(
        "azureml-inference-server-http",
        "runs scoring scripts: online deployments with a script need it",
        &["all"],
        None,
    ),
    of("azureml-mlflow", "lets MLflow log to the workspace", &[], None),
    of("azure-ai-ml", "SDK v2", &["designer", "mount"], None),
    of("azureml-fsspec", "reads azureml:// addresses as files", &[], None),
    of("mltable", "reads MLTable data", &[], None),
    of("azureml-dataprep-rslex", "reads data for mltable and azureml-fsspec", &[], None),
    of("azureml-metrics", "metrics for evaluation", &[], None),
    of("azureml-ai-monitoring", "collects data of deployments", &[], None),
    of("azure-identity", "signs in to Azure", &[], Some("azure-identity")),
    of("azure-storage-blob", "reads and writes blobs", &[], Some("azure-storage-blob")),
    of("azure-keyvault-secrets", "reads secrets of a key vault", &[], Some("azure-keyvault-secrets")),
    of("inference-schema", "schemas of scoring scripts", &["numpy-support", "pandas-support"], None),
    of("mldesigner", "components as Python functions", &[], None),
    old(
        "azureml-defaults",
        "what SDK v1's runs and deployments need; use azureml-inference-server-http or azureml-mlflow",
    ),
    old("azureml-core", "the core of SDK v1"),
    old("azureml-sdk", "all of SDK v1"),
    old("azureml-dataset-runtime", "data sets of SDK v1"),
    old("azureml-dataprep", "data preparation of SDK v1"),
    old("azureml-pipeline-core", "pipelines of SDK v1"),
    old("azureml-telemetry", "telemetry of SDK v1"),
    old("azureml-interpret", "explanations of SDK v1"),
    old("azureml-train-core", "training with SDK v1"),
    old("azureml-train-automl-client", "AutoML of SDK v1"),
    old("azureml-train-automl-runtime", "AutoML of SDK v1"),
    old("azureml-automl-core", "AutoML of SDK v1"),
    old("azureml-automl-runtime", "AutoML of SDK v1"),
    old("azureml-responsibleai", "responsible AI of SDK v1"),
    old("azureml-contrib-services", "raw requests in scoring scripts of SDK v1"),
    of("numpy", "arrays", &[], Some("numpy")),
    of("pandas", "tables", &["parquet", "performance"], Some("pandas")),
    of("scipy", "numerics", &[], Some("scipy")),
    of("scikit-learn", "classic machine learning", &[], Some("scikit-learn")),
    of("matplotlib", "plots", &[], Some("matplotlib")),
    of("seaborn", "plots", &[], Some("seaborn")),
    of("joblib", "saved models", &[], Some("joblib")),
    of("pyarrow", "Parquet and Arrow", &[], Some("pyarrow")),
    of("mlflow", "tracking and models", &["extras"], Some("mlflow")),
    of("mlflow-skinny", "tracking alone", &[], Some("mlflow-skinny")),
    of("torch", "PyTorch", &[], Some("pytorch")),
    of("torchvision", "images for PyTorch", &[], Some("torchvision")),
    of("torchaudio", "sound for PyTorch", &[], Some("torchaudio")),
    of("transformers", "language models", &["torch"], Some("transformers")),
    of("datasets", "data sets for training", &[], Some("datasets")),
    of("accelerate", "training on several devices", &[], Some("accelerate")),
    of("deepspeed", "training of large models", &[], Some("deepspeed")),
    of("peft", "fine-tuning", &[], Some("peft")),
    of("tensorflow", "TensorFlow", &["and-cuda"], Some("tensorflow")),
    of("keras", "Keras", &[], Some("keras")),
    of("xgboost", "gradient boosting", &[], Some("xgboost")),
    of("lightgbm", "gradient boosting", &[], Some("lightgbm")),
    of("onnxruntime", "runs ONNX models", &[], Some("onnxruntime")),
    of("onnxruntime-gpu", "runs ONNX models on GPUs", &[], None),
    of("horovod", "distributed training", &["pytorch", "tensorflow"], Some("horovod")),
    of("mpi4py", "MPI from Python", &[], Some("mpi4py")),
    of("ray", "distributed Python", &["default", "tune"], Some("ray-default")),
    of("vllm", "serves language models", &[], None),
    of("langchain", "chains of language models", &[], Some("langchain")),
    of("responsibleai", "responsible AI", &[], None),
    of("raiwidgets", "widgets for responsible AI", &[], None),
    of("tensorboard", "shows training; the interactive service needs it", &[], Some("tensorboard")),
    of("jupyterlab", "notebooks; the interactive service needs it", &[], Some("jupyterlab")),
    of("ipykernel", "kernel for notebooks", &[], Some("ipykernel")),
    of("debugpy", "debugger of VS Code", &[], Some("debugpy")),
    of("applicationinsights", "Application Insights", &[], None),
    of("opencensus-ext-azure", "logs to Azure Monitor", &[], None),
    of("fastapi", "web service", &["standard"], Some("fastapi")),
    of("flask", "web service", &[], Some("flask")),
    of("gunicorn", "web server", &[], Some("gunicorn")),
    of("requests", "HTTP", &[], Some("requests")),
    of("pyyaml", "YAML", &[], Some("pyyaml")),
    of("pillow", "images", &[], Some("pillow")),
    of("opencv-python-headless", "computer vision without a screen", &[], None),
];

/// What only conda has, and what conda needs to be told.
const CONDA_ONLY: &[(&str, &str)] = &[
    ("python", "the version of Python; name one"),
    ("pip", "needed where a list for pip follows"),
    ("cudatoolkit", "CUDA"),
    ("pytorch-cuda", "CUDA for PyTorch of the channel pytorch"),
    ("nodejs", "Node.js"),
    ("gxx_linux-64", "a C++ compiler"),
    ("libgcc", "the library of gcc"),
    ("setuptools", "builds packages"),
];

/// The packages that pip knows, those of Azure ML first.
pub(crate) fn pip() -> impl Iterator<Item = &'static Name> {
    NAMES.iter()
}

/// The packages that conda knows, each with what it is for.
pub(crate) fn conda() -> impl Iterator<Item = (&'static str, &'static str)> {
    let named = NAMES.iter().filter_map(|known| Some((known.conda?, known.text)));
    CONDA_ONLY.iter().copied().chain(named)
}

/// What is known of a package.
pub(crate) fn find(name: &str) -> Option<&'static Name> {
    let name = normalise_name(name);
    NAMES.iter().find(|known| known.name == name)
}

/// The known versions of a package, newest first, each with where it is from.
pub(crate) fn versions(name: &str) -> Vec<(String, String)> {
    let name = normalise_name(name);
    let mut out: Vec<(String, String)> = releases::versions(&name)
        .into_iter()
        .map(|version| (version.to_owned(), "released".to_owned()))
        .collect();
    for (version, environment) in pinned().get(name.as_str()).into_iter().flatten() {
        if !out.iter().any(|(known, _)| known == version) {
            out.push(((*version).to_owned(), format!("in {environment}")));
        }
    }
    out.sort_by(|a, b| releases::compare(&b.0, &a.0));
    out
}

/// The exact versions that curated environments of today have, with one environment for each.
fn pinned() -> &'static BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    static PINNED: OnceLock<BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>> = OnceLock::new();
    PINNED.get_or_init(|| {
        let mut out: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for environment in catalogue().environments.iter().filter(|environment| environment.is_active()) {
            for (package, pin) in &environment.packages {
                let version = pin.strip_prefix("==").or_else(|| pin.strip_prefix('='));
                if let Some(version) =
                    version.filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
                {
                    out.entry(package).or_default().entry(version).or_insert(&environment.name);
                }
            }
        }
        out
    })
}

/// What there is to say of a package; `None` where nothing is known.
pub(crate) fn markdown(name: &str) -> Option<String> {
    let normalised = normalise_name(name);
    let known = find(&normalised);
    let conda = CONDA_ONLY.iter().find(|(name, _)| *name == normalised);
    let versions = versions(&normalised);
    if known.is_none() && conda.is_none() && versions.is_empty() {
        return None;
    }
    let mut out = format!("**{normalised}**");
    if let Some(text) = known.map(|known| known.text).or(conda.map(|found| found.1)) {
        let _ = write!(out, ": {text}.");
    }
    out.push('\n');
    if let Some(newest) = releases::versions(&normalised).first() {
        let python = releases::python(&normalised, newest).filter(|python| !python.is_empty());
        let python = python.map(|python| format!(", for Python {python}")).unwrap_or_default();
        let _ = writeln!(out, "\nNewest known release: `{newest}`{python}. (As of {}.)", releases::as_of());
        let needs: Vec<String> = releases::needs(&normalised, newest, None, &[])
            .into_iter()
            .filter(|needed| needed.name != "python")
            .map(|needed| format!("`{}{}`", needed.name, needed.versions))
            .collect();
        if !needs.is_empty() {
            let _ = writeln!(out, "\nIt brings: {}.", needs.join(", "));
        }
    }
    let pins: Vec<String> = pinned()
        .get(normalised.as_str())
        .into_iter()
        .flatten()
        .map(|(version, environment)| format!("`{version}` in {environment}"))
        .rev()
        .take(4)
        .collect();
    if !pins.is_empty() {
        let _ = writeln!(
            out,
            "\nCurated environments have {}. (As of {}.)",
            pins.join(", "),
            catalogue().snapshot
        );
    }
    if let Some(known) = known.filter(|known| !known.extras.is_empty()) {
        let _ = writeln!(
            out,
            "\nExtras: {}.",
            known.extras.iter().map(|extra| format!("`{extra}`")).collect::<Vec<_>>().join(", ")
        );
    }
    Some(out.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_newest_first() {
        let found = versions("azureml_core");
        assert!(found.len() > 20);
        let first = found.first().map(|(version, _)| version.as_str()).unwrap_or_default();
        assert!(releases::compare(first, "1.40.0").is_gt(), "{first}");
        assert!(versions("scikit-learn").iter().any(|(_, from)| from.starts_with("in ")));
        assert_eq!(versions("nobody-knows"), Vec::new());
    }

    #[test]
    fn names_are_written_as_pip_does() {
        for known in pip() {
            assert_eq!(normalise_name(known.name), known.name);
        }
    }
}
