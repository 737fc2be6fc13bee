//! Definitions and run configurations of SDK v1 as data. Source: azureml-core 1.61.0, measured.

use super::Shape::{Either, Image, List, Map, Named, Number, Path, Registry, Text, Truth, Values};
use super::environment::CONDA;
use super::{Key, Wanted, key};

const REGISTRY: &[Key] = &[
    key("address", Registry, "The host of the registry. Deprecated: a connection of the workspace holds it."),
    key(
        "username",
        Text,
        "Deprecated: a connection of the workspace holds it, or an identity pulls the image.",
    ),
    key(
        "password",
        Text,
        "Deprecated, and a secret in a file: a connection of the workspace holds it, or an identity pulls the image.",
    ),
    key("registryIdentity", Map(IDENTITY), "The identity that pulls the image."),
];

const IDENTITY: &[Key] = &[
    key("resourceId", Text, "The resource of the identity."),
    key("clientId", Text, "The client id of the identity."),
];

const PLATFORM: &[Key] = &[
    key("os", Values(&[("Linux", "the default"), ("Windows", "")]), "The operating system of the image."),
    key("architecture", Values(&[("amd64", "the default")]), "The processor of the image."),
];

const CONTEXT: &[Key] = &[
    key(
        "locationType",
        Values(&[("git", "a repository"), ("storageAccount", "a folder in a storage account")]),
        "Where the build context is.",
    ),
    key("location", Text, "The address of the build context."),
    key("dockerfilePath", Text, "The Dockerfile, seen from the build context. Default: `Dockerfile`."),
];

const DOCKER: &[Key] = &[
    key(
        "baseImage",
        Image,
        "The image at the bottom. Only one of `baseImage`, `baseDockerfile` and `buildContext` counts.",
    )
    .without(&["baseDockerfile", "buildContext"]),
    key("baseDockerfile", Text, "The text of a Dockerfile, which is built as the image at the bottom.")
        .without(&["baseImage", "buildContext"]),
    key("buildContext", Map(CONTEXT), "A folder elsewhere with a Dockerfile.")
        .without(&["baseImage", "baseDockerfile"]),
    key(
        "baseImageRegistry",
        Map(REGISTRY),
        "The registry of `baseImage`, where it needs to be logged in to.",
    ),
    key("platform", Map(PLATFORM), "What the image is built for."),
    key("enabled", Truth, "Deprecated: it is said in the run configuration's `docker.useDocker`."),
    key("arguments", List(&Text), "Deprecated: it is said in the run configuration's `docker.arguments`."),
    key("sharedVolumes", Truth, "Deprecated: it is said in the run configuration's `docker.sharedVolumes`."),
    key("shmSize", Text, "Deprecated: it is said in the run configuration's `docker.shmSize`."),
    key("gpuSupport", Truth, "Deprecated and without effect: GPUs are found by themselves."),
];

const PYTHON: &[Key] = &[
    key("userManagedDependencies", Truth, "Whether the image has all packages, so that none are installed."),
    key(
        "interpreterPath",
        Text,
        "The Python that runs the script, where the image brings it. Default: `python`.",
    ),
    key("condaDependencies", Map(CONDA), "The content of a conda file.").without(&["condaDependenciesFile"]),
    key("condaDependenciesFile", Path(Wanted::Conda), "A conda file.").without(&["condaDependencies"]),
    key("baseCondaEnvironment", Text, "The conda environment of the image that packages are installed into."),
];

const SPARK: &[Key] = &[
    key("packages", List(&Named(&Text)), "Packages of Maven: `group`, `artifact`, `version`."),
    key("repositories", List(&Text), "Repositories of packages."),
    key("precachePackages", Truth, "Whether packages are fetched while the image is built."),
];

pub(crate) const DEFINITION: &[Key] = &[
    key("name", Text, "The name of the environment."),
    key("version", Text, "The version of the environment."),
    key("assetId", Text, "The address of the registered environment; the service sets it."),
    key("docker", Map(DOCKER), "The image."),
    key("python", Map(PYTHON), "Python and its packages."),
    key("environmentVariables", Named(&Text), "Variables of the process."),
    key("spark", Map(SPARK), "Settings of Spark."),
    key(
        "inferencingStackVersion",
        Either(&[Text, Values(&[("latest", "")])]),
        "The inference stack that is put on top; images of today bring their own.",
    ),
    key("databricks", Named(&Text), "Libraries for Databricks."),
    key("r", Named(&Text), "Deprecated: packages of R."),
];

const RUN_DOCKER: &[Key] = &[
    key("useDocker", Truth, "Whether the run is inside a container."),
    key("sharedVolumes", Truth, "Whether folders are shared with the container."),
    key("shmSize", Text, "The size of shared memory, such as `8g`."),
    key("arguments", List(&Text), "More arguments for `docker run`."),
];

pub(crate) const RUNCONFIG: &[Key] = &[
    key("script", Text, "The script that is run."),
    key("arguments", List(&Text), "The arguments of the script."),
    key("command", Text, "A command line instead of a script."),
    key("target", Text, "The compute target; `local` for this machine."),
    key(
        "framework",
        Values(&[("Python", ""), ("PySpark", ""), ("TensorFlow", ""), ("PyTorch", "")]),
        "What runs the script.",
    ),
    key(
        "communicator",
        Values(&[
            ("None", ""),
            ("OpenMpi", ""),
            ("IntelMpi", ""),
            ("ParameterServer", ""),
            ("Gloo", ""),
            ("Nccl", ""),
        ]),
        "How processes find each other.",
    ),
    key("nodeCount", Number, "The number of nodes."),
    key("maxRunDurationSeconds", Number, "After how long the run is cancelled."),
    key("environment", Map(DEFINITION), "The environment of the run."),
    key("docker", Map(RUN_DOCKER), "How the container is run."),
    key("history", Named(&Text), "What is kept of the run."),
    key("mpi", Named(&Number), "Settings of MPI."),
    key("tensorflow", Named(&Number), "Settings of TensorFlow."),
    key("spark", Named(&Text), "Settings of Spark."),
    key("hdi", Named(&Text), "Settings of HDInsight."),
    key("data", Named(&Text), "Data that the run reads."),
    key("dataReferences", Named(&Text), "Datastores that the run reads."),
    key("autoPrepareEnvironment", Truth, "Whether the environment is made before the run."),
];
