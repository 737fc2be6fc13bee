//! Environments of v2, and conda files. Source: azure-ai-ml 1.35.2, `_schema/assets/environment.py`;
//! conda's documentation of environment files.

use super::Shape::{Channel, CondaItem, Image, List, Map, Named, Number, Path, Requirement, Text, Values};
use super::{Key, Shape, Wanted, key};

const SCHEMAS: Shape = Values(&[("https://azuremlschemas.azureedge.net/latest/environment.schema.json", "")]);

pub(crate) const ENVIRONMENT: &[Key] = &[
    key("$schema", SCHEMAS, "The schema that editors check the file against; it also tells what kind of file it is."),
    key("name", Text, "The name under which the environment is registered."),
    key("version", Text, "The version. Without one the service counts up. Quote it: `1.10` is a number in YAML."),
    key("description", Text, "What the environment is for; it may be changed after the environment is registered."),
    key("tags", Named(&Text), "Free pairs of keys and values; they may be changed after the environment is registered."),
    key("image", Image, "The image that the environment is, or that packages are installed on. It cannot be changed after the environment is registered.")
        .without(&["build"]),
    key("build", Map(BUILD), "Builds the image from a Dockerfile. It cannot be changed after the environment is registered.")
        .without(&["image", "conda_file"]),
    key("conda_file", Shape::Either(&[Path(Wanted::Conda), Map(CONDA)]), "A conda file, or its content: it is installed on top of `image`. It cannot be changed after the environment is registered.")
        .without(&["build"]),
    key("os_type", Values(&[("linux", "the default"), ("windows", "")]), "The operating system of the image. It cannot be changed after the environment is registered."),
    key("inference_config", Map(INFERENCE), "The routes of the server in an image that brings its own. It cannot be changed after the environment is registered."),
    key("datastore", Text, "The datastore to which the build context is uploaded."),
    key("auto_delete_setting", Map(AUTO_DELETE), "When the service may delete the environment."),
];

/// The keys of an environment that is written inside a job or deployment.
pub(super) const INLINE: Shape = Map(ENVIRONMENT);

const BUILD: &[Key] = &[
    key(
        "path",
        Path(Wanted::Context),
        "The folder that is uploaded as the build context, seen from this file.",
    ),
    key(
        "dockerfile_path",
        Path(Wanted::Dockerfile),
        "The Dockerfile, seen from the build context. Default: `Dockerfile`.",
    ),
];

const ROUTE: &[Key] = &[
    key("path", Text, "The path of the route, such as `/`."),
    key("port", Number, "The port of the server, such as 5001."),
];

const INFERENCE: &[Key] = &[
    key("liveness_route", Map(ROUTE), "Where the service asks whether the server lives."),
    key("readiness_route", Map(ROUTE), "Where the service asks whether the server is ready."),
    key("scoring_route", Map(ROUTE), "Where requests are answered."),
];

const AUTO_DELETE: &[Key] = &[
    key(
        "condition",
        Values(&[("created_greater_than", ""), ("last_accessed_greater_than", "")]),
        "What is measured.",
    ),
    key("value", Text, "After how long, such as `30d`."),
];

/// The mapping among the packages of a conda file.
pub(super) const PIP: &[Key] = &[key(
    "pip",
    List(&Requirement),
    "What pip installs, once conda is done; `pip` itself belongs among the packages.",
)];

pub(crate) const CONDA: &[Key] = &[
    key("name", Text, "The name of the conda environment. Azure ML gives it a name of its own."),
    key("channels", List(&Channel), "Where conda looks for packages, the first one first."),
    key("dependencies", List(&CondaItem), "The conda packages, and in a mapping `pip` those of pip."),
    key(
        "prefix",
        Text,
        "The folder of the environment that the file was exported from; it means nothing elsewhere.",
    ),
    key("variables", Named(&Text), "Variables that are set where the environment is activated."),
];
