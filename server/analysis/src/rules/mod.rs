//! The table of rules. One rule, one `.rs` file and one `.md` page of the same name in this folder.
//!
//! A rule is a plain function over the model. It says what it found through [`Check::say`]; whether
//! it is heard (selection, severity, suppression) is not its business.

use std::cell::OnceCell;
use std::rc::Rc;

use amlenv_syntax::{HostRange, TextRange};

use crate::builds::{self, Copied};
use crate::catalogue::View;
use crate::embedded::DockerfileDocument;
use crate::file::File;
use crate::finding::{Applicability, Edit, Embedded, Finding, Fix, Related, Severity, Tag};
use crate::images::{ImagePlace, images_of};
use crate::listed::{self, Listing};
use crate::settings::Settings;
use crate::workspace::Workspace;

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// All rules, by code.
        pub static RULES: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    unreadable_file,
    file_too_large,
    invalid_syntax,
    invalid_configuration,
    unused_suppression,
    conflicting_image_sources,
    implicit_base_image_reset,
    no_image_source,
    conda_file_without_image,
    conda_file_with_build,
    build_context_with_other_settings,
    dockerfile_path_treated_as_text,
    changed_after_register,
    user_managed_ignores_conda,
    image_packages_shadowed,
    registry_without_image,
    registry_host_mismatch,
    registry_address_form,
    partial_registry_credentials,
    two_credential_kinds,
    bad_os_type,
    unknown_environment_key,
    conda_file_as_environment_file,
    inference_config_incomplete,
    inference_config_not_serving,
    unknown_v1_attribute,
    dockerfile_path_wrong,
    build_path_missing,
    conda_file_missing,
    copy_source_not_uploaded,
    v1_context_flattened,
    v1_context_too_large,
    dockerfile_too_large,
    inline_name_ignored,
    pip_and_conda_both,
    environment_required,
    missing_name,
    wrong_value_type,
    missing_inference_server,
    missing_azureml_core_batch,
    missing_mlflow_plugin,
    missing_azureml_core_import,
    no_conda_in_base,
    interactive_needs_packages,
    mpi_missing,
    no_posix_shell,
    inferencing_stack_missing,
    create_drops_defaults,
    no_python_in_image,
    deprecated_base_image,
    image_not_in_supported_list,
    image_without_tag,
    image_latest,
    eol_os,
    stale_inference_tag,
    old_default_image,
    default_python_eol,
    curated_short_name,
    retired_curated_environment,
    unknown_curated_environment,
    registry_not_allowed,
    hard_coded_registry_password,
    credentials_in_definition,
    secrets_used_in_arg_or_env,
    credentials_in_url,
    reserved_prefix,
    name_too_long,
    name_characters,
    version_scalar,
    bad_environment_reference,
    latest_as_version,
    registry_uri_shape,
    empty_version,
    space_in_reference,
    file_reference_missing,
    placeholder_left,
    pip_section_without_pip,
    python_missing,
    python_unpinned,
    python_twice,
    python_eol,
    channels_missing,
    commercial_channel,
    duplicate_requirement,
    conda_pip_overlap,
    pip_single_equals,
    sklearn_name,
    unknown_conda_key,
    local_path_in_conda_file,
    unpinned_packages,
    azureml_version_skew,
    azureml_core_pkg_resources,
    inference_server_conflict,
    azureml_mlflow_conflict,
    dataset_runtime_conflict,
    v1_and_v2_sdk,
    prefix_key,
    exported_build_strings,
    v1_python_range,
    private_index,
    bad_requirement_syntax,
    not_utf8,
    conda_and_dockerfile_python,
    buildkit_only_syntax,
    conda_activate_in_run,
    unquoted_version_redirect,
    copy_outside_context,
    copy_source_missing,
    comment_after_copy,
    environment_not_on_path,
    root_needed,
    entrypoint_in_training,
    cmd_runsvdir_missing,
    port_mismatch,
    base_arch,
    dockerfile_syntax,
    conda_update_env_name,
    long_build,
    unused_base_stage,
    consistent_instruction_casing,
    copy_ignored_file,
    duplicate_stage_name,
    expose_invalid_format,
    expose_proto_casing,
    from_as_casing,
    from_platform_flag_const_disallowed,
    invalid_base_image_platform,
    invalid_default_arg_in_from,
    invalid_definition_description,
    json_args_recommended,
    legacy_key_value_format,
    maintainer_deprecated,
    multiple_instructions_disallowed,
    no_empty_continuation,
    redundant_target_platform,
    reserved_stage_name,
    stage_name_casing,
    undefined_arg_in_from,
    undefined_var,
    workdir_relative_path,
    sudo_in_run,
    add_for_plain_file,
    copy_needs_folder,
    copy_from_unknown_stage,
    copy_from_later_stage,
    apt_without_yes,
    apt_in_script,
    env_refers_to_itself,
    copy_to_relative_path,
    sdk_v1_ended,
    docker_attribute_deprecated,
    environment_variables_on_environment,
    environment_class_renamed,
    r_section_removed,
    conda_attribute_deprecated,
    web_service_ended,
    prefer_prebuilt_image,
}

/// A rule: what it is called, what it says by default, how it judges.
pub struct Rule {
    /// `AML101`.
    pub code: &'static str,
    /// `conflicting-image-sources`; reads after "allow".
    pub name: &'static str,
    /// The severity that it usually has.
    pub severity: Severity,
    /// Whether it runs unless it is asked for.
    pub default_on: bool,
    /// Its page, in Markdown: what `explain` and the hover of the code show.
    pub page: &'static str,
    /// Judges one file. Rules about files that cannot be read are spoken by the shell and judge nothing here.
    pub check: fn(&mut Check<'_>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code, self.name)
    }
}

impl Rule {
    /// The first paragraph of its page as one line, for lists.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut lines = self.page.lines().skip_while(|line| line.is_empty() || line.starts_with('#'));
        let first: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        first.join(" ")
    }

    /// Whether it says what a linter of Dockerfiles says as well: BuildKit's checks, and those like
    /// hadolint's. These are silent beside such a tool.
    #[must_use]
    pub fn is_dockerfile_lint(&self) -> bool {
        ("AML720"..="AML741").contains(&self.code) || ("AML750"..="AML763").contains(&self.code)
    }

    /// Where its page can be read.
    #[must_use]
    pub fn url(&self) -> String {
        let page = self.name.replace('-', "_");
        format!("https://github.com/amlenv/amlenv/blob/main/server/analysis/src/rules/{page}.md")
    }
}

/// What a rule is given: the file, all else that is known, and where to put what it finds.
pub struct Check<'a> {
    /// All that is known.
    pub workspace: &'a Workspace,
    /// The file to judge.
    pub file: &'a File,
    /// What the user configured.
    pub settings: &'a Settings,
    /// What was found so far.
    pub findings: Vec<Finding>,
    /// The packages that the file asks for, read once for all rules.
    listings: OnceCell<Rc<Vec<Listing<'a>>>>,
    /// The images that the file names, likewise.
    images: OnceCell<Rc<Vec<ImagePlace>>>,
    /// What its Dockerfiles copy, likewise.
    copied: OnceCell<Rc<Vec<Copied>>>,
}

impl<'a> Check<'a> {
    /// Nothing found yet.
    #[must_use]
    pub fn new(workspace: &'a Workspace, file: &'a File, settings: &'a Settings) -> Self {
        Self {
            workspace,
            file,
            settings,
            findings: Vec::new(),
            listings: OnceCell::new(),
            images: OnceCell::new(),
            copied: OnceCell::new(),
        }
    }

    /// What is known of images and environments for this file, what the team says included.
    pub(crate) fn catalogue(&self) -> View<'a> {
        self.workspace.catalogue(self.file.path())
    }

    /// The packages that the file asks for, list by list.
    pub(crate) fn listings(&self) -> Rc<Vec<Listing<'a>>> {
        self.listings.get_or_init(|| Rc::new(listed::listings(self.file))).clone()
    }

    /// The images that the file names.
    pub(crate) fn images(&self) -> Rc<Vec<ImagePlace>> {
        self.images.get_or_init(|| Rc::new(images_of(self.file))).clone()
    }

    /// What its Dockerfiles copy, with what becomes of it.
    pub(crate) fn copied(&self) -> Rc<Vec<Copied>> {
        self.copied.get_or_init(|| Rc::new(builds::copied(self.workspace, self.file))).clone()
    }
}

impl Check<'_> {
    /// Says something about a place, at the usual severity of the rule. The answer can be refined.
    pub(crate) fn say(
        &mut self,
        rule: &'static Rule,
        range: HostRange,
        message: impl Into<String>,
    ) -> Said<'_> {
        self.findings.push(Finding {
            rule,
            severity: rule.severity,
            message: message.into(),
            file: self.file.path().clone(),
            range,
            embedded: None,
            cell: None,
            related: Vec::new(),
            fixes: Vec::new(),
            tag: None,
        });
        let at = self.findings.len() - 1;
        Said { findings: &mut self.findings, at }
    }

    /// Says something about a place in a Dockerfile, wherever that stands.
    pub(crate) fn say_in(
        &mut self,
        rule: &'static Rule,
        document: &DockerfileDocument,
        range: TextRange,
        message: impl Into<String>,
    ) -> Said<'_> {
        let said = self.say(rule, document.host(range), message);
        let at = said.at;
        if let Some(finding) = self.findings.get_mut(at) {
            finding.embedded = document.embedded(range);
        }
        Said { findings: &mut self.findings, at }
    }

    /// An edit that takes out an assignment that stands on lines of its own; of Python only where
    /// something stays behind in its block.
    pub(crate) fn remove(&self, assignment: &crate::model::Assignment) -> Option<Edit> {
        let text = self.file.text();
        let alone = self.file.python().is_none() || crate::text_edit::is_removable(text, assignment.range);
        let lines = crate::text_edit::whole_lines(text, assignment.range);
        (assignment.statement && alone).then(|| self.edit(lines, ""))
    }

    /// Like [`Check::remove`], also for an argument that may be left out.
    pub(crate) fn remove_optional(&self, assignment: &crate::model::Assignment) -> Option<Edit> {
        if assignment.statement || self.file.python().is_none() {
            return self.remove(assignment);
        }
        Some(self.edit(crate::text_edit::argument(self.file.text(), assignment.range)?, ""))
    }

    /// An edit that puts `new` in the place of a text, written as its host needs it. `None` where it
    /// cannot be written there: a text that code puts together has no one place.
    pub(crate) fn rewrite(&self, text: &crate::model::Text, new: &str) -> Option<Edit> {
        crate::embedded::rewrite(self.file, text.content, &text.value, new)
    }

    /// An edit of the file that is judged.
    pub(crate) fn edit(&self, range: HostRange, text: impl Into<String>) -> Edit {
        Edit { file: self.file.path().clone(), range, text: text.into() }
    }
}

/// A finding that can still be refined.
pub(crate) struct Said<'a> {
    findings: &'a mut Vec<Finding>,
    at: usize,
}

impl Said<'_> {
    fn change(self, change: impl FnOnce(&mut Finding)) -> Self {
        if let Some(finding) = self.findings.get_mut(self.at) {
            change(finding);
        }
        self
    }

    pub(crate) fn severity(self, severity: Severity) -> Self {
        self.change(|finding| finding.severity = severity)
    }

    /// Makes it a finding of that severity, if it is none that is worse.
    pub(crate) fn at_least(self, severity: Severity) -> Self {
        self.change(|finding| finding.severity = finding.severity.max(severity))
    }

    pub(crate) fn embedded(self, embedded: Option<Embedded>) -> Self {
        self.change(|finding| finding.embedded = embedded)
    }

    pub(crate) fn tag(self, tag: Tag) -> Self {
        self.change(|finding| finding.tag = Some(tag))
    }

    pub(crate) fn related(self, range: HostRange, message: impl Into<String>) -> Self {
        self.change(|finding| {
            let file = finding.file.clone();
            finding.related.push(Related { file, range, message: message.into() });
        })
    }

    pub(crate) fn safe_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(title, Applicability::Safe, edits)
    }

    pub(crate) fn suggested_fix(self, title: impl Into<String>, edits: Vec<Edit>) -> Self {
        self.fix(title, Applicability::Suggested, edits)
    }

    fn fix(self, title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        if edits.is_empty() {
            return self;
        }
        self.change(|finding| finding.fixes.push(Fix { title: title.into(), applicability, edits }))
    }
}

/// A rule that the shell speaks, since only the shell sees what it is about.
const fn spoken_by_the_shell(_: &mut Check<'_>) {}

/// The rule with this code or name, in any case.
#[must_use]
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| {
        rule.code.eq_ignore_ascii_case(code_or_name) || rule.name.eq_ignore_ascii_case(code_or_name)
    })
}
