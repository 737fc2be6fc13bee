//! Dockerfiles and the environments that are built from them.

use std::sync::Arc;

use amlenv_analysis::{Fact, File, FilePath, Settings, Workspace, classify_named, diagnostics};

/// A folder of files that a workspace learns of only as it asks.
fn supplied(path: &str, files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::new(vec![FilePath::new("/w")]);
    let read = |path: &FilePath| {
        let (_, text) = files.iter().find(|(name, _)| FilePath::new(name) == *path)?;
        let kind = classify_named(path, text)?;
        Some(Arc::new(File::new(path.clone(), kind, (*text).into())))
    };
    let path = FilePath::new(path);
    workspace.insert(read(&path).expect("a file"));
    for _ in 0..64 {
        let wants = workspace.wants(&path);
        if wants.is_empty() {
            return workspace;
        }
        for want in wants {
            let below = |name: &&(&str, &str)| FilePath::new(name.0).is_in(&want.path);
            let here = files.iter().any(|(name, _)| FilePath::new(name) == want.path);
            let fact = if here {
                Fact::File
            } else if files.iter().any(|file| below(&file)) {
                let names = files.iter().filter(below).filter_map(|(name, _)| {
                    let rest = name.strip_prefix(want.path.as_str())?.trim_start_matches('/');
                    let (first, folder) = rest.split_once('/').map_or((rest, ""), |(first, _)| (first, "/"));
                    Some(format!("{first}{folder}"))
                });
                Fact::Folder(names.collect())
            } else {
                Fact::Missing
            };
            let text = files.iter().find(|(name, _)| FilePath::new(name) == want.path);
            if let Some((_, text)) = text {
                workspace.set_size(want.path.clone(), text.len() as u64);
            }
            match read(&want.path).filter(|_| want.text) {
                Some(file) => workspace.insert(file),
                None => workspace.set_fact(want.path, fact),
            }
        }
    }
    panic!("it never stops asking");
}

fn codes(workspace: &Workspace, path: &str) -> Vec<&'static str> {
    let found = diagnostics(workspace, &FilePath::new(path), &Settings::default());
    found.iter().map(|finding| finding.rule.code).collect()
}

const ENVIRONMENT: &str = "name: a\nbuild:\n  path: docker\n";

/// A Dockerfile that is opened on its own finds the environment beside it or above.
#[test]
fn a_dockerfile_finds_its_environment() {
    let dockerfile = "FROM ubuntu:24.04\nCOPY a.bin b.txt c.txt /\n";
    let files = [
        ("/w/environment.yml", ENVIRONMENT),
        ("/w/docker/Dockerfile", dockerfile),
        ("/w/docker/a.bin", ""),
        ("/w/docker/b.txt", ""),
        ("/w/docker/.gitignore", "*.bin"),
        ("/w/docker/.dockerignore", "b.txt"),
    ];
    let workspace = supplied("/w/docker/Dockerfile", &files);
    assert_eq!(codes(&workspace, "/w/docker/Dockerfile"), ["AML125", "AML721", "AML705"]);
    // Without it, nobody knows what the context is.
    let workspace = supplied("/w/docker/Dockerfile", &files[1..]);
    assert_eq!(codes(&workspace, "/w/docker/Dockerfile"), Vec::<&str>::new());
}

#[test]
fn a_dockerfile_has_bounds() {
    let line = format!("# {}\n", "a".repeat(997));
    let long = |bytes: usize| format!("FROM ubuntu:24.04\n{}", line.repeat(bytes / 1000 + 1));
    let (small, large) = (long(1000 * 1024), long(1025 * 1024));
    for (text, found) in [(&small, vec![]), (&large, vec!["AML128"])] {
        let files = [("/w/environment.yml", ENVIRONMENT), ("/w/docker/Dockerfile", text.as_str())];
        assert_eq!(codes(&supplied("/w/docker/Dockerfile", &files), "/w/docker/Dockerfile"), found);
    }
    for (bytes, found) in [(90 * 1024, false), (101 * 1024, true)] {
        let python = format!(
            "from azureml.core import Environment\nenv = Environment('a')\nenv.docker.base_image = None\nenv.docker.base_dockerfile = '''{}'''\n",
            long(bytes)
        );
        let workspace = supplied("/w/a.py", &[("/w/a.py", &python)]);
        assert_eq!(codes(&workspace, "/w/a.py").contains(&"AML128"), found);
    }
}

#[test]
fn a_context_of_v1_has_bounds() {
    const CODE: &str = "from azureml.core.environment import DockerBuildContext\nDockerBuildContext.from_local_directory(ws, 'docker')\n";
    let judged = |others: &[(String, String)]| {
        let mut files = vec![("/w/a.py", CODE), ("/w/docker/Dockerfile", "FROM ubuntu:24.04\n")];
        files.extend(others.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        codes(&supplied("/w/a.py", &files), "/w/a.py").contains(&"AML127")
    };
    let many = |count: usize| -> Vec<_> {
        (1..count).map(|number| (format!("/w/docker/{number}.txt"), String::new())).collect()
    };
    assert!(!judged(&many(100)));
    assert!(judged(&many(101)));
    let large = |bytes: usize| vec![("/w/docker/sub/model.bin".to_owned(), "a".repeat(bytes))];
    assert!(!judged(&large(1000 * 1024)));
    assert!(judged(&large(1024 * 1024)));
}
