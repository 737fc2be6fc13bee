//! Completion: what the core proposes, in the form that the client can take. What is long to say is said
//! when the client asks for it, if it can do that.

use std::sync::Arc;

use amlenv_analysis::{Completion, CompletionKind, Completions, FilePath, Topic, Workspace, completions};
use serde_json::Value;
use tower_lsp_server::ls_types as lsp;

use super::state::{Shared, Snapshot};
use super::{catalogue, proto};
use crate::disk;

/// The characters that ask for proposals by themselves.
const TRIGGERS: [&str; 14] = [":", "/", " ", "\"", "'", "@", ".", "-", "=", "$", "{", "[", ",", "("];

/// So often what is missing is looked up on the disk: a folder, then what the files in it say.
const ROUNDS: usize = 4;

/// What the client can do with proposals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Abilities {
    snippets: bool,
    commit_characters: bool,
    /// Whether it asks for the documentation of one proposal at a time.
    lazy: bool,
    tags: bool,
    deprecated: bool,
    as_is: bool,
    markdown: bool,
}

impl Abilities {
    /// What a client says of itself.
    pub(crate) fn of(client: &lsp::ClientCapabilities) -> Self {
        let document = client.text_document.as_ref();
        let item = document.and_then(|document| document.completion.as_ref()?.completion_item.as_ref());
        let Some(item) = item else { return Self::default() };
        let lazy = item.resolve_support.as_ref();
        let tags = item.tag_support.as_ref();
        let modes = item.insert_text_mode_support.as_ref();
        Self {
            snippets: item.snippet_support.unwrap_or(false),
            commit_characters: item.commit_characters_support.unwrap_or(false),
            lazy: lazy.is_some_and(|lazy| lazy.properties.iter().any(|name| name == "documentation")),
            tags: tags.is_some_and(|tags| tags.value_set.contains(&lsp::CompletionItemTag::DEPRECATED)),
            deprecated: item.deprecated_support.unwrap_or(false),
            as_is: modes.is_some_and(|modes| modes.value_set.contains(&lsp::InsertTextMode::AS_IS)),
            markdown: item
                .documentation_format
                .as_ref()
                .is_some_and(|kinds| kinds.contains(&lsp::MarkupKind::Markdown)),
        }
    }
}

/// What the server offers.
pub(super) fn provider() -> lsp::CompletionOptions {
    lsp::CompletionOptions {
        trigger_characters: Some(TRIGGERS.map(str::to_owned).to_vec()),
        resolve_provider: Some(true),
        ..lsp::CompletionOptions::default()
    }
}

/// The proposals at a position.
pub(super) fn complete(
    shared: &Arc<Shared>,
    snapshot: &Snapshot,
    at: &lsp::TextDocumentPositionParams,
) -> Option<lsp::CompletionResponse> {
    let (path, offset) = snapshot.locate(&at.text_document.uri, at.position)?;
    let (workspace, pending) = catalogue::for_completion(shared, snapshot, &path, offset);
    let found = with_disk(workspace, &path, offset);
    Some(lsp::CompletionResponse::List(lsp::CompletionList {
        is_incomplete: found.incomplete || pending,
        items: found.items.into_iter().filter_map(|found| item(snapshot, found)).collect(),
    }))
}

/// The proposals, with what the disk knows of the paths that they ask for.
fn with_disk(mut workspace: Workspace, path: &FilePath, offset: usize) -> Completions {
    let mut found = completions(&workspace, path, offset);
    for _ in 0..ROUNDS {
        if found.wants.is_empty() {
            break;
        }
        // What is open is in the workspace already.
        disk::tell(&mut workspace, std::mem::take(&mut found.wants), &|_| None);
        found = completions(&workspace, path, offset);
    }
    found
}

fn item(snapshot: &Snapshot, found: Completion) -> Option<lsp::CompletionItem> {
    let abilities = snapshot.abilities.completion;
    let range = proto::range(snapshot, &found.edit.file, found.edit.range);
    if range.start.line != range.end.line {
        // The protocol takes only edits of one line.
        return None;
    }
    let snippet = found.snippet.filter(|_| abilities.snippets);
    let is_snippet = snippet.is_some();
    let new_text = snippet.unwrap_or(found.edit.text);
    let multiline = new_text.contains('\n');
    let documentation = match (&found.documentation, &found.topic) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(topic)) if !abilities.lazy => topic.markdown(),
        _ => None,
    };
    let topic = found.topic.filter(|_| abilities.lazy && documentation.is_none());
    let deprecated = found.deprecated;
    Some(lsp::CompletionItem {
        label: found.label,
        kind: Some(kind(found.kind)),
        detail: found.detail,
        documentation: documentation.map(|text| said(snapshot, text)),
        deprecated: (deprecated && abilities.deprecated && !abilities.tags).then_some(true),
        tags: (deprecated && abilities.tags).then(|| vec![lsp::CompletionItemTag::DEPRECATED]),
        filter_text: Some(found.filter),
        sort_text: Some(found.sort),
        insert_text_format: is_snippet.then_some(lsp::InsertTextFormat::SNIPPET),
        insert_text_mode: (multiline && abilities.as_is).then_some(lsp::InsertTextMode::AS_IS),
        text_edit: Some(lsp::CompletionTextEdit::Edit(lsp::TextEdit { range, new_text })),
        commit_characters: (abilities.commit_characters && !found.commit.is_empty())
            .then(|| found.commit.iter().map(|c| (*c).to_owned()).collect()),
        data: topic.map(|topic| Value::String(topic.key())),
        ..lsp::CompletionItem::default()
    })
}

/// The proposal with its documentation. One that is not ours comes back as it is.
pub(super) fn resolve(snapshot: &Snapshot, item: lsp::CompletionItem) -> lsp::CompletionItem {
    let topic = item.data.as_ref().and_then(Value::as_str).and_then(Topic::from_key);
    match topic.and_then(|topic| topic.markdown()) {
        Some(text) => lsp::CompletionItem { documentation: Some(said(snapshot, text)), ..item },
        None => item,
    }
}

fn said(snapshot: &Snapshot, text: String) -> lsp::Documentation {
    lsp::Documentation::MarkupContent(if snapshot.abilities.completion.markdown {
        proto::markdown(text)
    } else {
        lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value: proto::plain(&text) }
    })
}

const fn kind(kind: CompletionKind) -> lsp::CompletionItemKind {
    match kind {
        CompletionKind::Image | CompletionKind::Package => lsp::CompletionItemKind::MODULE,
        CompletionKind::Tag => lsp::CompletionItemKind::CONSTANT,
        CompletionKind::Environment => lsp::CompletionItemKind::REFERENCE,
        CompletionKind::Keyword => lsp::CompletionItemKind::KEYWORD,
        CompletionKind::Property => lsp::CompletionItemKind::PROPERTY,
        CompletionKind::Value => lsp::CompletionItemKind::VALUE,
        CompletionKind::Path => lsp::CompletionItemKind::FILE,
        CompletionKind::Folder => lsp::CompletionItemKind::FOLDER,
        CompletionKind::Stage => lsp::CompletionItemKind::CLASS,
        CompletionKind::Variable => lsp::CompletionItemKind::VARIABLE,
        CompletionKind::Function => lsp::CompletionItemKind::FUNCTION,
        CompletionKind::Snippet => lsp::CompletionItemKind::SNIPPET,
        CompletionKind::Rule => lsp::CompletionItemKind::ENUM_MEMBER,
    }
}
