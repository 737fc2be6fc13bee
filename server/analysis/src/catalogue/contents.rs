//! What an image certainly brings: conda, Python. Unknown images bring unknown things.

use amlenv_syntax::image::ImageReference;

use super::HOST;

/// What is known about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Yes,
    /// It is not there.
    No,
    /// Nobody knows.
    Unknown,
}

/// What an image brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The `conda` program.
    pub conda: Answer,
    /// Whether all Python packages in it are known, and none of them is of Azure ML.
    pub without_azureml: Answer,
    /// An MPI library.
    pub mpi: Answer,
    /// An SSH server.
    pub ssh: Answer,
    /// A Python interpreter.
    pub python: Answer,
    /// `/bin/sh`.
    pub shell: Answer,
}

/// An image of which nothing is known.
const UNKNOWN: Contents = Contents {
    conda: Answer::Unknown,
    without_azureml: Answer::Unknown,
    mpi: Answer::Unknown,
    ssh: Answer::Unknown,
    python: Answer::Unknown,
    shell: Answer::Unknown,
};

/// What the image of a reference brings.
/// Source: Dockerfiles of Azure/AzureML-Containers until 2024-12 and Azure/azureml-assets; the
/// descriptions of the public images.
#[must_use]
pub fn contents_of(reference: &ImageReference) -> Contents {
    if reference.has_placeholder {
        return UNKNOWN;
    }
    let host = reference.registry.as_ref().map(|part| part.text.as_str());
    let path = reference.repository.text.as_str();
    // The variants for debugging bring a shell along.
    let tag = reference.tag.as_ref().map_or("", |tag| tag.text.as_str());
    if matches!(host, Some("gcr.io" | HOST)) && path.starts_with("distroless/") && !tag.contains("debug") {
        return Contents { shell: Answer::No, ..UNKNOWN };
    }
    if host == Some(HOST) || (host.is_none() && path.starts_with("azureml/")) {
        return microsoft(path);
    }
    let library = matches!(host, None | Some("docker.io" | "index.docker.io" | "registry-1.docker.io"));
    let nvidia = host == Some("nvcr.io") && (path == "nvidia/cuda" || path == "nvidia/tritonserver");
    let name = path.strip_prefix("library/").unwrap_or(path);
    let bare = library
        && (matches!(
            name,
            "ubuntu" | "debian" | "python" | "alpine" | "busybox" | "nvidia/cuda" | "tensorflow/tensorflow"
        ) || name.starts_with("rocker/"));
    if bare || nvidia {
        // What NVIDIA's serving image and the images for R have besides is not followed.
        let plain = path != "nvidia/tritonserver" && !name.starts_with("rocker/");
        let none = if plain { Answer::No } else { Answer::Unknown };
        let python = match name {
            "ubuntu" | "debian" | "nvidia/cuda" | "alpine" | "busybox" => Answer::No,
            "python" | "tensorflow/tensorflow" => Answer::Yes,
            _ => Answer::Unknown,
        };
        return Contents {
            conda: Answer::No,
            without_azureml: Answer::Yes,
            mpi: none,
            ssh: none,
            python,
            shell: Answer::Yes,
        };
    }
    let conda = library
        && (name.starts_with("continuumio/")
            || matches!(name, "condaforge/miniforge3" | "condaforge/mambaforge"));
    if conda {
        return Contents {
            conda: Answer::Yes,
            without_azureml: Answer::Yes,
            mpi: Answer::No,
            ssh: Answer::No,
            python: Answer::Yes,
            shell: Answer::Yes,
        };
    }
    UNKNOWN
}

/// The names of the environment variables that an image may bring; `None` where not all of them are
/// known. Values are not told.
/// Source: Dockerfiles of Azure/AzureML-Containers, all of their history, which ends in 2024-12; those
/// of the official images. The GPU images stand on images of NVIDIA's, of which not every name is known.
#[must_use]
pub fn environment_of(reference: &ImageReference) -> Option<&'static [&'static str]> {
    const BARE: &[&str] = &["PATH"];
    const PYTHON: &[&str] = &[
        "PATH",
        "LANG",
        "GPG_KEY",
        "PYTHON_VERSION",
        "PYTHON_SHA256",
        "PYTHON_PIP_VERSION",
        "PYTHON_SETUPTOOLS_VERSION",
        "PYTHON_GET_PIP_URL",
        "PYTHON_GET_PIP_SHA256",
        "PYTHONIOENCODING",
    ];
    const AZUREML: &[&str] = &[
        "PATH",
        "LANG",
        "LC_ALL",
        "DEBIAN_FRONTEND",
        "SVDIR",
        "WORKER_TIMEOUT",
        "MINICONDA_VERSION",
        "CONDA_PACKAGE",
        "OPENMPI_VERSION",
        "INTEL_MPI_VERSION",
    ];
    /// The day of the last Dockerfile that was published.
    const LAST: &str = "20241206";
    if reference.has_placeholder || reference.digest.is_some() {
        return None;
    }
    let host = reference.registry.as_ref().map(|part| part.text.as_str());
    let path = reference.repository.text.as_str();
    if host == Some(HOST) {
        let tag = reference.tag.as_ref()?.text.get(..8)?;
        let dated = tag.bytes().all(|byte| byte.is_ascii_digit()) && tag <= LAST;
        let name = path.strip_prefix("azureml/").unwrap_or("");
        let plain = (name.starts_with("openmpi") || name.starts_with("intelmpi"))
            && name.contains("-ubuntu")
            && !["cuda", "spark", "tritonserver"].iter().any(|part| name.contains(part));
        return (dated && plain).then_some(AZUREML);
    }
    if !matches!(host, None | Some("docker.io" | "index.docker.io" | "registry-1.docker.io")) {
        return None;
    }
    match path.strip_prefix("library/").unwrap_or(path) {
        "ubuntu" | "debian" | "alpine" | "busybox" => Some(BARE),
        "python" => Some(PYTHON),
        _ => None,
    }
}

fn microsoft(path: &str) -> Contents {
    let starts = |heads: &[&str]| heads.iter().any(|head| path.starts_with(head));
    let known = Contents { conda: Answer::Yes, python: Answer::Yes, shell: Answer::Yes, ..UNKNOWN };
    if starts(&["azureml/openmpi", "azureml/intelmpi"]) || matches!(path, "azureml/base" | "azureml/base-gpu")
    {
        return Contents { without_azureml: Answer::Yes, mpi: Answer::Yes, ..known };
    }
    if starts(&["azureml/inference-base-", "azureml/minimal-", "azureml/curated/", "aifx/acpt/"]) {
        return known;
    }
    UNKNOWN
}
