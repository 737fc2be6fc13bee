//! The lines that an instruction goes on in, and which of them may begin further to the left or right
//! without another word coming out: those at whose beginning words are separated anyhow.

use super::super::{Dockerfile, Form, Instruction, Kind};
use super::{has_words, innermost};
use crate::text::TextRange;

/// Where the lines begin that may be moved.
pub(super) fn movable(text: &str, tree: &Dockerfile, found: &Instruction) -> Vec<usize> {
    // Another shell has other quotes, and where the escape is another, so most likely is the shell.
    if tree.escape.unwrap_or('\\') != '\\' || !has_words(found) || has_foreign_shell(tree) {
        return Vec::new();
    }
    let inner = innermost(found);
    let shell = matches!(inner.kind, Some(Kind::Run | Kind::Cmd | Kind::Entrypoint | Kind::Healthcheck))
        && inner.form == Form::Shell;
    let mut seams = Vec::new();
    let whole = TextRange::new(found.range.start, found.last_line.end);
    let mut at = whole.start;
    for line in whole.slice(text).split_inclusive('\n') {
        let dropped = line.trim().is_empty() || line.trim_start().starts_with('#');
        if at > whole.start
            && !dropped
            && let Some(joined) = found.logical.joined(at)
        {
            seams.push((joined, at));
        }
        at += line.len();
    }
    let places: Vec<usize> = seams.iter().map(|(joined, _)| *joined).collect();
    let separated = separated(&found.logical.text, &places, shell);
    seams.into_iter().zip(separated).filter(|(_, separated)| *separated).map(|((_, at), _)| at).collect()
}

fn has_foreign_shell(tree: &Dockerfile) -> bool {
    let shells = tree.instructions.iter().filter(|found| innermost(found).kind == Some(Kind::Shell));
    shells.into_iter().any(|found| {
        let program = innermost(found).arguments.first().map(|word| word.value.as_str());
        let name = program.and_then(|program| program.rsplit('/').next());
        !matches!(name, Some("sh" | "bash" | "dash" | "ash" | "zsh"))
    })
}

/// What is open in shell text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Single,
    Ansi,
    Double,
    Brace,
    Backquotes,
    Parenthesis,
}

/// For each of some places of a joined text, in order, whether words are separated there: nothing is
/// quoted, and a blank that no escape stands in front of is on one of its sides.
fn separated(text: &str, places: &[usize], shell: bool) -> Vec<bool> {
    let mut out = Vec::new();
    let mut places = places.iter().copied().peekable();
    let mut open: Vec<Open> = Vec::new();
    let (mut blank, mut comment) = (false, false);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        while let Some(place) = places.next_if(|place| *place <= at) {
            let quoted = open.iter().any(|frame| *frame != Open::Parenthesis) || comment || place < at;
            out.push(!quoted && (blank || matches!(c, ' ' | '\t')));
        }
        let was_blank = std::mem::replace(
            &mut blank,
            matches!(c, ' ' | '\t') && open.last().is_none_or(|frame| *frame == Open::Parenthesis),
        );
        if comment {
            continue;
        }
        match (open.last().copied(), c) {
            (Some(Open::Single | Open::Ansi), '\'') => drop(open.pop()),
            (Some(Open::Single), _) => {}
            (_, '\\') => {
                chars.next();
            }
            (Some(Open::Ansi), _) => {}
            (Some(Open::Double), '"') => drop(open.pop()),
            (Some(Open::Brace), '}') => drop(open.pop()),
            (Some(Open::Backquotes), '`') => drop(open.pop()),
            (Some(Open::Parenthesis), ')') => drop(open.pop()),
            (_, '"') => open.push(Open::Double),
            (frame, '\'') if frame != Some(Open::Double) => open.push(Open::Single),
            _ if !shell => {}
            (_, '`') => open.push(Open::Backquotes),
            (_, '$') => match chars.peek() {
                Some((_, '{')) => {
                    chars.next();
                    open.push(Open::Brace);
                }
                Some((_, '(')) => {
                    chars.next();
                    open.push(Open::Parenthesis);
                }
                Some((_, '\'')) if open.last() != Some(&Open::Double) => {
                    chars.next();
                    open.push(Open::Ansi);
                }
                _ => {}
            },
            (None | Some(Open::Parenthesis), '(') => open.push(Open::Parenthesis),
            (None | Some(Open::Parenthesis), '#') if was_blank => comment = true,
            _ => {}
        }
    }
    out.extend(places.map(|_| false));
    out
}

#[cfg(test)]
mod tests {
    use super::separated;

    /// Whether words are separated at each `|` of the text, which is taken out.
    fn shown(marked: &str, shell: bool) -> Vec<bool> {
        let places: Vec<usize> =
            marked.match_indices('|').enumerate().map(|(number, (at, _))| at - number).collect();
        separated(&marked.replace('|', ""), &places, shell)
    }

    #[test]
    fn words_are_separated_where_nothing_is_quoted() {
        assert_eq!(shown("RUN a |b|c|  d", true), [true, false, true]);
        assert_eq!(shown("RUN 'a |b' \"c |d\" |e", true), [false, false, true]);
        assert_eq!(shown("RUN a\\ |b \\|  c", true), [false, false]);
        assert_eq!(shown("RUN $(a |b \"$(c |d)\") |e", true), [true, false, true]);
        assert_eq!(shown("RUN ${a:- |b} `c |d` |e", true), [false, false, true]);
        assert_eq!(shown("RUN $'it\\'s |a' |b # don't |c", true), [false, true, false]);
        assert_eq!(shown("RUN case x in a) |b;; esac |c", true), [true, true]);
        assert_eq!(shown("ENV A=$(|b |c=d", false), [false, true]);
        assert_eq!(shown("RUN a|", true), [false]);
    }
}
