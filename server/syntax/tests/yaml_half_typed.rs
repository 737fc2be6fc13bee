//! YAML while it is typed: the cursor's path, and the keys around it, at every column of every line.

use std::collections::BTreeMap;

use amlenv_syntax::yaml::{self, Node, NodeKind, Step, position_at};

const ENVIRONMENT: &str = "# the training environment
$schema: https://azuremlschemas.azureedge.net/latest/environment.schema.json
name: train
version: \"3\"
description: >-
  what it is for:
  training

  and more
tags: {team: vision, \"cost center\": '42'}
image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260715.v1
conda_file:
  name: train # not read
  channels: [conda-forge, nvidia]
  dependencies:
  - python=3.10
  - pip
  - pip:
    - azureml-mlflow
    - \"torch==2.1 ; python_version < '3.12'\"
    - --extra-index-url https://example.org/simple
inference_config:
  liveness_route:
    port: 5001
    path: /
os_type: linux
";

const PIPELINE: &str = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
settings:
    default_compute: azureml:cpu
    environment: azureml:base:1
inputs:
    rate: 0.1
jobs:
    prepare:
        type: command
        command: |
            python prepare.py \\
              --rate ${{inputs.rate}}
        environment: azureml://registries/azureml/environments/sklearn-1.5/labels/latest
    train:
        type: sweep
        trial:
            command: python train.py
            environment:
                image: mcr.microsoft.com/azureml/openmpi5.0-ubuntu24.04
                build:
                    path: ../docker
                    dockerfile_path: gpu/Dockerfile
        sampling_algorithm: random
    parallel:
        type: parallel
        task:
            type: run_function
            environment: azureml:{{name}}:2
        resources:
            instance_count: 2
";

/// The keys that lead to each scalar, with where its value and its key stand.
fn leaves(root: &Node) -> Vec<(Vec<Step>, usize, usize, String)> {
    let mut out = Vec::new();
    let mut pending = vec![(root, Vec::new(), 0)];
    while let Some((node, path, key)) = pending.pop() {
        match &node.kind {
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    let Some(name) = entry.key.as_str() else { continue };
                    let path = [path.as_slice(), &[Step::Key(name.to_owned())]].concat();
                    match &entry.value {
                        Some(value) => pending.push((value, path, entry.key.range.start)),
                        None => out.push((path, entry.key.range.start, entry.range.end, String::new())),
                    }
                }
            }
            NodeKind::Sequence(items) => {
                for (at, item) in items.iter().enumerate() {
                    pending.push((item, [path.as_slice(), &[Step::Index(at)]].concat(), item.range.start));
                }
            }
            _ => out.push((path, key, node.range.start, node.as_str().unwrap_or("").to_owned())),
        }
    }
    out
}

fn root(text: &str) -> Option<Node> {
    yaml::parse(text).documents.into_iter().next().flatten()
}

/// Every key path with its value, lists joined by number.
fn values(text: &str) -> BTreeMap<String, String> {
    let leaves = root(text).map(|root| leaves(&root)).unwrap_or_default();
    leaves.into_iter().map(|(path, _, _, value)| (format!("{path:?}"), value)).collect()
}

fn keys(path: &[Step]) -> Vec<&str> {
    path.iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
        .collect()
}

/// The text with the rest of the line at `offset` not typed yet.
fn cut(text: &str, offset: usize) -> String {
    let end = text[offset..].find(['\r', '\n']).map_or(text.len(), |at| offset + at);
    [&text[..offset], &text[end..]].concat()
}

#[test]
fn the_cursor_knows_its_keys_at_every_column() {
    for source in [ENVIRONMENT, PIPELINE] {
        for text in [source.to_owned(), source.replace('\n', "\r\n")] {
            let root = root(&text).expect("a mapping");
            let mut seen = 0;
            for (path, key, value, _) in leaves(&root) {
                let block = text[value..].starts_with(['|', '>']);
                let flow = text[key..].starts_with('{')
                    || text[..value].lines().next_back().is_some_and(|line| line.contains(['{', '[']));
                let end = text[value..].find(['\r', '\n']).map_or(text.len(), |at| value + at);
                if flow || block {
                    continue;
                }
                for offset in value..=end {
                    let behind_comment = text[value..offset].contains(" #");
                    let position = position_at(&cut(&text, offset), offset);
                    if behind_comment {
                        assert_eq!(position, None);
                        continue;
                    }
                    if text[..offset].ends_with(':') {
                        // A key again, until something follows.
                        continue;
                    }
                    let position = position.expect("a position");
                    assert_eq!(position.keys(), keys(&path), "{:?}", &text[..offset]);
                    assert_eq!(
                        position.at_value,
                        matches!(path.last(), Some(Step::Key(_))),
                        "{:?}",
                        &text[..offset]
                    );
                    seen += 1;
                }
                // In the key itself the path leads to the mapping that it stands in.
                if let [parents @ .., Step::Key(name)] = path.as_slice() {
                    for offset in key..=key + name.len() {
                        if text[..=offset].ends_with(['"', '\'']) {
                            continue;
                        }
                        let position = position_at(&cut(&text, offset), offset).expect("a position");
                        assert_eq!(
                            (position.keys(), position.at_value),
                            (keys(parents), false),
                            "{:?}",
                            &text[..offset]
                        );
                        seen += 1;
                    }
                }
            }
            assert!(seen > 300, "{seen}");
        }
    }
}

/// Whatever is typed on a line costs no key that stands elsewhere: all that is not on the line, not
/// below it and not in the same list keeps its value.
#[test]
fn half_a_line_costs_no_sibling() {
    let (mut checked, mut lost) = (0, Vec::new());
    for source in [ENVIRONMENT, PIPELINE] {
        let leaves = leaves(&root(source).expect("a mapping"));
        for (offset, _) in source.char_indices() {
            let line_start = source[..offset].rfind('\n').map_or(0, |at| at + 1);
            let line_end = source[offset..].find('\n').map_or(source.len(), |at| offset + at);
            let indent = |at: usize| source[at..].len() - source[at..].trim_start_matches([' ', '-']).len();
            let own = indent(line_start);
            // What stands below the line goes with it.
            let mut below = line_end + 1;
            for line in source.get(line_end + 1..).unwrap_or("").split_inclusive('\n') {
                if !line.trim().is_empty() && indent(below) <= own {
                    break;
                }
                below += line.len();
            }
            if offset == line_start && below > line_end + 1 {
                // Without the key, what stands below it belongs to the key above.
                continue;
            }
            let after = values(&cut(source, offset));
            for (path, key, value_start, value) in &leaves {
                let top = matches!(path.as_slice(), [Step::Key(_)]);
                // A text that goes on over lines is changed by the cut.
                let several = source[*value_start..].starts_with(['|', '>'])
                    && (*value_start..=value_start + 60).contains(&offset);
                if (line_start..below).contains(key) || !top || several {
                    continue;
                }
                checked += 1;
                if after.get(&format!("{path:?}")) != Some(value) {
                    lost.push(format!(
                        "{path:?} at {:?} of {:?}",
                        &source[line_start..offset],
                        &source[line_start..line_end]
                    ));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{} of {checked}:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn hostile_text_is_read_in_time() {
    let bomb: String = (0..60).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, n| {
        text + &format!("a{}: &a{} [*a{n}, *a{n}, *a{n}]\n", n + 1, n + 1)
    });
    let merges: String = (0..300).fold("a0: &a0 {k0: v}\n".to_owned(), |text, n| {
        text + &format!("a{}: &a{} {{<<: *a{n}, k{}: v}}\n", n + 1, n + 1, n + 1)
    });
    for text in [
        bomb,
        merges,
        "- ".repeat(100_000),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        (0..1500).map(|n| " ".repeat(n) + "a:\n").collect(),
        format!("a: {}\n", "x".repeat(1_000_000)),
        format!("a: \"{}\"\n", "x\\n".repeat(30_000)),
        format!("a: |\n{}", "  x\n".repeat(20_000)),
        format!("a:\n  b: \"{}\"\n", "x\n".repeat(20_000)),
        (0..2_000).map(|n| format!("  k{n}: \"a\n b\"\n")).collect(),
        "a: 'b\n".repeat(2_000),
        "&a ".repeat(50_000),
        "? ".repeat(50_000),
        "a: b #\t\n".repeat(2_000),
        "\t\n".repeat(50_000),
        "a: {{".repeat(50_000),
        "---\n".repeat(2_000),
    ] {
        let read = yaml::parse(&text);
        assert!(read.documents.len() < 200_000);
        for offset in [0, text.len() / 2, text.len()] {
            let _ = position_at(&text, offset);
        }
    }
}
