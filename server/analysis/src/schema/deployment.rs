//! Online and batch deployments of v2. Source: azure-ai-ml 1.35.2, `_schema/_deployment`.

use super::Shape::{Map, Named, Number, Path, Text, Truth, Values};
use super::job::ENVIRONMENT;
use super::{Key, Shape, Wanted, key};

const SCHEMAS: Shape = Values(&[
    (
        "https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json",
        "on compute of Azure ML",
    ),
    ("https://azuremlschemas.azureedge.net/latest/kubernetesOnlineDeployment.schema.json", "on Kubernetes"),
    ("https://azuremlschemas.azureedge.net/latest/batchDeployment.schema.json", "for batch endpoints"),
    (
        "https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json",
        "of a model, for batch endpoints",
    ),
]);

const CODE: &[Key] = &[
    key("code", Path(Wanted::Folder), "The folder with the scoring script, seen from this file."),
    key(
        "scoring_script",
        Path(Wanted::Script),
        "The script, seen from that folder. The image must have the inference server.",
    ),
];

const PROBE: &[Key] = &[
    key("initial_delay", Number, "Seconds before the first question."),
    key("period", Number, "Seconds between questions."),
    key("timeout", Number, "Seconds to wait for an answer."),
    key("success_threshold", Number, "How many good answers it takes."),
    key("failure_threshold", Number, "How many bad answers it takes."),
];

const SCALE: &[Key] = &[
    key(
        "type",
        Values(&[("default", "as many as instance_count"), ("target_utilization", "by load, on Kubernetes")]),
        "How it scales.",
    ),
    key("min_instances", Number, "The fewest instances."),
    key("max_instances", Number, "The most instances."),
    key("target_utilization_percentage", Number, "The load that is aimed at."),
    key("polling_interval", Number, "Seconds between decisions."),
];

const REQUEST: &[Key] = &[
    key("request_timeout_ms", Number, "After how long a request fails."),
    key("max_concurrent_requests_per_instance", Number, "How many requests an instance answers at once."),
    key("max_queue_wait_ms", Number, "How long a request waits."),
];

const NAME: Key = key("name", Text, "The name of the deployment.");
const ENDPOINT: Key = key("endpoint_name", Text, "The endpoint that it belongs to.");
const DESCRIPTION: Key = key("description", Text, "What it is for.");
const TAGS: Key = key("tags", Named(&Text), "Free pairs of keys and values.");
const PROPERTIES: Key = key("properties", Named(&Text), "Properties, which stay as they are.");
const MODEL: Key = key(
    "model",
    Text,
    "The model: `azureml:name:version`, an `azureml://` address, or its definition in place.",
);
const CODE_KEY: Key = key(
    "code_configuration",
    Map(CODE),
    "The scoring script; without one the image must bring a server of its own.",
);
const ENVIRONMENT_KEY: Key = key(
    "environment",
    ENVIRONMENT,
    "The environment: `azureml:name:version`, `azureml:name@latest`, `azureml://registries/…`, `file:` with a path, or its definition in place.",
);
const VARIABLES: Key = key("environment_variables", Named(&Text), "Variables of the server's process.");
const SCHEMA: Key = key(
    "$schema",
    SCHEMAS,
    "The schema that editors check the file against; it also tells what kind of file it is.",
);

pub(super) const ONLINE: &[Key] = &[
    SCHEMA,
    NAME,
    ENDPOINT,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    MODEL,
    key("model_mount_path", Text, "Where the model is found in the container."),
    CODE_KEY,
    ENVIRONMENT_KEY,
    VARIABLES,
    key("type", Values(&[("managed", ""), ("kubernetes", "")]), "Where it runs."),
    key("instance_type", Text, "The kind of machine, such as `Standard_DS3_v2`."),
    key("instance_count", Number, "The number of machines."),
    key("app_insights_enabled", Truth, "Whether logs go to Application Insights."),
    key("scale_settings", Map(SCALE), "How it scales."),
    key("request_settings", Map(REQUEST), "How requests are treated."),
    key("liveness_probe", Map(PROBE), "When the container counts as dead."),
    key("readiness_probe", Map(PROBE), "When the container counts as ready."),
    key("startup_probe", Map(PROBE), "When the container counts as started."),
    key(
        "egress_public_network_access",
        Values(&[("enabled", ""), ("disabled", "")]),
        "Whether it may reach the internet.",
    ),
    key("data_collector", Named(&Text), "What of the requests is kept."),
    key("resources", Named(&Named(&Text)), "Requests and limits (Kubernetes)."),
];

const RESOURCES: &[Key] = &[
    key("instance_count", Number, "The number of nodes."),
    key("instance_type", Text, "The kind of node."),
    key("properties", Named(&Text), "More settings of the compute."),
];

const RETRY: &[Key] = &[
    key("max_retries", Number, "How often a batch is tried again."),
    key("timeout", Number, "After how many seconds a batch fails."),
];

const SETTINGS: &[Key] = &[
    key("max_concurrency_per_instance", Number, "How many batches a node works on at once."),
    key("mini_batch_size", Number, "How many files one batch holds."),
    key("output_action", Values(&[("append_row", ""), ("summary_only", "")]), "What becomes of the results."),
    key("output_file_name", Text, "The file that results are appended to."),
    key("retry_settings", Map(RETRY), "What becomes of batches that fail."),
    key("error_threshold", Number, "How many files may fail; -1 for any number."),
    key("logging_level", Values(&[("info", ""), ("warning", ""), ("debug", "")]), "How much is logged."),
    VARIABLES,
];

pub(super) const BATCH: &[Key] = &[
    SCHEMA,
    NAME,
    ENDPOINT,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    MODEL,
    CODE_KEY,
    ENVIRONMENT_KEY,
    VARIABLES,
    key("type", Values(&[("model", ""), ("pipeline", "")]), "What it runs."),
    key("compute", Text, "The compute target, such as `azureml:batch-cluster`."),
    key("resources", Map(RESOURCES), "What it runs on."),
    key("settings", Map(SETTINGS), "How the files are worked through."),
];
