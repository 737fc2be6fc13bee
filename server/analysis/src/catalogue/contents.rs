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
}

/// What the image of a reference brings.
/// Source: Dockerfiles of Azure/AzureML-Containers until 2024-12 and Azure/azureml-assets; the
/// descriptions of the public images.
#[must_use]
pub fn contents_of(reference: &ImageReference) -> Contents {
    const UNKNOWN: Contents = Contents { conda: Answer::Unknown, without_azureml: Answer::Unknown };
    if reference.has_placeholder {
        return UNKNOWN;
    }
    let host = reference.registry.as_ref().map(|part| part.text.as_str());
    let path = reference.repository.text.as_str();
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
        return Contents { conda: Answer::No, without_azureml: Answer::Yes };
    }
    let conda = library
        && (name.starts_with("continuumio/")
            || matches!(name, "condaforge/miniforge3" | "condaforge/mambaforge"));
    if conda {
        return Contents { conda: Answer::Yes, without_azureml: Answer::Yes };
    }
    UNKNOWN
}

fn microsoft(path: &str) -> Contents {
    let starts = |heads: &[&str]| heads.iter().any(|head| path.starts_with(head));
    if starts(&["azureml/openmpi", "azureml/intelmpi"]) || matches!(path, "azureml/base" | "azureml/base-gpu")
    {
        return Contents { conda: Answer::Yes, without_azureml: Answer::Yes };
    }
    if starts(&["azureml/inference-base-", "azureml/minimal-", "azureml/curated/", "aifx/acpt/"]) {
        return Contents { conda: Answer::Yes, without_azureml: Answer::Unknown };
    }
    Contents { conda: Answer::Unknown, without_azureml: Answer::Unknown }
}
