//! From tree-sitter's tree to the owned one, without recursion.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU16;

use tree_sitter::{Language, Node as TsNode};

use super::verdict::{self, Checked};
use super::{Entry, Node, NodeKind, Problem, Yaml, mask, scalar};
use crate::comments::comments;
use crate::earlier::{Earlier, fresh};
use crate::text::TextRange;

/// Nesting deeper than this is a problem, not work.
const MAX_DEPTH: usize = 500;

/// Blocks nested deeper than this are a problem, too: tree-sitter's scanner for YAML keeps four bytes for
/// each open block in a state of 1,024 bytes, and writes past its end for more.
const MAX_BLOCKS: usize = 240;

/// More values than this, aliases resolved, are a problem: a bomb.
const MAX_NODES: usize = 200_000;

/// Where the tree ends early, reading goes on at a later line; at most so often.
const MAX_RESTARTS: usize = 64;

pub(super) fn parse(text: &str, earlier: &mut Earlier) -> Yaml {
    let text_unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let base = text.len() - text_unmarked.len();
    let masked = mask::in_yaml(text_unmarked, mask::Alone::Value);
    let mut out = Yaml { text: text.into(), ..Yaml::default() };
    let (flows, blocks) = nesting(&masked);
    if flows > MAX_DEPTH || blocks > MAX_BLOCKS {
        let message =
            format!("nested deeper than {} levels", if flows > MAX_DEPTH { MAX_DEPTH } else { MAX_BLOCKS });
        out.problems.push(Problem { message, range: TextRange::empty(0) });
        return out;
    }
    let Checked { problems, opaque, text: masked } = verdict::checked(masked, base);
    out.problems = problems;
    let mut builder = Builder {
        text,
        base,
        anchors: HashMap::new(),
        nodes: 0,
        fields: [None; 2],
        comments: Vec::new(),
        too_many: false,
        problems: Vec::new(),
    };
    out.documents = builder.documents(&masked, earlier);
    out.comments = builder.comments;
    if out.problems.is_empty() && masked.contains('\t') {
        out.problems.extend(verdict::tab(&masked, base, &opaque, &out.comments));
    }
    if out.problems.is_empty() && !mask::is_template(&masked) {
        builder.problems.sort_by_key(|problem| problem.range);
        out.problems.extend(builder.problems.into_iter().take(1));
    }
    out.comments.sort();
    if builder.too_many {
        let message = format!("more than {MAX_NODES} values, aliases resolved");
        out.problems.push(Problem { message, range: TextRange::empty(0) });
    }
    out
}

/// Upper bounds of the nesting, of brackets and of blocks: cheap, and safe to run first.
fn nesting(text: &str) -> (usize, usize) {
    let (mut flow, mut flows, mut blocks) = (0usize, 0usize, 0usize);
    // The columns at which something stands open; a list may stand at the column of its key.
    let mut columns: Vec<usize> = Vec::new();
    for line in text.lines() {
        if line.starts_with("---") {
            flow = 0;
            columns.clear();
        }
        let content = line.trim_start_matches([' ', '\t']);
        let column = line.len() - content.len();
        if !content.is_empty() {
            columns.truncate(columns.partition_point(|open| *open < column));
            columns.push(column);
        }
        // `- - - a` opens a block with every mark.
        let (mut run, mut longest, mut blank) = (0usize, 0usize, true);
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => flow += 1,
                b']' | b'}' => flow = flow.saturating_sub(1),
                _ => {}
            }
            flows = flows.max(flow);
            match byte {
                b' ' | b'\t' => blank = true,
                b'-' | b'?' | b':' if blank => {
                    run += 1;
                    longest = longest.max(run);
                    blank = false;
                }
                _ => (run, blank) = (0, false),
            }
        }
        blocks = blocks.max(2 * columns.len() + longest);
    }
    (flows, blocks)
}

struct Builder<'t> {
    text: &'t str,
    base: usize,
    /// What the anchors stand for, and how many values that is.
    anchors: HashMap<String, (Node, usize)>,
    nodes: usize,
    /// The numbers of the fields of a pair.
    fields: [Option<NonZeroU16>; 2],
    comments: Vec<TextRange>,
    too_many: bool,
    problems: Vec<Problem>,
}

/// Work that waits: a node to look at, or a collection to put together from what was built.
enum Task<'n> {
    Visit {
        node: TsNode<'n>,
        depth: usize,
    },
    Missing,
    Mapping {
        pairs: Vec<(TextRange, TextRange)>,
        range: TextRange,
        flow: bool,
        anchor: Option<String>,
        tag: Option<String>,
    },
    Sequence {
        items: usize,
        range: TextRange,
        flow: bool,
        anchor: Option<String>,
        tag: Option<String>,
    },
}

impl Builder<'_> {
    fn documents(&mut self, masked: &str, earlier: &mut Earlier) -> Vec<Option<Node>> {
        let mut documents: Vec<Option<Node>> = Vec::new();
        let language: Language = tree_sitter_yaml::LANGUAGE.into();
        self.fields = ["key", "value"].map(|name| language.field_id_for_name(name));
        let mut from = 0;
        let mut broken = false;
        for _ in 0..MAX_RESTARTS {
            let Some(rest) = masked.get(from..).filter(|rest| !rest.trim().is_empty()) else { break };
            let offset = self.base + from;
            let tree = if from == 0 { earlier.read(rest, &language) } else { fresh(rest, &language) };
            let Some(tree) = tree else { break };
            let root = tree.root_node();
            let outer = std::mem::replace(&mut self.base, offset);
            let comments = comments(root, rest).into_iter();
            self.comments
                .extend(comments.map(|found| TextRange::new(offset + found.start, offset + found.end)));
            let mut read: Vec<Option<Node>> = Vec::new();
            if root.kind() == "stream" {
                let mut cursor = root.walk();
                for child in root.children(&mut cursor) {
                    if child.kind() == "document" || child.is_error() {
                        self.anchors.clear();
                        read.push(self.build(child));
                    }
                }
            } else {
                read.push(self.build(root));
            }
            self.base = outer;
            // What was read after a break goes on with the mapping that was broken off.
            match (broken, documents.last_mut(), read.first()) {
                (true, Some(Some(last)), Some(_)) => {
                    let mut read = read.into_iter();
                    if let Some(Some(more)) = read.next() {
                        join(last, more);
                    }
                    documents.extend(read);
                }
                _ => documents.extend(read),
            }
            let end = root.end_byte();
            let ended_early = root.kind() != "stream" && !rest.get(end..).unwrap_or("").trim().is_empty();
            if !ended_early {
                break;
            }
            broken = true;
            from = match next_key_line(masked, from + end) {
                Some(at) if at > from => at,
                _ => break,
            };
        }
        documents
    }

    fn range(&self, node: TsNode<'_>) -> TextRange {
        TextRange::new(self.base + node.start_byte(), self.base + node.end_byte())
    }

    fn build(&mut self, root: TsNode<'_>) -> Option<Node> {
        let mut tasks = vec![Task::Visit { node: root, depth: 0 }];
        let mut built: Vec<Option<Node>> = Vec::new();
        while let Some(task) = tasks.pop() {
            match task {
                Task::Missing => built.push(None),
                Task::Visit { node, depth } => self.visit(node, depth, &mut tasks, &mut built),
                Task::Sequence { items, range, flow, anchor, tag } => {
                    let items = built.split_off(built.len().saturating_sub(items));
                    let items = items
                        .into_iter()
                        .map(|item| item.unwrap_or_else(|| node(range, NodeKind::Null, false)))
                        .collect();
                    let done = Node { anchor, tag, flow, ..node(range, NodeKind::Sequence(items), flow) };
                    built.push(Some(self.remember(done)));
                }
                Task::Mapping { pairs, range, flow, anchor, tag } => {
                    let parts = built.split_off(built.len().saturating_sub(2 * pairs.len()));
                    let mut entries = Vec::with_capacity(pairs.len());
                    let mut parts = parts.into_iter();
                    for (pair, colon) in pairs {
                        let key = parts.next().flatten();
                        let value = parts.next().flatten();
                        if key.is_none() && !colon.is_empty() && colon.start == pair.start {
                            self.problem("a key is missing before the colon", colon);
                        }
                        let key =
                            key.unwrap_or_else(|| node(TextRange::empty(pair.start), NodeKind::Null, flow));
                        if matches!(key.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_)) && !key.flow {
                            self.problem("a list or a mapping cannot be a key", key.range);
                        }
                        let end = value.as_ref().map_or(pair.end.max(key.range.end), |value| value.range.end);
                        entries.push(Entry { range: TextRange::new(pair.start, end), colon, key, value });
                    }
                    self.merge(&mut entries);
                    let done = Node { anchor, tag, flow, ..node(range, NodeKind::Mapping(entries), flow) };
                    built.push(Some(self.remember(done)));
                }
            }
        }
        built.pop().flatten()
    }

    fn visit<'n>(
        &mut self,
        at: TsNode<'n>,
        depth: usize,
        tasks: &mut Vec<Task<'n>>,
        built: &mut Vec<Option<Node>>,
    ) {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            self.too_many |= self.nodes > MAX_NODES;
            built.push(Some(node(self.range(at), NodeKind::Error, false)));
            return;
        }
        let (mut anchor, mut tag, mut inner) = (None, None, at);
        // Down through the wrappers: a document, a node with properties, its content.
        while matches!(inner.kind(), "document" | "block_node" | "flow_node" | "plain_scalar") {
            let mut content = None;
            let mut part = |child: TsNode<'n>| match child.kind() {
                "anchor" => anchor = self.slice(child).get(1..).map(str::to_owned),
                "tag" => tag = Some(self.slice(child).to_owned()),
                "comment" | "---" | "..." => {}
                kind if kind.ends_with("_directive") => {}
                _ => content = content.or(Some(child)),
            };
            // Most wrappers hold one thing, which needs no walk.
            match inner.child(0).filter(|_| inner.child_count() == 1) {
                Some(only) => part(only),
                None => inner.children(&mut inner.walk()).for_each(part),
            }
            match content {
                Some(content) => inner = content,
                None => break,
            }
        }
        let mut whole = if matches!(at.kind(), "document") { self.range(inner) } else { self.range(at) };
        let flow = matches!(inner.kind(), "flow_mapping" | "flow_sequence");
        let scalar_range = self.range(inner);
        let scalar = match inner.kind() {
            "single_quote_scalar" => Some(scalar::single_quoted(self.text, scalar_range)),
            "double_quote_scalar" => Some(scalar::double_quoted(self.text, scalar_range)),
            "block_scalar" => {
                let parent = parent_column(self.text, scalar_range.start);
                let block = scalar::block(self.text, scalar_range.start, Some(parent));
                whole.end = block.end;
                Some(block.scalar)
            }
            kind if kind.ends_with("_scalar") => Some(scalar::plain(self.text, scalar_range)),
            _ => None,
        };
        if let Some(scalar) = scalar {
            let done = Node { anchor, tag, ..node(whole, NodeKind::Scalar(scalar), false) };
            built.push(Some(self.remember(done)));
            return;
        }
        match inner.kind() {
            "alias" => {
                let name = self.slice(inner).get(1..).unwrap_or("").to_owned();
                let found = self.target(&name, whole);
                built.push(Some(match found {
                    Some(target) => target,
                    None => node(whole, NodeKind::Alias(name), false),
                }));
            }
            "block_mapping" | "flow_mapping" | "ERROR" => {
                self.mapping(inner, whole, depth, flow, (anchor, tag), tasks, built);
            }
            "block_sequence" | "flow_sequence" => {
                let mut cursor = inner.walk();
                let items: Vec<TsNode<'_>> = inner
                    .named_children(&mut cursor)
                    .filter(|child| child.kind() != "comment" && !child.is_error())
                    .collect();
                tasks.push(Task::Sequence { items: items.len(), range: whole, flow, anchor, tag });
                for item in items.into_iter().rev() {
                    let content =
                        if item.kind() == "block_sequence_item" { first_content(item) } else { Some(item) };
                    tasks.push(match content {
                        Some(node) => Task::Visit { node, depth: depth + 1 },
                        None => Task::Missing,
                    });
                }
            }
            "flow_pair" => {
                // A single pair in a flow list is a mapping of its own.
                let pair = self.pair(inner);
                let pairs = vec![(self.range(inner), pair.colon)];
                tasks.push(Task::Mapping { pairs, range: whole, flow: true, anchor, tag });
                pair.push(depth, tasks);
            }
            _ => built.push((anchor.is_some() || tag.is_some()).then(|| Node {
                anchor,
                tag,
                ..node(whole, NodeKind::Null, false)
            })),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one node that is half taken apart")]
    fn mapping<'n>(
        &mut self,
        inner: TsNode<'n>,
        whole: TextRange,
        depth: usize,
        flow: bool,
        (anchor, tag): (Option<String>, Option<String>),
        tasks: &mut Vec<Task<'n>>,
        built: &mut Vec<Option<Node>>,
    ) {
        // Pairs stand right below the mapping; below an error they may stand in nested wrappers.
        let mut pairs: Vec<TsNode<'n>> = Vec::new();
        let mut pending: Vec<TsNode<'n>> = vec![inner];
        while let Some(at) = pending.pop() {
            let mut cursor = at.walk();
            let children: Vec<TsNode<'n>> = at.named_children(&mut cursor).collect();
            for child in children.into_iter().rev() {
                match child.kind() {
                    "block_mapping_pair" | "flow_pair" => pairs.push(child),
                    "ERROR" | "block_mapping" | "block_node" | "document" => pending.push(child),
                    "flow_node" if flow && at.id() == inner.id() => pairs.push(child),
                    _ => {}
                }
            }
        }
        pairs.sort_by_key(tree_sitter::Node::start_byte);
        if pairs.is_empty() && inner.is_error() {
            built.push(Some(node(whole, NodeKind::Error, false)));
            return;
        }
        let parts: Vec<Pair<'n>> = pairs.iter().map(|pair| self.pair(*pair)).collect();
        let ranges = pairs.iter().zip(&parts).map(|(pair, parts)| (self.range(*pair), parts.colon)).collect();
        tasks.push(Task::Mapping { pairs: ranges, range: whole, flow, anchor, tag });
        for pair in parts.into_iter().rev() {
            pair.push(depth, tasks);
        }
    }

    /// The parts of a pair, taken apart in one go.
    fn pair<'n>(&self, node: TsNode<'n>) -> Pair<'n> {
        let mut out = Pair { colon: TextRange::empty(self.range(node).end), key: None, value: None };
        if !matches!(node.kind(), "block_mapping_pair" | "flow_pair") {
            // `{a}`: a key alone.
            out.key = Some(node);
            return out;
        }
        let [key, value] = self.fields;
        let mut cursor = node.walk();
        let mut colon = None;
        let mut more = cursor.goto_first_child();
        while more {
            let field = cursor.field_id();
            if field.is_none() {
                if colon.is_none() && cursor.node().kind() == ":" {
                    colon = Some(self.range(cursor.node()));
                }
            } else if field == key {
                out.key = out.key.or_else(|| Some(cursor.node()));
            } else if field == value {
                out.value = out.value.or_else(|| Some(cursor.node()));
            }
            more = cursor.goto_next_sibling();
        }
        out.colon = colon.unwrap_or(out.colon);
        out
    }

    fn slice(&self, node: TsNode<'_>) -> &str {
        self.range(node).slice(self.text)
    }

    fn remember(&mut self, node: Node) -> Node {
        if let Some(name) = &node.anchor
            && self.anchors.insert(name.clone(), (node.clone(), size(&node))).is_some()
        {
            let message = format!("the anchor &{name} stands here a second time");
            self.problem(message, TextRange::new(node.range.start, node.range.start + name.len() + 1));
        }
        node
    }

    fn problem(&mut self, message: impl Into<String>, range: TextRange) {
        self.problems.push(Problem { message: message.into(), range });
    }

    /// What an alias stands for; nothing is copied that would be too much.
    fn target(&mut self, name: &str, place: TextRange) -> Option<Node> {
        let (target, size) = self.anchors.get(name)?;
        if self.nodes + size > MAX_NODES {
            self.too_many = true;
            return Some(node(place, NodeKind::Error, false));
        }
        let target = target.clone();
        Some(self.resolved(target, place))
    }

    /// A copy of an anchored value for the place of an alias.
    fn resolved(&mut self, mut target: Node, place: TextRange) -> Node {
        let mut pending = vec![&mut target];
        while let Some(node) = pending.pop() {
            self.nodes += 1;
            node.range = place;
            node.resolved_alias = true;
            node.anchor = None;
            match &mut node.kind {
                NodeKind::Mapping(entries) => {
                    for entry in entries {
                        entry.range = place;
                        pending.push(&mut entry.key);
                        pending.extend(entry.value.as_mut());
                    }
                }
                NodeKind::Sequence(items) => pending.extend(items),
                _ => {}
            }
        }
        if self.nodes > MAX_NODES {
            self.too_many = true;
            return node(place, NodeKind::Error, false);
        }
        target
    }

    /// Puts the entries of `<<` into the mapping where it has no such key of its own.
    fn merge(&mut self, entries: &mut Vec<Entry>) {
        if !entries.iter().any(|entry| is_merge(&entry.key)) {
            return;
        }
        let mut merged: Vec<Entry> = Vec::new();
        let mut known: HashSet<Option<String>> =
            entries.iter().map(|entry| entry.key.as_str().map(str::to_owned)).collect();
        for entry in entries.iter().filter(|entry| is_merge(&entry.key)) {
            let Some(value) = &entry.value else {
                self.problem("<< takes a mapping, or a list of them", entry.key.range);
                continue;
            };
            let mapping = |node: &Node| matches!(node.kind, NodeKind::Mapping(_) | NodeKind::Alias(_));
            let list = matches!(value.kind, NodeKind::Sequence(_)) && value.items().iter().all(mapping);
            if !mapping(value) && !list {
                self.problem("<< takes a mapping, or a list of them", value.range);
            }
            let sources = if value.items().is_empty() { std::slice::from_ref(value) } else { value.items() };
            for source in sources {
                for inner in source.entries() {
                    if known.insert(inner.key.as_str().map(str::to_owned)) {
                        let mut copy = inner.clone();
                        copy.key = self.resolved(copy.key, entry.range);
                        copy.value = copy.value.map(|value| self.resolved(value, entry.range));
                        copy.range = entry.range;
                        merged.push(copy);
                    }
                }
            }
        }
        if !merged.is_empty() {
            entries.retain(|entry| !is_merge(&entry.key));
            entries.extend(merged);
        }
    }
}

fn node(range: TextRange, kind: NodeKind, flow: bool) -> Node {
    Node { flow, ..Node::new(range, kind) }
}

/// How many values a value is made of.
fn size(root: &Node) -> usize {
    let (mut count, mut pending) = (0, vec![root]);
    while let Some(node) = pending.pop() {
        count += 1;
        pending.extend(node.items());
        pending.extend(
            node.entries().iter().flat_map(|entry| [Some(&entry.key), entry.value.as_ref()]).flatten(),
        );
    }
    count
}

/// Quoted, it is a key like any other.
fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, NodeKind::Scalar(scalar) if scalar.value == "<<" && scalar.style == scalar::Style::Plain)
}

/// The column of the key or of the dash that a block scalar at `offset` is the value of.
pub(super) fn parent_column(text: &str, offset: usize) -> usize {
    let start = text.get(..offset).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(start..offset).unwrap_or("");
    let mut head = line.trim_end();
    while let Some(word) = head.split(' ').next_back().filter(|word| word.starts_with(['&', '!'])) {
        head = head.get(..head.len() - word.len()).unwrap_or("").trim_end();
    }
    let indicators = head.bytes().all(|byte| b" -?:".contains(&byte));
    if indicators && !head.is_empty() {
        // An item of a list, or one side of an explicit pair: its indicator is what counts.
        return head.len() - 1;
    }
    line.len() - line.trim_start_matches([' ', '-', '?']).len()
}

fn first_content(item: TsNode<'_>) -> Option<TsNode<'_>> {
    let mut cursor = item.walk();
    item.named_children(&mut cursor).find(|child| child.kind() != "comment" && !child.is_error())
}

/// A key, a colon, a value; each may be missing.
struct Pair<'n> {
    key: Option<TsNode<'n>>,
    /// Empty behind the pair where there is none.
    colon: TextRange,
    value: Option<TsNode<'n>>,
}

impl<'n> Pair<'n> {
    /// Value first, key last: tasks are taken from the end.
    fn push(self, depth: usize, tasks: &mut Vec<Task<'n>>) {
        for part in [self.value, self.key] {
            tasks.push(match part {
                Some(node) => Task::Visit { node, depth: depth + 1 },
                None => Task::Missing,
            });
        }
    }
}

/// Puts what was read behind a break into what was read before it.
fn join(before: &mut Node, after: Node) {
    if let (NodeKind::Mapping(entries), NodeKind::Mapping(more)) = (&mut before.kind, after.kind) {
        entries.extend(more);
        before.range.end = after.range.end;
    }
}

/// The next line at the left margin that looks like `key:`, from the line after `from`.
fn next_key_line(text: &str, from: usize) -> Option<usize> {
    let mut at = from + text.get(from..)?.find('\n')? + 1;
    for line in text.get(at..)?.split_inclusive('\n') {
        let is_key = line
            .starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '"' | '\''))
            && line.trim_end().find(':').is_some();
        if is_key {
            return Some(at);
        }
        at += line.len();
    }
    None
}
