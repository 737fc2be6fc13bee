//! Jobs, components and pipelines of v2. Source: azure-ai-ml 1.35.2, `_schema/job`, `_schema/pipeline`,
//! `_schema/component`.

use super::Shape::{Either, Environment, List, Map, Named, Number, Path, Text, Truth, Values};
use super::environment::INLINE;
use super::{Key, Shape, Wanted, key, said};

/// The keys of a job file, by the schema that it names and the type that it gives itself.
pub(super) fn of_text(text: &str) -> &'static [Key] {
    let kind = |word: &str| {
        text.lines().any(|line| {
            line.strip_prefix("type:").is_some_and(|value| value.trim().trim_matches(['"', '\'']) == word)
        })
    };
    if said(text, "component") {
        COMPONENT
    } else if said(text, "pipeline") || kind("pipeline") {
        PIPELINE
    } else if said(text, "sweep") || kind("sweep") {
        SWEEP
    } else {
        COMMAND
    }
}

/// A file that names no schema yet may become anything.
const SCHEMAS: Shape = Values(&[
    ("https://azuremlschemas.azureedge.net/latest/commandJob.schema.json", "a command"),
    ("https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json", "a pipeline"),
    ("https://azuremlschemas.azureedge.net/latest/sweepJob.schema.json", "a sweep over parameters"),
    (
        "https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json",
        "a component that runs a command",
    ),
    (
        "https://azuremlschemas.azureedge.net/latest/pipelineComponent.schema.json",
        "a component of several steps",
    ),
    (
        "https://azuremlschemas.azureedge.net/latest/parallelComponent.schema.json",
        "a component that works in batches",
    ),
    ("https://azuremlschemas.azureedge.net/latest/sparkComponent.schema.json", "a component for Spark"),
    ("https://azuremlschemas.azureedge.net/latest/environment.schema.json", "an environment"),
    (
        "https://azuremlschemas.azureedge.net/latest/managedOnlineDeployment.schema.json",
        "an online deployment",
    ),
    (
        "https://azuremlschemas.azureedge.net/latest/kubernetesOnlineDeployment.schema.json",
        "one on Kubernetes",
    ),
    ("https://azuremlschemas.azureedge.net/latest/modelBatchDeployment.schema.json", "a batch deployment"),
]);

const TYPES: Shape = Values(&[
    ("command", ""),
    ("pipeline", ""),
    ("sweep", ""),
    ("parallel", ""),
    ("spark", ""),
    ("automl", ""),
    ("import", ""),
]);

/// A reference to an environment, or its definition.
pub(super) const ENVIRONMENT: Shape = Either(&[Environment, INLINE]);

const DATA_TYPES: Shape = Values(&[
    ("uri_file", "one file"),
    ("uri_folder", "a folder"),
    ("mltable", "a table"),
    ("mlflow_model", ""),
    ("custom_model", ""),
    ("triton_model", ""),
    ("string", ""),
    ("number", ""),
    ("integer", ""),
    ("boolean", ""),
]);

const INPUT: &[Key] = &[
    key("type", DATA_TYPES, "What it is."),
    key("path", Text, "Where the data is: `azureml:name:1`, an `azureml://` address, or a local path."),
    key(
        "mode",
        Values(&[
            ("ro_mount", "the default"),
            ("download", ""),
            ("direct", ""),
            ("eval_mount", ""),
            ("eval_download", ""),
        ]),
        "How the data gets to the node.",
    ),
    key("default", Text, "The value where none is given."),
    key("optional", Truth, "Whether it may be left out."),
    key("description", Text, "What it is for."),
    key("min", Number, "The smallest value."),
    key("max", Number, "The largest value."),
    key("enum", List(&Text), "The values that are allowed."),
];

const OUTPUT: &[Key] = &[
    key("type", DATA_TYPES, "What it is."),
    key("path", Text, "Where it is put."),
    key(
        "mode",
        Values(&[("rw_mount", "the default"), ("upload", ""), ("direct", "")]),
        "How the data leaves the node.",
    ),
    key("name", Text, "The name under which it is registered."),
    key("version", Text, "The version under which it is registered."),
    key("description", Text, "What it is."),
];

const RESOURCES: &[Key] = &[
    key("instance_count", Number, "The number of nodes."),
    key("instance_type", Text, "The kind of node, for serverless compute and Kubernetes."),
    key("shm_size", Text, "The size of shared memory, such as `8g`."),
    key("docker_args", Text, "More arguments for `docker run`."),
    key("locations", List(&Text), "The regions that it may run in."),
    key("properties", Named(&Text), "More settings of the compute."),
];

const DISTRIBUTION: &[Key] = &[
    key(
        "type",
        Values(&[("pytorch", ""), ("mpi", "the image must have an MPI"), ("tensorflow", ""), ("ray", "")]),
        "How the processes find each other.",
    ),
    key(
        "process_count_per_instance",
        Number,
        "The number of processes on a node; most often that of its GPUs.",
    ),
    key("worker_count", Number, "The number of workers (TensorFlow)."),
    key("parameter_server_count", Number, "The number of parameter servers (TensorFlow)."),
];

const SERVICE: &[Key] = &[
    key(
        "type",
        Values(&[
            ("ssh", "needs openssh-server in the image"),
            ("jupyter_lab", "needs jupyterlab in the image"),
            ("tensor_board", "needs tensorboard in the image"),
            ("vs_code", ""),
        ]),
        "What runs beside the job.",
    ),
    key("ssh_public_keys", Text, "The key that may log in."),
    key("log_dir", Text, "The folder that TensorBoard reads."),
    key("nodes", Values(&[("all", "on every node")]), "On which nodes it runs."),
];

const IDENTITY: &[Key] = &[key(
    "type",
    Values(&[("user_identity", ""), ("managed", ""), ("aml_token", "")]),
    "As whom the job runs.",
)];

const LIMITS: &[Key] = &[
    key("timeout", Number, "After how many seconds it is cancelled."),
    key("max_total_trials", Number, "How many trials there are (sweep)."),
    key("max_concurrent_trials", Number, "How many trials run at once (sweep)."),
    key("trial_timeout", Number, "After how many seconds a trial is cancelled (sweep)."),
];

const QUEUE: &[Key] = &[
    key(
        "job_tier",
        Values(&[("spot", ""), ("basic", ""), ("standard", ""), ("premium", "")]),
        "How soon it runs.",
    ),
    key("priority", Values(&[("low", ""), ("medium", ""), ("high", "")]), "Before which others it runs."),
];

const COMMAND_TEXT: Key = key("command", Text, "The command line. `${{inputs.name}}` stands for an input.");
const CODE: Key = key(
    "code",
    Path(Wanted::Folder),
    "The folder that is uploaded and that the command runs in, seen from this file.",
);
const ENVIRONMENT_KEY: Key = key(
    "environment",
    ENVIRONMENT,
    "The environment: `azureml:name:version`, `azureml:name@latest`, `azureml://registries/…`, `file:` with a path, or its definition in place.",
);
const VARIABLES: Key = key("environment_variables", Named(&Text), "Variables of the process.");
const COMPUTE: Key = key("compute", Text, "The compute target, such as `azureml:cpu-cluster`.");
const INPUTS: Key = key("inputs", Named(&Either(&[Text, Map(INPUT)])), "The inputs, each with its value.");
const OUTPUTS: Key = key("outputs", Named(&Either(&[Text, Map(OUTPUT)])), "The outputs.");
const NAME: Key = key("name", Text, "The name; of a job, it must be new each time.");
const DISPLAY: Key = key("display_name", Text, "The name that is shown.");
const EXPERIMENT: Key = key("experiment_name", Text, "The experiment under which it is filed.");
const DESCRIPTION: Key = key("description", Text, "What it is for.");
const TAGS: Key = key("tags", Named(&Text), "Free pairs of keys and values.");
const PROPERTIES: Key = key("properties", Named(&Text), "Properties, which stay as they are.");
const RESOURCES_KEY: Key = key("resources", Map(RESOURCES), "What it runs on.");
const DISTRIBUTION_KEY: Key =
    key("distribution", Map(DISTRIBUTION), "How it is spread over processes and nodes.");
const LIMITS_KEY: Key = key("limits", Map(LIMITS), "Limits of the run.");
const IDENTITY_KEY: Key = key("identity", Map(IDENTITY), "As whom it runs.");
const SERVICES: Key = key("services", Named(&Map(SERVICE)), "Interactive services that run beside it.");
const QUEUE_KEY: Key = key("queue_settings", Map(QUEUE), "How it waits for compute.");
const SCHEMA: Key = key(
    "$schema",
    SCHEMAS,
    "The schema that editors check the file against; it also tells what kind of file it is.",
);
const TYPE: Key = key("type", TYPES, "What kind of job it is.");

const COMMAND: &[Key] = &[
    SCHEMA,
    TYPE,
    NAME,
    DISPLAY,
    EXPERIMENT,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    CODE,
    COMMAND_TEXT,
    ENVIRONMENT_KEY,
    VARIABLES,
    COMPUTE,
    RESOURCES_KEY,
    DISTRIBUTION_KEY,
    INPUTS,
    OUTPUTS,
    LIMITS_KEY,
    IDENTITY_KEY,
    SERVICES,
    QUEUE_KEY,
];

const TRIAL: &[Key] = &[CODE, COMMAND_TEXT, ENVIRONMENT_KEY, VARIABLES, RESOURCES_KEY, DISTRIBUTION_KEY];

const OBJECTIVE: &[Key] = &[
    key("goal", Values(&[("minimize", ""), ("maximize", "")]), "Which way is better."),
    key("primary_metric", Text, "The metric, as the script logs it."),
];

const SAMPLING: Shape = Values(&[("random", ""), ("grid", ""), ("bayesian", "")]);
const SPACE_KEY: Key = key("search_space", Named(&Text), "The parameters and where their values come from.");

const SWEEP: &[Key] = &[
    SCHEMA,
    TYPE,
    NAME,
    DISPLAY,
    EXPERIMENT,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    COMPUTE,
    INPUTS,
    OUTPUTS,
    LIMITS_KEY,
    IDENTITY_KEY,
    QUEUE_KEY,
    RESOURCES_KEY,
    SPACE_KEY,
    key("trial", Map(TRIAL), "What is run for each set of parameters."),
    key("sampling_algorithm", SAMPLING, "How parameters are chosen."),
    key("objective", Map(OBJECTIVE), "What is aimed at."),
    key("early_termination", Named(&Text), "When bad trials are ended."),
];

const TASK: &[Key] = &[
    key("type", Values(&[("run_function", "the script has a function `run`")]), "What kind of task it is."),
    CODE,
    key("entry_script", Path(Wanted::Script), "The script, seen from the folder of code."),
    ENVIRONMENT_KEY,
    key("program_arguments", Text, "The arguments of the script."),
    key("append_row_to", Text, "The output to which results are appended."),
];

const INPUT_DATA: Key = key("input_data", Text, "The input that is cut into batches.");
const BATCH_SIZE: Key = key("mini_batch_size", Text, "How much one batch holds.");
const BATCH_ERRORS: Key = key("mini_batch_error_threshold", Number, "How many batches may fail.");
const CONCURRENCY: Key =
    key("max_concurrency_per_instance", Number, "How many batches a node works on at once.");
const RETRIES: Key = key("retry_settings", Named(&Text), "How often a batch is tried, and for how long.");
const LOGGING: Key =
    key("logging_level", Values(&[("INFO", ""), ("WARNING", ""), ("DEBUG", "")]), "How much is logged.");
const TASK_KEY: Key = key("task", Map(TASK), "What is run on each batch.");

const STEP: &[Key] = &[
    TYPE,
    key(
        "component",
        Text,
        "The component: `azureml:name:version`, `file:` with a path, or its definition in place.",
    ),
    DISPLAY,
    DESCRIPTION,
    CODE,
    COMMAND_TEXT,
    ENVIRONMENT_KEY,
    VARIABLES,
    COMPUTE,
    RESOURCES_KEY,
    DISTRIBUTION_KEY,
    INPUTS,
    OUTPUTS,
    LIMITS_KEY,
    IDENTITY_KEY,
    SERVICES,
    QUEUE_KEY,
    SPACE_KEY,
    key("trial", Text, "The component that is run for each set of parameters (sweep)."),
    key("sampling_algorithm", SAMPLING, "How parameters are chosen (sweep)."),
    key("objective", Map(OBJECTIVE), "What is aimed at (sweep)."),
    INPUT_DATA,
    BATCH_SIZE,
    BATCH_ERRORS,
    CONCURRENCY,
    RETRIES,
    LOGGING,
    TASK_KEY,
];

const SETTINGS: &[Key] = &[
    key("default_compute", Text, "The compute of steps that name none."),
    key("default_datastore", Text, "Where outputs go that name no place."),
    key("continue_on_step_failure", Truth, "Whether the others go on where one fails."),
    key("force_rerun", Truth, "Whether results of earlier runs are left unused."),
];

const PIPELINE: &[Key] = &[
    SCHEMA,
    TYPE,
    NAME,
    DISPLAY,
    EXPERIMENT,
    DESCRIPTION,
    TAGS,
    PROPERTIES,
    COMPUTE,
    INPUTS,
    OUTPUTS,
    IDENTITY_KEY,
    key("jobs", Named(&Map(STEP)), "The steps, by names of your choice."),
    key("settings", Map(SETTINGS), "What holds for all steps."),
];

const COMPONENT: &[Key] = &[
    SCHEMA,
    key(
        "type",
        Values(&[("command", ""), ("pipeline", ""), ("parallel", ""), ("spark", "")]),
        "What kind of component it is.",
    ),
    key("name", Text, "The name under which it is registered."),
    key("version", Text, "The version under which it is registered."),
    DISPLAY,
    DESCRIPTION,
    TAGS,
    key(
        "is_deterministic",
        Truth,
        "Whether the same inputs give the same outputs, so that results may be used again.",
    ),
    CODE,
    COMMAND_TEXT,
    ENVIRONMENT_KEY,
    RESOURCES_KEY,
    DISTRIBUTION_KEY,
    INPUTS,
    OUTPUTS,
    key("jobs", Named(&Map(STEP)), "The steps, by names of your choice (pipeline)."),
    INPUT_DATA,
    BATCH_SIZE,
    BATCH_ERRORS,
    CONCURRENCY,
    RETRIES,
    LOGGING,
    TASK_KEY,
];
