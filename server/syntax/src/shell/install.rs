//! What a command installs: packages, lists of packages, channels and options of pip, conda and apt.
//! It knows how these programs read their words, not what their packages are.

use super::{Command, Redirection, Word};
use crate::text::TextRange;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `pip`, `python -m pip`, `uv pip`.
    Pip,
    /// `conda`, `mamba`, `micromamba`.
    Conda,
    /// `apt`, `apt-get`.
    Apt,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `install`.
    Install,
    /// `conda create` and `conda env create`.
    Create,
    /// `conda update` and `conda env update`.
    Update,
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name, dashes included; each letter of a cluster such as `-yq` is one of its own.
    pub name: String,
    /// Its value; a part of the word where it is written `--name=value`.
    pub value: Option<Word>,
    /// The word with the name.
    pub range: TextRange,
}

/// A command that installs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// The package manager.
    pub tool: Tool,
    /// What is done.
    pub action: Action,
    /// The packages, as written, quotes gone.
    pub packages: Vec<Word>,
    /// The options, in order.
    pub options: Vec<Choice>,
    /// What was most likely meant as a version: `>=1.0` that is not quoted is a redirection to a file
    /// `=1.0`.
    pub strays: Vec<Redirection>,
    /// The whole command.
    pub range: TextRange,
}

const PIP_VALUED: &[&str] = &[
    "-r",
    "--requirement",
    "--requirements",
    "-c",
    "--constraint",
    "--constraints",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--index",
    "--default-index",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--src",
    "--platform",
    "--python-version",
    "--implementation",
    "--abi",
    "--progress-bar",
    "--proxy",
    "--retries",
    "--timeout",
    "--exists-action",
    "--trusted-host",
    "--cert",
    "--client-cert",
    "--cache-dir",
    "--log",
    "--global-option",
    "--install-option",
    "-C",
    "--config-settings",
    "--config-setting",
    "--no-binary",
    "--only-binary",
    "--upgrade-strategy",
    "--use-feature",
    "--use-deprecated",
    "--report",
    "--python",
    "-p",
    "--root-user-action",
    "--keyring-provider",
    "--index-strategy",
    "--link-mode",
    "--prerelease",
    "--resolution",
    "--exclude-newer",
    "--override",
    "--overrides",
    "-b",
    "--build-constraint",
    "--group",
    "--extra",
    "-P",
    "--upgrade-package",
    "--torch-backend",
];

const CONDA_VALUED: &[&str] = &[
    "-n",
    "--name",
    "-p",
    "--prefix",
    "-c",
    "--channel",
    "-f",
    "--file",
    "--revision",
    "--solver",
    "--experimental-solver",
    "--subdir",
    "--platform",
    "--repodata-fn",
    "--clone",
    "-r",
    "--root-prefix",
    "--rc-file",
    "--category",
    "--environment-specifier",
];

const APT_VALUED: &[&str] = &[
    "-o",
    "--option",
    "-t",
    "--target-release",
    "--default-release",
    "-c",
    "--config-file",
    "-a",
    "--host-architecture",
];

impl Tool {
    const fn valued(self) -> &'static [&'static str] {
        match self {
            Self::Pip => PIP_VALUED,
            Self::Conda => CONDA_VALUED,
            Self::Apt => APT_VALUED,
        }
    }
}

impl Install {
    /// Whether an option is there by any of these names.
    #[must_use]
    pub fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|option| names.contains(&option.name.as_str()))
    }

    /// The values of an option by any of these names.
    pub fn values<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = &'a Word> {
        let named = self.options.iter().filter(move |option| names.contains(&option.name.as_str()));
        named.filter_map(|option| option.value.as_ref())
    }

    /// The lists of packages: `-r FILE` of pip, `-f FILE` of conda.
    pub fn files(&self) -> impl Iterator<Item = &Word> {
        self.values(match self.tool {
            Tool::Pip => &["-r", "--requirement", "--requirements"],
            Tool::Conda => &["-f", "--file", "--environment-specifier"],
            Tool::Apt => &[],
        })
    }

    /// The projects that are installed in place: `-e PATH` of pip.
    pub fn editables(&self) -> impl Iterator<Item = &Word> {
        self.values(if self.tool == Tool::Pip { &["-e", "--editable"] } else { &[] })
    }

    /// The package indexes of pip.
    pub fn indexes(&self) -> impl Iterator<Item = &Word> {
        self.values(match self.tool {
            Tool::Pip => &["-i", "--index-url", "--extra-index-url", "--index", "--default-index"],
            Tool::Conda | Tool::Apt => &[],
        })
    }

    /// The channels of conda.
    pub fn channels(&self) -> impl Iterator<Item = &Word> {
        self.values(if self.tool == Tool::Conda { &["-c", "--channel"] } else { &[] })
    }

    /// The environment that conda works on: its name or its path.
    #[must_use]
    pub fn environment(&self) -> Option<&Word> {
        let names: &[&str] = if self.tool == Tool::Conda { &["-n", "--name", "-p", "--prefix"] } else { &[] };
        self.options
            .iter()
            .rev()
            .find(|option| names.contains(&option.name.as_str()))
            .and_then(|option| option.value.as_ref())
    }

    /// Whether apt asks no questions.
    #[must_use]
    pub fn says_yes(&self) -> bool {
        let quiet = |option: &&Choice| matches!(option.name.as_str(), "-q" | "--quiet");
        let twice = |option: &Choice| option.value.as_ref().is_some_and(|value| value.value == "2");
        let quiet: Vec<&Choice> = self.options.iter().filter(quiet).collect();
        // As quiet as that, it asks nothing.
        self.has(&["-y", "--yes", "--assume-yes"]) || quiet.len() > 1 || quiet.into_iter().any(twice)
    }

    /// Whether apt installs what is asked for only.
    #[must_use]
    pub fn no_recommends(&self) -> bool {
        let off = |word: &Word| {
            word.value.eq_ignore_ascii_case("APT::Install-Recommends=false")
                || word.value.eq_ignore_ascii_case("APT::Install-Recommends=0")
        };
        self.has(&["--no-install-recommends"]) || self.values(&["-o", "--option"]).any(off)
    }

    /// Whether pip keeps no cache.
    #[must_use]
    pub fn no_cache(&self) -> bool {
        self.has(&["--no-cache-dir", "--no-cache", "-n"]) && self.tool == Tool::Pip
    }
}

/// What a command installs; `None` for one that installs nothing.
#[must_use]
pub fn install(command: &Command) -> Option<Install> {
    let (tool, action, front, behind) = manager(command.program())?;
    let mut out = Install {
        tool,
        action,
        packages: Vec::new(),
        options: Vec::new(),
        strays: Vec::new(),
        range: command.range,
    };
    // Options may stand on both sides of the verb: `apt-get -y install`.
    read(front, &mut out);
    read(behind, &mut out);
    let version = |redirection: &&Redirection| {
        let numeric = redirection.target.as_ref().is_some_and(|target| {
            target.value.starts_with('=') || target.value.starts_with(|c: char| c.is_ascii_digit())
        });
        redirection.descriptor.is_none() && matches!(redirection.operator, "<" | ">") && numeric
    };
    out.strays = command.redirections.iter().filter(version).cloned().collect();
    Some(out)
}

/// Reads words into packages and options.
fn read(words: &[Word], out: &mut Install) {
    let tool = out.tool;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word.value == "--" {
            out.packages.extend(words.by_ref().cloned());
        } else if word.value.starts_with("--") {
            let (name, value) = match word.value.split_once('=') {
                Some((name, _)) => (name, Some(part(word, name.len() + 1))),
                None => (word.value.as_str(), None),
            };
            let value = match value {
                None if tool.valued().contains(&name) => words.next().cloned(),
                value => value,
            };
            out.options.push(Choice { name: name.to_owned(), value, range: word.range });
        } else if word.value.len() > 1 && word.value.starts_with('-') {
            cluster(word, tool, &mut words, &mut out.options);
        } else {
            out.packages.push(word.clone());
        }
    }
}

/// `-yq`, `-r FILE`, `-rFILE`, `-t=release`.
fn cluster(word: &Word, tool: Tool, words: &mut std::slice::Iter<'_, Word>, options: &mut Vec<Choice>) {
    for (at, letter) in word.value.char_indices().skip(1) {
        let name = format!("-{letter}");
        let end = at + letter.len_utf8();
        let valued = tool.valued().contains(&name.as_str());
        let behind = word.value.get(end..).unwrap_or("");
        let value = match behind {
            _ if behind.starts_with('=') => Some(part(word, end + 1)),
            _ if !valued => None,
            "" => words.next().cloned(),
            _ => Some(part(word, end)),
        };
        options.push(Choice { name, value, range: word.range });
        if valued {
            return;
        }
        // `-o=value` of something that is not known: what follows are no letters of options.
        if behind.starts_with('=') {
            return;
        }
    }
}

/// The part of a word behind its first `from` bytes. Its range is exact where nothing in the word is
/// quoted, else it is the whole word's.
fn part(word: &Word, from: usize) -> Word {
    let exact = word.range.len() == word.value.len();
    let start = if exact { word.range.start + from } else { word.range.start };
    Word {
        value: word.value.get(from..).unwrap_or("").to_owned(),
        range: TextRange::new(start, word.range.end),
        opaque: word.opaque,
        quoted: word.quoted,
    }
}

/// A package manager, what it is told to do, and the words in front of that and behind it.
type Managed<'a> = (Tool, Action, &'a [Word], &'a [Word]);

/// Takes the package manager and what it is told to do off the front of a command.
fn manager(words: &[Word]) -> Option<Managed<'_>> {
    let mut words = words;
    // `conda run` is a prefix like `sudo`, and several may stand in a row.
    loop {
        let [first, rest @ ..] = words else { return None };
        let program = first.value.rsplit('/').next().unwrap_or("");
        let plain = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        match plain {
            "pip" => return verb(rest, Tool::Pip).filter(|(_, action, ..)| *action == Action::Install),
            "python" | "pypy" => {
                let at = rest.iter().position(|word| word.value == "-m")?;
                let options = rest.get(..at)?;
                let [module, rest @ ..] = rest.get(at + 1..)? else { return None };
                let own = options.iter().all(|word| word.value.starts_with('-') && word.value != "-c");
                if !own || module.value != "pip" {
                    return None;
                }
                return verb(rest, Tool::Pip).filter(|(_, action, ..)| *action == Action::Install);
            }
            "uv" => {
                let at = rest.iter().position(|word| !word.value.starts_with('-'))?;
                let [pip, rest @ ..] = rest.get(at..)? else { return None };
                if pip.value != "pip" {
                    return None;
                }
                return verb(rest, Tool::Pip).filter(|(_, action, ..)| *action == Action::Install);
            }
            "apt" | "apt-get" | "aptitude" => {
                return verb(rest, Tool::Apt).filter(|(_, action, ..)| *action == Action::Install);
            }
            "conda" | "mamba" | "micromamba" => {
                let (at, subcommand) = positional(rest, Tool::Conda)?;
                let behind = rest.get(at + 1..)?;
                match subcommand {
                    "env" => {
                        return verb(behind, Tool::Conda)
                            .filter(|(_, action, ..)| *action != Action::Install);
                    }
                    "run" => {
                        let (at, _) = positional(behind, Tool::Conda)?;
                        words = behind.get(at..)?;
                    }
                    _ => return verb(rest, Tool::Conda),
                }
            }
            _ => return None,
        }
    }
}

/// The first word that is neither an option nor the value of one, and its place.
fn positional(words: &[Word], tool: Tool) -> Option<(usize, &str)> {
    let mut skip = false;
    for (at, word) in words.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.value.starts_with('-') {
            skip = tool.valued().contains(&word.value.as_str());
            continue;
        }
        return Some((at, &word.value));
    }
    None
}

/// What the tool is told to do, with the options in front of the verb and the words behind it.
fn verb(words: &[Word], tool: Tool) -> Option<Managed<'_>> {
    let (at, name) = positional(words, tool)?;
    let action = match name {
        "install" => Action::Install,
        "create" if tool == Tool::Conda => Action::Create,
        "update" | "upgrade" if tool == Tool::Conda => Action::Update,
        _ => return None,
    };
    Some((tool, action, words.get(..at)?, words.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn read(text: &str) -> Install {
        parse(text).iter().find_map(install).expect("an installation")
    }

    fn values<'a>(words: impl Iterator<Item = &'a Word>) -> Vec<String> {
        words.map(|word| word.value.clone()).collect()
    }

    #[test]
    fn pip_is_read_by_all_its_names() {
        for text in [
            "pip install a",
            "pip3.10 -q install a",
            "/opt/conda/bin/python3 -u -m pip --no-cache-dir install a",
            "sudo -H pip install a",
            "uv pip install --system a",
            "conda run -n env --no-capture-output pip install a",
            "A=b $CONDA/bin/pip install -- a",
            "pip --proxy http://p install a",
        ] {
            assert_eq!(values(read(text).packages.iter()), ["a"], "{text}");
        }
        for text in [
            "pip list",
            "pip download a",
            "python -m venv a",
            "python -c pip",
            "uv sync",
            "echo pip install a",
        ] {
            assert_eq!(parse(text).iter().find_map(install), None, "{text}");
        }
    }

    #[test]
    fn options_of_pip_take_their_values() {
        let text = "pip install --no-cache-dir -U -qr a.txt -rb.txt --requirement=c.txt -e . -i https://h/s --extra-index-url https://g 'numpy>=1.0' torch==2.1 $X";
        let read = read(text);
        assert_eq!(values(read.packages.iter()), ["numpy>=1.0", "torch==2.1", "$X"]);
        assert_eq!(values(read.files()), ["a.txt", "b.txt", "c.txt"]);
        assert_eq!(values(read.editables()), ["."]);
        assert_eq!(values(read.indexes()), ["https://h/s", "https://g"]);
        assert!(read.no_cache() && read.has(&["-U"]) && read.has(&["-q"]));
        assert!(read.packages[2].opaque);
        let files: Vec<&str> = read.files().map(|file| file.range.slice(text)).collect();
        assert_eq!(files, ["a.txt", "b.txt", "c.txt"]);
    }

    #[test]
    fn versions_that_are_not_quoted_are_strays() {
        let text = "pip install numpy>=1.0 'scipy<2' pandas>2 > log 2>&1";
        let read = read(text);
        assert_eq!(values(read.packages.iter()), ["numpy", "scipy<2", "pandas"]);
        let strays: Vec<&str> = read.strays.iter().map(|stray| stray.range.slice(text)).collect();
        assert_eq!(strays, [">=1.0", ">2"]);
    }

    #[test]
    fn conda_has_channels_files_and_environments() {
        let one = read("conda install -y -c conda-forge -n base python=3.10 pip::x");
        assert_eq!(values(one.packages.iter()), ["python=3.10", "pip::x"]);
        assert_eq!(values(one.channels()), ["conda-forge"]);
        assert_eq!(one.environment().map(|word| word.value.as_str()), Some("base"));
        let two = read("conda env create --prefix=/p -f env.yml");
        assert_eq!((two.action, values(two.files())), (Action::Create, vec!["env.yml".to_owned()]));
        assert_eq!(two.environment().map(|word| word.value.as_str()), Some("/p"));
        assert_eq!(read("mamba env update --file e.yml").action, Action::Update);
        assert_eq!(read("micromamba create -n x python").action, Action::Create);
        assert_eq!(parse("conda clean -ay; conda env list; conda init").iter().find_map(install), None);
    }

    #[test]
    fn apt_has_packages_with_versions() {
        let one = read(
            "DEBIAN_FRONTEND=noninteractive apt-get -o A::B=c install -yq --no-install-recommends git=1:2 curl",
        );
        assert_eq!(values(one.packages.iter()), ["git=1:2", "curl"]);
        assert!(one.says_yes() && one.no_recommends());
        let front = read("apt-get -y -o A=b install --no-install-recommends git");
        assert!(front.says_yes() && front.no_recommends());
        assert_eq!(values(front.packages.iter()), ["git"]);
        for quiet in ["apt-get install -qq git", "apt-get -q=2 install git", "apt-get install --quiet=2 git"]
        {
            assert!(read(quiet).says_yes(), "{quiet}");
        }
        assert!(!read("apt-get install -q git").says_yes());
        let two = read("apt install git");
        assert!(!two.says_yes() && !two.no_recommends());
        assert_eq!(parse("apt-get update").iter().find_map(install), None);
    }
}
