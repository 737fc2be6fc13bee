//! Instructions of Dockerfiles, their flags, and the variables that mean something. Source: BuildKit's
//! reference of Dockerfiles; Azure ML's documentation of base images and of scoring.

use amlenv_syntax::dockerfile::Kind;

/// A flag of an instruction.
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) values: &'static [(&'static str, &'static str)],
    pub(crate) text: &'static str,
}

const fn flag(
    name: &'static str,
    values: &'static [(&'static str, &'static str)],
    text: &'static str,
) -> Flag {
    Flag { name, values, text }
}

/// What an instruction does, and what of it matters to Azure ML.
pub(crate) fn instruction(kind: Kind) -> &'static str {
    match kind {
        Kind::Add => {
            "Copies files, unpacks archives and fetches addresses. For plain files `COPY` is clearer.\n\nSources count from the build context; SDK v1's `base_dockerfile` has none."
        }
        Kind::Arg => {
            "Declares a variable that the build knows and the container does not. Azure ML passes no `--build-arg`, so that its default counts."
        }
        Kind::Cmd => {
            "The command of the container where none is given.\n\nJobs and scoring scripts bring their own; an image that serves by itself starts its server here, such as `CMD [\"runsvdir\", \"/var/runit\"]`."
        }
        Kind::Copy => {
            "Copies files from the build context, or with `--from` from another stage or image.\n\nWhat `.amlignore`, `.gitignore` or `.dockerignore` leave out cannot be copied; SDK v1's `base_dockerfile` has no context at all."
        }
        Kind::Entrypoint => {
            "What the container runs, with `CMD` behind it. Azure ML starts jobs with an entry point of its own."
        }
        Kind::Env => "Sets variables, for the rest of the build and in the container.",
        Kind::Expose => {
            "Says which ports the container listens on. The inference server listens on 5001; interactive services use others."
        }
        Kind::From => {
            "Begins a stage on an image. Azure ML's own images have conda and MPI in them; the last stage is the result."
        }
        Kind::Healthcheck => {
            "Says how to see whether the container is well. Azure ML does not use it: deployments have probes."
        }
        Kind::Label => "Adds pairs of keys and values to the image.",
        Kind::Maintainer => "Deprecated: `LABEL org.opencontainers.image.authors=…` says the same.",
        Kind::Onbuild => "An instruction for builds that stand on this image.",
        Kind::Run => {
            "Runs a command and keeps what it changed. With `&&` one layer holds it all; clean up in the same instruction."
        }
        Kind::Shell => "The shell of the instructions below.",
        Kind::Stopsignal => "The signal that ends the container.",
        Kind::User => {
            "The user of the instructions below and of the container. Interactive services need root; Azure ML's images run as root or `dockeruser`."
        }
        Kind::Volume => "A folder that is kept outside the container. Azure ML mounts its own.",
        Kind::Workdir => {
            "The folder of the instructions below. Jobs and scoring scripts run in a folder of their own."
        }
    }
}

const TRUTH: &[(&str, &str)] = &[("true", ""), ("false", "")];
const CHOWN: Flag = flag("chown", &[], "Who owns the files: `user:group`.");
const CHMOD: Flag = flag("chmod", &[], "The permissions of the files, such as `755`.");
const LINK: Flag = flag(
    "link",
    TRUTH,
    "Copies into a layer of its own, which stays cached when layers below change. BuildKit only.",
);
const EXCLUDE: Flag = flag("exclude", &[], "A pattern of files that are left out. BuildKit only.");

/// The flags of an instruction.
pub(crate) fn flags(kind: Kind) -> &'static [Flag] {
    match kind {
        Kind::Add => {
            const {
                &[
                    CHOWN,
                    CHMOD,
                    LINK,
                    flag("keep-git-dir", TRUTH, "Whether the `.git` folder of a repository comes along."),
                    flag("checksum", &[], "The checksum of what is fetched: `sha256:…`."),
                    EXCLUDE,
                    flag("unpack", TRUTH, "Whether an archive is unpacked."),
                ]
            }
        }
        Kind::Copy => {
            const {
                &[
                    flag("from", &[], "The stage or image that is copied from."),
                    CHOWN,
                    CHMOD,
                    LINK,
                    flag("parents", TRUTH, "Keeps the folders of the sources. BuildKit only."),
                    EXCLUDE,
                ]
            }
        }
        Kind::From => {
            const { &[flag("platform", PLATFORMS, "What the image is for. Azure ML runs linux/amd64.")] }
        }
        Kind::Healthcheck => {
            const {
                &[
                    flag("interval", DURATIONS, "How often it is asked."),
                    flag("timeout", DURATIONS, "How long an answer may take."),
                    flag("start-period", DURATIONS, "How long the start may take."),
                    flag("start-interval", DURATIONS, "How often it is asked during the start."),
                    flag("retries", &[("3", "the default")], "How often it must fail."),
                ]
            }
        }
        Kind::Run => {
            const {
                &[
                    flag(
                        "mount",
                        &[],
                        "Mounts something for this command: a cache, a secret, files. BuildKit only.",
                    ),
                    flag(
                        "network",
                        &[("default", ""), ("none", "no network"), ("host", "the network of the host")],
                        "The network of the command. BuildKit only.",
                    ),
                    flag(
                        "security",
                        &[("sandbox", "the default"), ("insecure", "with all rights")],
                        "The rights of the command. BuildKit only.",
                    ),
                    flag("device", &[], "A device for the command. BuildKit only."),
                ]
            }
        }
        _ => &[],
    }
}

const PLATFORMS: &[(&str, &str)] = &[
    ("linux/amd64", "what Azure ML runs"),
    ("linux/arm64", "Azure ML does not run it"),
    ("$BUILDPLATFORM", "that of the machine that builds"),
    ("$TARGETPLATFORM", "that of the result"),
];

const DURATIONS: &[(&str, &str)] = &[("5s", ""), ("30s", ""), ("1m", "")];

/// A type of `--mount`, what it is, and the options that it takes.
pub(crate) type Mount = (&'static str, &'static str, &'static [&'static str]);

/// The types of `--mount`.
pub(crate) fn mount_types() -> &'static [Mount] {
    &[
        (
            "bind",
            "files of the build context or of a stage, without copying them",
            &["target", "source", "from", "readwrite"],
        ),
        (
            "cache",
            "a folder that is kept between builds",
            &["target", "id", "sharing", "from", "source", "mode", "uid", "gid"],
        ),
        ("tmpfs", "a folder in memory", &["target", "size"]),
        (
            "secret",
            "a secret, which leaves no trace in the image",
            &["id", "target", "required", "env", "mode", "uid", "gid"],
        ),
        ("ssh", "the agent of ssh", &["id", "target", "required", "mode", "uid", "gid"]),
    ]
}

/// The variables that Azure ML or its images read, with the value that they most often have.
pub(crate) fn variables() -> &'static [(&'static str, &'static str, &'static str)] {
    &[
        (
            "AZUREML_CONDA_ENVIRONMENT_PATH",
            "/azureml-envs/env",
            "Where the conda environment is that jobs run in; put its `bin` on the `PATH` too. The images of curated environments set it.",
        ),
        (
            "AZUREML_MODEL_DIR",
            "/var/azureml-app/azureml-models",
            "Where the model of a deployment is. The service sets it where a deployment starts; a value here is for trying it out.",
        ),
        (
            "AZUREML_ENTRY_SCRIPT",
            "score.py",
            "The scoring script, seen from the folder of code. The inference server reads it; the service sets it.",
        ),
        (
            "AML_APP_ROOT",
            "/var/azureml-app",
            "The folder with the code of a deployment. The inference server reads it; the service sets it.",
        ),
        ("SVDIR", "/var/runit", "The folder of the services that `runsvdir` starts in the inference images."),
        (
            "WORKER_TIMEOUT",
            "300",
            "Seconds after which the inference server ends a worker that does not answer.",
        ),
        ("WORKER_COUNT", "1", "The number of worker processes of the inference server."),
        ("WORKER_PRELOAD", "false", "Whether the inference server loads the script before it makes workers."),
        ("LD_LIBRARY_PATH", "", "Where shared libraries are looked for first."),
        ("PYTHONUNBUFFERED", "1", "Whether Python writes its output at once, so that logs are complete."),
        (
            "DEBIAN_FRONTEND",
            "noninteractive",
            "Keeps apt from asking. As `ARG` it does not stay in the image.",
        ),
    ]
}
