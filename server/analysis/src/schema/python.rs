//! Classes, functions and attributes of both SDKs in Python. Source: azureml-core 1.61.0 and azure-ai-ml
//! 1.35.2, their signatures.

use super::Shape::{self, Environment, EnvironmentName, Image, Number, Path, Text, Truth, Values};
use super::Wanted;

/// A parameter of a call.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) text: &'static str,
}

/// An attribute or method of an object.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) deprecated: bool,
    pub(crate) method: bool,
}

const fn par(name: &'static str, shape: Shape, text: &'static str) -> Parameter {
    Parameter { name, shape, text }
}

const fn has(name: &'static str, text: &'static str) -> Attribute {
    Attribute { name, text, deprecated: false, method: false }
}

const fn old(name: &'static str, text: &'static str) -> Attribute {
    Attribute { name, text, deprecated: true, method: false }
}

const fn does(name: &'static str, text: &'static str) -> Attribute {
    Attribute { name, text, deprecated: false, method: true }
}

/// The parameters of a class or function of an SDK, in their order; empty for any other.
pub(crate) fn call(v1: bool, callee: &str) -> &'static [Parameter] {
    let name = callee.rsplit('.').next().unwrap_or(callee);
    if v1 { call_v1(callee, name) } else { call_v2(callee, name) }
}

fn call_v2(callee: &str, name: &str) -> &'static [Parameter] {
    match name {
        "Environment" => ENVIRONMENT_V2,
        "BuildContext" => BUILD_CONTEXT,
        "command" | "Command" | "CommandJob" | "CommandComponent" | "command_component" => COMMAND,
        "parallel_run_function" => PARALLEL,
        "RunFunction" => RUN_FUNCTION,
        "spark" => COMMAND,
        "ManagedOnlineDeployment" | "KubernetesOnlineDeployment" => ONLINE,
        "BatchDeployment" | "ModelBatchDeployment" => BATCH,
        "CodeConfiguration" => CODE,
        "load_environment" => LOAD,
        "get" if callee.ends_with("environments.get") => GET_V2,
        _ => &[],
    }
}

fn call_v1(callee: &str, name: &str) -> &'static [Parameter] {
    let of_environment = callee.contains("Environment");
    match name {
        "Environment" => const { &[par("name", Text, "The name of the environment.")] },
        "from_docker_image" if of_environment => FROM_IMAGE,
        "from_dockerfile" if of_environment => FROM_DOCKERFILE,
        "from_docker_build_context" if of_environment => FROM_CONTEXT,
        "from_conda_specification" if of_environment => FROM_CONDA,
        "from_pip_requirements" if of_environment => FROM_PIP,
        "from_existing_conda_environment" if of_environment => FROM_EXISTING,
        "get" if of_environment => GET_V1,
        "load_from_directory" if of_environment => {
            const { &[par("path", Path(Wanted::Folder), "The folder of a saved definition.")] }
        }
        "ContainerRegistry" => &[],
        "DockerBuildContext" => &[],
        "from_local_directory" => CONTEXT_V1,
        "create" if callee.contains("CondaDependencies") => CONDA_CREATE,
        "CondaDependencies" => {
            const { &[par("conda_dependencies_file_path", Path(Wanted::Conda), "A conda file to begin with.")] }
        }
        "add_pip_package" => const { &[par("pip_package", Shape::Requirement, "A requirement of pip.")] },
        "add_conda_package" => const { &[par("conda_package", Shape::CondaItem, "A conda package.")] },
        "add_channel" => const { &[par("channel", Shape::Channel, "A channel of conda.")] },
        "ScriptRunConfig" => SCRIPT_RUN,
        "InferenceConfig" => INFERENCE,
        "DockerConfiguration" => DOCKER_CONFIGURATION,
        "RunConfiguration" => RUN_CONFIGURATION,
        "ParallelRunConfig" => PARALLEL_V1,
        _ => &[],
    }
}

const LINUX: Shape = Values(&[("linux", ""), ("windows", "")]);

const ENVIRONMENT_V2: &[Parameter] = &[
    par("name", Text, "The name under which the environment is registered."),
    par("version", Text, "The version; without one the service counts up."),
    par("description", Text, "What the environment is for."),
    par(
        "image",
        Image,
        "The image that the environment is, or that packages are installed on. Not beside `build`.",
    ),
    par("build", Text, "A `BuildContext`: builds the image from a Dockerfile. Not beside `image`."),
    par(
        "conda_file",
        Path(Wanted::Conda),
        "A conda file, or a dictionary with its content; it is installed on top of `image`.",
    ),
    par("tags", Text, "A dictionary of free pairs."),
    par("properties", Text, "A dictionary of properties."),
    par("datastore", Text, "The datastore to which the build context is uploaded."),
    par("os_type", LINUX, "The operating system of the image."),
    par("inference_config", Text, "The routes of the server in an image that brings its own."),
];

const BUILD_CONTEXT: &[Parameter] = &[
    par(
        "path",
        Path(Wanted::Context),
        "The folder that is uploaded as the build context, seen from the working directory.",
    ),
    par("dockerfile_path", Path(Wanted::Dockerfile), "The Dockerfile, seen from the build context."),
];

const ENVIRONMENT_OF: Parameter = par(
    "environment",
    Environment,
    "The environment: an object, `azureml:name:version`, `azureml:name@latest`, or an `azureml://` address.",
);
const NAME: Parameter = par("name", Text, "The name.");
const DISPLAY: Parameter = par("display_name", Text, "The name that is shown.");
const DESCRIPTION: Parameter = par("description", Text, "What it is for.");
const TAGS: Parameter = par("tags", Text, "A dictionary of free pairs.");
const CODE_OF: Parameter = par("code", Path(Wanted::Folder), "The folder that is uploaded.");
const COMPUTE: Parameter = par("compute", Text, "The compute target.");
const INSTANCES: Parameter = par("instance_count", Number, "The number of nodes.");
const INSTANCE: Parameter = par("instance_type", Text, "The kind of machine.");
const INPUTS: Parameter = par("inputs", Text, "A dictionary of inputs.");
const OUTPUTS: Parameter = par("outputs", Text, "A dictionary of outputs.");
const VARIABLES: Parameter = par("environment_variables", Text, "A dictionary of variables.");
const ENDPOINT: Parameter = par("endpoint_name", Text, "The endpoint that it belongs to.");
const MODEL: Parameter = par("model", Text, "The model.");
const CODE_CONFIGURATION: Parameter =
    par("code_configuration", Text, "A `CodeConfiguration` with the scoring script.");

const COMMAND: &[Parameter] = &[
    NAME,
    DISPLAY,
    DESCRIPTION,
    TAGS,
    par("experiment_name", Text, "The experiment under which it is filed."),
    par("command", Text, "The command line."),
    CODE_OF,
    ENVIRONMENT_OF,
    VARIABLES,
    COMPUTE,
    INSTANCES,
    INSTANCE,
    INPUTS,
    OUTPUTS,
    par("distribution", Text, "How it is spread over processes and nodes."),
    par("shm_size", Text, "The size of shared memory, such as `8g`."),
    par("docker_args", Text, "More arguments for `docker run`."),
    par("timeout", Number, "After how many seconds it is cancelled."),
    par("identity", Text, "As whom it runs."),
    par("services", Text, "Interactive services that run beside it."),
    par("is_deterministic", Truth, "Whether the same inputs give the same outputs."),
];

const PARALLEL: &[Parameter] = &[
    NAME,
    DISPLAY,
    DESCRIPTION,
    TAGS,
    COMPUTE,
    INSTANCES,
    INSTANCE,
    INPUTS,
    OUTPUTS,
    par("input_data", Text, "The input that is cut into batches."),
    par("mini_batch_size", Text, "How much one batch holds."),
    par("task", Text, "A `RunFunction`."),
    par("max_concurrency_per_instance", Number, "How many batches a node works on at once."),
    VARIABLES,
];

const RUN_FUNCTION: &[Parameter] = &[
    CODE_OF,
    par("entry_script", Path(Wanted::Script), "The script, seen from the folder of code."),
    par("program_arguments", Text, "The arguments of the script."),
    ENVIRONMENT_OF,
    par("append_row_to", Text, "The output to which results are appended."),
];

const ONLINE: &[Parameter] = &[
    NAME,
    ENDPOINT,
    DESCRIPTION,
    TAGS,
    MODEL,
    CODE_CONFIGURATION,
    ENVIRONMENT_OF,
    VARIABLES,
    INSTANCE,
    INSTANCES,
    par("app_insights_enabled", Truth, "Whether logs go to Application Insights."),
    par("scale_settings", Text, "How it scales."),
    par("request_settings", Text, "How requests are treated."),
    par("liveness_probe", Text, "When the container counts as dead."),
    par("readiness_probe", Text, "When the container counts as ready."),
    par(
        "egress_public_network_access",
        Values(&[("enabled", ""), ("disabled", "")]),
        "Whether it may reach the internet.",
    ),
];

const BATCH: &[Parameter] = &[
    NAME,
    ENDPOINT,
    DESCRIPTION,
    TAGS,
    MODEL,
    CODE_CONFIGURATION,
    ENVIRONMENT_OF,
    VARIABLES,
    COMPUTE,
    INSTANCES,
    par("mini_batch_size", Number, "How many files one batch holds."),
    par("max_concurrency_per_instance", Number, "How many batches a node works on at once."),
    par("output_action", Text, "What becomes of the results."),
    par("output_file_name", Text, "The file that results are appended to."),
    par("retry_settings", Text, "What becomes of batches that fail."),
    par("error_threshold", Number, "How many files may fail."),
    par("logging_level", Values(&[("info", ""), ("warning", ""), ("debug", "")]), "How much is logged."),
];

const CODE: &[Parameter] = &[
    par("code", Path(Wanted::Folder), "The folder with the scoring script."),
    par("scoring_script", Path(Wanted::Script), "The script, seen from that folder."),
];

const LOAD: &[Parameter] = &[
    par("source", Path(Wanted::Environment), "The file that defines the environment."),
    par("params_override", Text, "A list of changes to it."),
];

const GET_V2: &[Parameter] = &[
    par("name", EnvironmentName, "The name of the environment."),
    par("version", Text, "Its version."),
    par("label", Values(&[("latest", "the newest version")]), "A label instead of a version."),
];

const PIP: Parameter = par(
    "pip_requirements",
    Path(Wanted::Requirements),
    "A list of requirements of pip. Not beside `conda_specification`.",
);
const CONDA_OF: Parameter =
    par("conda_specification", Path(Wanted::Conda), "A conda file. Not beside `pip_requirements`.");
const NAME_V1: Parameter = par("name", Text, "The name of the environment.");

const FROM_IMAGE: &[Parameter] = &[
    NAME_V1,
    par("image", Image, "The image."),
    par("container_registry", Text, "A `ContainerRegistry`, where it needs to be logged in to."),
    CONDA_OF,
    PIP,
];
const FROM_DOCKERFILE: &[Parameter] = &[
    NAME_V1,
    par("dockerfile", Path(Wanted::Dockerfile), "The text of a Dockerfile, or the path of one."),
    CONDA_OF,
    PIP,
];
const FROM_CONTEXT: &[Parameter] = &[NAME_V1, par("docker_build_context", Text, "A `DockerBuildContext`.")];
const FROM_CONDA: &[Parameter] = &[NAME_V1, par("file_path", Path(Wanted::Conda), "A conda file.")];
const FROM_PIP: &[Parameter] = &[
    NAME_V1,
    par("file_path", Path(Wanted::Requirements), "A list of requirements of pip."),
    par("pip_version", Text, "The version of pip."),
];
const FROM_EXISTING: &[Parameter] = &[
    NAME_V1,
    par("conda_environment_name", Text, "The conda environment of this machine that is written down."),
];
const GET_V1: &[Parameter] = &[
    par("workspace", Text, "The workspace."),
    par("name", EnvironmentName, "The name of the environment."),
    par("version", Text, "Its version."),
    par("label", Values(&[("Latest", "the newest version")]), "A label instead of a version."),
];
const CONTEXT_V1: &[Parameter] = &[
    par("workspace", Text, "The workspace."),
    par("path", Path(Wanted::Context), "The folder that is uploaded."),
    par("dockerfile_path", Path(Wanted::Dockerfile), "The Dockerfile, seen from that folder."),
];
const CONDA_CREATE: &[Parameter] = &[
    par("pip_indexurl", Text, "The index of pip."),
    par("pip_packages", Shape::List(&Shape::Requirement), "A list of requirements of pip."),
    par("conda_packages", Shape::List(&Shape::CondaItem), "A list of conda packages."),
    par("python_version", Text, "The version of Python."),
    par("pin_sdk_version", Truth, "Whether packages of Azure ML get the version that is installed here."),
];
const SCRIPT_RUN: &[Parameter] = &[
    par("source_directory", Path(Wanted::Folder), "The folder that is uploaded."),
    par("script", Path(Wanted::Script), "The script, seen from that folder."),
    par("arguments", Text, "The arguments of the script."),
    par("run_config", Text, "A `RunConfiguration`. Not beside `environment` and its like."),
    par("compute_target", Text, "The compute target."),
    par("environment", Text, "The environment."),
    par("distributed_job_config", Text, "How it is spread over processes and nodes."),
    par("resume_from", Text, "What it goes on from."),
    par("max_run_duration_seconds", Number, "After how long the run is cancelled."),
    par("command", Text, "A command line instead of a script."),
    par("docker_runtime_config", Text, "A `DockerConfiguration`."),
];
const INFERENCE: &[Parameter] = &[
    par("entry_script", Path(Wanted::Script), "The scoring script."),
    par("source_directory", Path(Wanted::Folder), "The folder that is uploaded."),
    par("environment", Text, "The environment."),
    par("conda_file", Path(Wanted::Conda), "Deprecated: the environment says it."),
    par("base_image", Image, "Deprecated: the environment says it."),
    par("description", Text, "What it is for."),
];
const DOCKER_CONFIGURATION: &[Parameter] = &[
    par("use_docker", Truth, "Whether the run is inside a container."),
    par("shared_volumes", Truth, "Whether folders are shared with the container."),
    par("arguments", Text, "More arguments for `docker run`."),
    par("shm_size", Text, "The size of shared memory, such as `8g`."),
];
const RUN_CONFIGURATION: &[Parameter] = &[
    par("script", Text, "The script that is run."),
    par("arguments", Text, "Its arguments."),
    par(
        "framework",
        Values(&[("Python", ""), ("PySpark", ""), ("TensorFlow", ""), ("PyTorch", "")]),
        "What runs the script.",
    ),
    par(
        "communicator",
        Values(&[("OpenMpi", ""), ("IntelMpi", ""), ("ParameterServer", "")]),
        "How processes find each other.",
    ),
    par("conda_dependencies", Text, "A `CondaDependencies`."),
    par("command", Text, "A command line instead of a script."),
];
const PARALLEL_V1: &[Parameter] = &[
    par("environment", Text, "The environment."),
    par("entry_script", Path(Wanted::Script), "The script, which gets one batch after the other."),
    par("error_threshold", Number, "How many items may fail; -1 for any number."),
    par("output_action", Values(&[("append_row", ""), ("summary_only", "")]), "What becomes of the results."),
    par("compute_target", Text, "The compute target."),
    par("node_count", Number, "The number of nodes."),
    par("process_count_per_node", Number, "The number of processes on a node."),
    par("mini_batch_size", Text, "How much one batch holds."),
    par("source_directory", Path(Wanted::Folder), "The folder that is uploaded."),
    par("description", Text, "What it is for."),
    par("logging_level", Text, "How much is logged."),
    par("run_invocation_timeout", Number, "After how many seconds a batch fails."),
    par("run_max_try", Number, "How often a batch is tried."),
    par("append_row_file_name", Text, "The file that results are appended to."),
];

/// The functions of the class `Environment` that make or fetch one.
pub(crate) fn factories(v1: bool) -> &'static [Attribute] {
    if !v1 {
        return &[];
    }
    const {
        &[
            does(
                "get",
                "Fetches an environment of the workspace, or a curated one: `Environment.get(ws, \"AzureML-…\")`.",
            ),
            does("list", "The environments of the workspace."),
            does(
                "from_docker_image",
                "An environment that is an image, with packages on top where a file of them is given.",
            ),
            does("from_dockerfile", "An environment from the text or the path of a Dockerfile."),
            does("from_docker_build_context", "An environment from a folder with a Dockerfile."),
            does(
                "from_conda_specification",
                "An environment from a conda file, on the default image of the SDK.",
            ),
            does(
                "from_pip_requirements",
                "An environment from a list of requirements, on the default image of the SDK.",
            ),
            does(
                "from_existing_conda_environment",
                "An environment with the packages of a conda environment of this machine.",
            ),
            does("load_from_directory", "An environment that `save_to_directory` has written."),
        ]
    }
}

/// The attributes of a section of an environment: `""` for the environment itself, `docker`, `python`,
/// `docker.base_image_registry` and so on.
pub(crate) fn attributes(v1: bool, section: &str) -> &'static [Attribute] {
    match (v1, section) {
        (true, "") => {
            const {
                &[
                    has("docker", "The image: `base_image`, `base_dockerfile` or `build_context`."),
                    has("python", "Python and its packages."),
                    has("environment_variables", "Variables of the process: a dictionary."),
                    has(
                        "inferencing_stack_version",
                        "The inference stack that is put on top, such as `\"latest\"`; images of today bring their own.",
                    ),
                    has("name", "The name."),
                    has("version", "The version; the service sets it."),
                    has("spark", "Settings of Spark."),
                    has("databricks", "Libraries for Databricks."),
                    old("r", "Packages of R."),
                    does("register", "Registers it in a workspace."),
                    does("build", "Builds its image in the cloud."),
                    does("build_local", "Builds its image on this machine."),
                    does("clone", "A copy with another name."),
                    does("get_image_details", "Where its image is, and what is in it."),
                    does("save_to_directory", "Writes it down, for `Environment.load_from_directory`."),
                ]
            }
        }
        (true, "docker") => {
            const {
                &[
                    has(
                        "base_image",
                        "The image at the bottom. Default: an image of the SDK. Setting one of `base_image`, `base_dockerfile` and `build_context` to a value clears the two others, without a word in old releases; `None` clears only itself.",
                    ),
                    has(
                        "base_dockerfile",
                        "The text of a Dockerfile, or the path of one, which is built as the image at the bottom. Default: `None`. Setting it clears `base_image`, which old releases do not do: set that to `None` first.",
                    ),
                    has(
                        "build_context",
                        "A `DockerBuildContext`: a folder with a Dockerfile. It stands alone.",
                    ),
                    has(
                        "base_image_registry",
                        "The registry of `base_image`, where it needs to be logged in to.",
                    ),
                    has("platform", "What the image is built for: `os` and `architecture`."),
                    old(
                        "enabled",
                        "Whether runs are inside a container: `DockerConfiguration(use_docker=True)` of the run says it now.",
                    ),
                    old(
                        "arguments",
                        "Arguments for `docker run`: `DockerConfiguration(arguments=…)` says it now.",
                    ),
                    old(
                        "shared_volumes",
                        "Whether folders are shared: `DockerConfiguration(shared_volumes=…)` says it now.",
                    ),
                    old(
                        "shm_size",
                        "The size of shared memory: `DockerConfiguration(shm_size=…)` says it now.",
                    ),
                    old("gpu_support", "Without effect: GPUs are found by themselves."),
                ]
            }
        }
        (true, "python") => {
            const {
                &[
                    has(
                        "user_managed_dependencies",
                        "Whether the image has all packages, so that none are installed. Default: `False`.",
                    ),
                    has(
                        "conda_dependencies",
                        "A `CondaDependencies`: the packages. Ignored where `user_managed_dependencies` is true.",
                    ),
                    has(
                        "interpreter_path",
                        "The Python that runs the script, where the image brings it. Default: `\"python\"`.",
                    ),
                    has("conda_dependencies_file", "A conda file."),
                    has(
                        "base_conda_environment",
                        "The conda environment of the image that packages are installed into.",
                    ),
                ]
            }
        }
        (true, "docker.base_image_registry") => {
            const {
                &[
                    has("registry_identity", "The identity that pulls the image."),
                    old(
                        "address",
                        "The host of the registry. A connection of the workspace holds it better.",
                    ),
                    old(
                        "username",
                        "The user. A connection of the workspace holds it better, or an identity pulls the image.",
                    ),
                    old(
                        "password",
                        "The password: a secret in code. A connection of the workspace holds it better, or an identity pulls the image.",
                    ),
                ]
            }
        }
        (true, "docker.platform") => {
            const { &[has("os", "`\"Linux\"`."), has("architecture", "`\"amd64\"`.")] }
        }
        (false, "") => {
            const {
                &[
                    has("name", "The name."),
                    has("version", "The version."),
                    has("description", "What it is for."),
                    has("tags", "A dictionary of free pairs."),
                    has("image", "The image that the environment is, or that packages are installed on."),
                    has("build", "A `BuildContext`."),
                    has("conda_file", "The conda file, or its content."),
                    has("os_type", "`\"linux\"` or `\"windows\"`."),
                    has("inference_config", "The routes of the server in an image that brings its own."),
                    has("id", "The address of the registered environment."),
                    has("datastore", "The datastore to which the build context is uploaded."),
                    does("validate", "Checks it."),
                    does("dump", "Writes it down as YAML."),
                ]
            }
        }
        (false, "build") => {
            const {
                &[
                    has("path", "The folder that is uploaded as the build context."),
                    has("dockerfile_path", "The Dockerfile, seen from the build context."),
                ]
            }
        }
        _ => &[],
    }
}
