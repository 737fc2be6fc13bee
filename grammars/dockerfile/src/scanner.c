// Every token of the grammar. It follows BuildKit as server/syntax/src/dockerfile does, and the tests
// hold the two together; where they differ, that parser is right.
//
// A scanner cannot look back, and between two tokens it remembers 1,024 bytes. So the token that opens
// an instruction, which has no width, reads the whole logical line ahead, and the bodies of its heredocs
// as well, and keeps what cannot be seen from inside the line: how long the keywords are, how many flags
// there are, whether the rest is an exec form, where heredoc markers stand and how long the bodies are.
// The tokens that follow only walk along. tree-sitter notes how far a token has looked, so that an edit
// anywhere in that stretch makes it read the line again: nothing else is needed to be incremental.
//
// Positions inside a line are distances in characters. `valid_symbols` is not looked at: the mode says
// what may come. Editors compile this file alone, so the rest is in headers: scan.h has the state and the
// characters, look_ahead.h what is read ahead, pieces.h how text is cut. This file walks; it is longer
// than others because there is one function for each mode, and little else.

#include "look_ahead.h"
#include "pieces.h"

// ---- the head of a file, and between instructions ----

// To the end of the line, without the CRs before it.
static void take_rest_of_line(Scan *scan) {
    while (!at_line_end(scan)) {
        if (scan->lexer->lookahead != '\r') {
            take(scan);
        } else if (!carriage_returns(scan)) {
            mark(scan);
        }
    }
}

static bool scan_comment(Scan *scan) {
    take(scan);
    take_rest_of_line(scan);
    return emit(scan, COMMENT);
}

// At `#` in the head of a file: which directive this line is, or 0. Looks ahead only.
static uint8_t directive(Scan *scan, uint8_t *escape) {
    char name[8] = {0};
    size_t length = 0;
    advance(scan);
    while (!at_line_end(scan) && is_space(scan->lexer->lookahead)) advance(scan);
    while (is_name(scan->lexer->lookahead) && scan->lexer->lookahead != '_') {
        if (length == sizeof name - 1) return 0;
        int32_t c = scan->lexer->lookahead;
        name[length++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        advance(scan);
    }
    uint8_t seen = strcmp(name, "syntax") == 0   ? SEEN_SYNTAX
                   : strcmp(name, "escape") == 0 ? SEEN_ESCAPE
                   : strcmp(name, "check") == 0  ? SEEN_CHECK
                                                 : 0;
    while (!at_line_end(scan) && is_regexp_space(scan->lexer->lookahead)) advance(scan);
    if (!seen || scan->lexer->lookahead != '=') return 0;
    advance(scan);
    bool any = false, one = false, more = false, gap = false;
    int32_t value = 0;
    while (!at_line_end(scan)) {
        int32_t c = scan->lexer->lookahead;
        any = any || c != '\r';
        if (!is_regexp_space(c)) {
            more = more || one || gap;
            one = true;
            value = c;
        } else {
            gap = one;
        }
        advance(scan);
    }
    if (seen == SEEN_ESCAPE && one && !more && (value == '\\' || value == '`')) *escape = (uint8_t)value;
    return any ? seen : 0;
}

static bool scan_file(Scan *scan) {
    State *state = scan->state;
    uint32_t lines = 0;
    while (is_space(scan->lexer->lookahead)) {
        if (scan->lexer->lookahead == '\n') lines++;
        skip(scan);
    }
    if (at_eof(scan)) {
        if (scan->count == 0) return false;
        mark(scan);
        return emit(scan, TRAILING);
    }
    if (lines > (state->head & BEHIND_DIRECTIVE ? 1u : 0u)) state->head |= HEAD_DONE;
    mark(scan);
    if (scan->lexer->lookahead == '#') {
        if (state->head & (HEAD_DONE | AGAIN)) {
            state->head = (state->head & ~AGAIN) | BEHIND_DIRECTIVE;
            return scan_comment(scan);
        }
        uint8_t escape = state->escape;
        // The mark stays before the `#`. A comment is told by a token of no width, and read next.
        uint8_t seen = directive(scan, &escape);
        if (!seen || (state->head & seen)) {
            // One that was there before is a comment, but more may come.
            state->head |= seen ? AGAIN : HEAD_DONE;
            return emit(scan, LINE_BREAK);
        }
        state->head |= seen;
        state->escape = escape;
        state->mode = IN_DIRECTIVE_MARK;
        return emit(scan, DIRECTIVE_BEGIN);
    }
    state->head |= HEAD_DONE;
    state->mode = IN_KEYWORD;
    state->place = INSIDE;
    look_ahead(scan);
    state->kind = (uint8_t)scan->scanner->levels[0].kind;
    scan->marked = 0;
    return emit(scan, BEGIN);
}

static bool scan_directive(Scan *scan) {
    State *state = scan->state;
    if (state->mode == AFTER_DIRECTIVE) {
        state->mode = IN_FILE;
        state->head |= BEHIND_DIRECTIVE;
        return emit_empty(scan, DIRECTIVE_END);
    }
    // Behind the `#` every blank is skipped, elsewhere those of ASCII.
    bool all = state->mode == IN_DIRECTIVE_NAME;
    while (!at_line_end(scan) &&
           (all ? is_space(scan->lexer->lookahead) : is_regexp_space(scan->lexer->lookahead)))
        skip(scan);
    switch (state->mode) {
    case IN_DIRECTIVE_MARK:
        take(scan);
        state->mode = IN_DIRECTIVE_NAME;
        return emit(scan, DIRECTIVE_MARK);
    case IN_DIRECTIVE_NAME:
        while (is_name(scan->lexer->lookahead) && scan->lexer->lookahead != '_') take(scan);
        state->mode = IN_DIRECTIVE_EQUALS;
        return emit(scan, DIRECTIVE_NAME);
    case IN_DIRECTIVE_EQUALS:
        take(scan);
        state->mode = IN_DIRECTIVE_VALUE;
        return emit(scan, EQUALS);
    default:
        if (at_line_end(scan)) {
            state->mode = IN_FILE;
            state->head |= BEHIND_DIRECTIVE;
            return emit_empty(scan, DIRECTIVE_END);
        }
        while (!at_line_end(scan)) {
            bool blank = is_regexp_space(scan->lexer->lookahead);
            advance(scan);
            if (!blank) mark(scan);
        }
        state->mode = AFTER_DIRECTIVE;
        return emit(scan, DIRECTIVE_VALUE);
    }
}

// ---- inside a logical line ----

static void reset(State *state) {
    State fresh = {0};
    fresh.vain = state->vain;
    fresh.escape = state->escape;
    fresh.head = state->head;
    *state = fresh;
}

// The body of a heredoc, line by line, and the line that ends it.
static bool scan_heredoc(Scan *scan) {
    State *state = scan->state;
    const Heredoc *heredocs = scan->scanner->heredocs;
    if (state->heredoc_place == BEFORE_LINE_END) {
        while (scan->lexer->lookahead != '\n' && is_space(scan->lexer->lookahead)) skip(scan);
        skip(scan);
        state->heredoc_place = AT_LINE;
        state->body = state->heredoc < state->heredocs ? heredocs[state->heredoc].lines / 2 : state->more;
    }
    bool last = state->heredoc == state->heredocs;
    if (state->body > 0) {
        bool newline = state->heredoc_place == BEHIND_LINE;
        if (scan->lexer->lookahead == '\r' && !carriage_returns(scan)) mark(scan);
        newline = newline || scan->lexer->lookahead == '\n';
        if (newline && !at_eof(scan)) {
            take(scan);
            state->heredoc_place = AT_LINE;
            state->body--;
            return emit(scan, HEREDOC_NEWLINE);
        }
        take_rest_of_line(scan);
        state->heredoc_place = BEHIND_LINE;
        // The last line of all has its line end behind the instruction.
        if (last && state->body == 1) {
            state->heredocs = 0;
            state->mode = AT_END;
        }
        return emit(scan, HEREDOC_LINE);
    }
    if (heredocs[state->heredoc].lines & 1)
        while (scan->lexer->lookahead == '\t') skip(scan);
    take_rest_of_line(scan);
    do state->heredoc++;
    while (state->heredoc < state->heredocs && heredocs[state->heredoc].lines == OPEN);
    state->heredoc_place = BEFORE_LINE_END;
    if (state->heredoc == state->heredocs && state->more == 0) {
        state->heredocs = 0;
        state->mode = AT_END;
    }
    return emit(scan, HEREDOC_END);
}

static bool end_expansion(Scan *scan) {
    scan->state->expansion = NO_EXPANSION;
    scan->state->inner_quote = scan->state->depth = 0;
    return emit_empty(scan, EXPANSION_END);
}

static bool end_word(Scan *scan) {
    State *state = scan->state;
    state->in_word = state->word_done = state->quote = state->pending = state->part = 0;
    switch (state->mode) {
    case IN_FLAG_NAME: case IN_FLAG_VALUE: case IN_MOUNT_KEY: case IN_MOUNT_VALUE:
        state->mode = IN_FLAGS;
        break;
    case IN_FROM:
        state->word = state->word == 0 ? 1 : 3;
        break;
    case IN_VALUE:
        state->mode = IN_KEY;
        break;
    case IN_OLD_KEY: case IN_OLD_VALUE:
        state->mode = AT_END;
        break;
    default:
        break;
    }
    return emit_empty(scan, WORD_END);
}

static bool is_argument_of_arg(const State *state) {
    return state->kind == ARG && (state->mode == IN_KEY || state->mode == IN_VALUE);
}

// At the end of the logical line: closes what is open, one token at a time, and goes on to the heredocs.
static bool finish(Scan *scan) {
    State *state = scan->state;
    state->pending = 0;
    if (state->expansion) return end_expansion(scan);
    if (state->string) {
        state->string = state->quote = 0;
        if (state->mode == IN_JSON_STRING) state->mode = IN_JSON;
        return emit_empty(scan, STRING_END);
    }
    // The words of an ARG have no node, and so no end.
    if (is_argument_of_arg(state)) state->in_word = state->quote = 0;
    if (state->in_word) return end_word(scan);
    if (state->mode == IN_JSON && state->part == 1) {
        state->mode = AT_END;
        return emit_empty(scan, ARRAY_END);
    }
    if (state->mode == IN_KEYWORD) {
        state->mode = AT_END;
        return emit_empty(scan, NO_KEYWORD);
    }
    if (state->heredocs > 0) {
        const Heredoc *heredocs = scan->scanner->heredocs;
        while (state->heredoc < state->heredocs && heredocs[state->heredoc].lines == OPEN) state->heredoc++;
        if (state->heredoc < state->heredocs || state->more > 0) {
            state->mode = IN_HEREDOC;
            state->marker = state->heredocs;
            return scan_heredoc(scan);
        }
        state->heredocs = 0;
    }
    if (state->level > 0) {
        state->level--;
        state->mode = AT_END;
    } else {
        reset(state);
        scan->place = INSIDE;
    }
    return emit_empty(scan, END);
}

// Takes a token whose length is known; gives false where a continuation was met, and emitted, instead.
static bool take_fixed(Scan *scan, uint32_t length) {
    uint32_t start = scan->count;
    bool escape = scan->lexer->lookahead == scan->state->escape;
    advance(scan);
    if (length <= 1) mark(scan);
    if (escape && continues(scan)) {
        emit(scan, LINE_CONTINUATION);
        return false;
    }
    while (scan->count - start < length && !at_eof(scan)) {
        advance(scan);
        if (scan->count - start == length) mark(scan);
    }
    return true;
}

static bool scan_marker(Scan *scan) {
    uint32_t length = scan->scanner->heredocs[scan->state->marker].length;
    for (uint32_t i = 0; i < length && !at_eof(scan); i++) advance(scan);
    mark(scan);
    if (scan->state->mode == IN_WORDS) scan->state->in_word = 1;
    return emit(scan, HEREDOC_MARKER);
}

static bool scan_expansion(Scan *scan, bool *done) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    *done = true;
    if (state->expansion == BEHIND_DOLLAR && c == '{') {
        take(scan);
        state->expansion = BEHIND_BRACE;
        return emit(scan, OPEN_BRACE);
    }
    if (state->expansion != IN_MODIFIER && is_name(c)) {
        while (is_name(scan->lexer->lookahead)) take(scan);
        state->expansion = state->expansion == BEHIND_DOLLAR ? NO_EXPANSION : IN_MODIFIER;
        return emit(scan, VARIABLE);
    }
    state->expansion = IN_MODIFIER;
    if (!state->pending && c == '}' && state->depth == 0) {
        take(scan);
        state->expansion = NO_EXPANSION;
        state->inner_quote = 0;
        return emit(scan, CLOSE_BRACE);
    }
    if (!state->pending && state->string && c == state->quote) return end_expansion(scan);
    *done = false;
    return false;
}

// At `:` in an image: a tag, unless a `/` follows, for then it is the port of a registry.
static bool scan_colon(Scan *scan) {
    take(scan);
    uint32_t start = scan->count;
    uint32_t depth = 0;
    while (!at_line_end(scan) && !is_blank(scan->lexer->lookahead) && scan->count - start < MAX_TAG) {
        int32_t c = scan->lexer->lookahead;
        if (c == '{') depth++;
        if (c == '}' && depth > 0) depth--;
        if (depth == 0 && (c == ':' || c == '@')) break;
        if (depth == 0 && c == '/') return emit(scan, TEXT);
        advance(scan);
    }
    scan->state->part = 1;
    return emit(scan, COLON);
}

static bool scan_from(Scan *scan) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    if (!state->in_word && c != state->escape) {
        enum Token begin;
        begins_word(state, &begin);
        mark(scan);
        uint32_t here = scan->marked;
        if (state->word == 1 && (c == 'a' || c == 'A')) {
            advance(scan);
            if (scan->lexer->lookahead == 's' || scan->lexer->lookahead == 'S') {
                advance(scan);
                if (at_line_end(scan) || is_blank(scan->lexer->lookahead)) {
                    mark(scan);
                    state->word = 2;
                    return emit(scan, AS);
                }
            }
        }
        scan->marked = here;
        state->in_word = 1;
        return emit(scan, begin);
    }
    if (state->in_word && state->word == 0 && !state->expansion) {
        if (c == ':' && state->part == 0) return scan_colon(scan);
        if (c == '@' && state->part < 2) {
            take(scan);
            state->part = 2;
            return emit(scan, AT);
        }
    }
    return scan_text(scan);
}

static bool scan_value(Scan *scan) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    if (state->pending || state->expansion) return scan_text(scan);
    if (state->quote ? c == state->quote : (c == '"' || c == '\'')) {
        take(scan);
        state->in_word = 1;
        if (!state->quote) {
            state->quote = (uint8_t)c;
            state->string = 1;
            return emit(scan, c == '"' ? OPEN_DOUBLE : OPEN_SINGLE);
        }
        // A quote that was opened in the key has no node to close.
        bool string = state->string;
        state->quote = state->string = 0;
        return emit(scan, !string ? TEXT : c == '"' ? CLOSE_DOUBLE : CLOSE_SINGLE);
    }
    return scan_text(scan);
}

static bool scan_json(Scan *scan) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    if (c == state->escape) {
        uint32_t run;
        bool blank;
        return emit(scan, take_escapes(scan, false, &run, &blank) ? LINE_CONTINUATION : TEXT);
    }
    take(scan);
    if (c == '[' && state->part == 0) {
        state->part = 1;
        return emit(scan, OPEN_BRACKET);
    }
    if (c == ']') {
        state->part = 0;
        return emit(scan, CLOSE_BRACKET);
    }
    if (c == '"') {
        state->string = 1;
        state->mode = IN_JSON_STRING;
        return emit(scan, OPEN_JSON);
    }
    return emit(scan, c == ',' ? COMMA : TEXT);
}

static bool scan_json_string(Scan *scan) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    uint32_t run = 0;
    bool blank;
    if (c == state->escape && take_escapes(scan, false, &run, &blank)) return emit(scan, LINE_CONTINUATION);
    if (!state->pending && c == '\\') {
        while (scan->lexer->lookahead == '\\') {
            take(scan);
            run++;
        }
        c = scan->lexer->lookahead;
        if (run % 2 == 0 || at_line_end(scan) || c == '\r') return emit(scan, ESCAPE_SEQUENCE);
        if (c == state->escape) {
            // It may continue the line; then what is escaped stands on the next one.
            state->pending = 1;
            return emit(scan, ESCAPE_SEQUENCE);
        }
        take(scan);
        for (int digit = 0; c == 'u' && digit < 4 && is_name(scan->lexer->lookahead); digit++) take(scan);
        return emit(scan, ESCAPE_SEQUENCE);
    }
    bool any = run > 0;
    if (!any && !state->pending && c == '"') {
        take(scan);
        state->string = 0;
        state->mode = IN_JSON;
        return emit(scan, CLOSE_JSON);
    }
    if (!any && !state->pending && c == '{') {
        take(scan);
        any = true;
        if (scan->lexer->lookahead == '{') return scan_template(scan);
    }
    if (state->pending && !any) {
        take(scan);
        any = true;
    }
    state->pending = 0;
    for (;;) {
        c = scan->lexer->lookahead;
        if (at_line_end(scan) || c == '"' || c == '\\' || c == state->escape) break;
        if (c == '\r') {
            if (carriage_returns(scan)) break;
            mark(scan);
            continue;
        }
        advance(scan);
        if (c == '{' && scan->lexer->lookahead == '{') break;
        mark(scan);
    }
    return emit(scan, TEXT);
}

// Behind the flags: the mode of the arguments, or the instruction behind ONBUILD.
static bool start_arguments(Scan *scan) {
    State *state = scan->state;
    if (state->level + 1 < state->levels) {
        state->level++;
        state->kind = (uint8_t)scan->scanner->levels[state->level].kind;
        state->mode = IN_KEYWORD;
        mark(scan);
        emit(scan, BEGIN);
        return true;
    }
    switch (state->kind) {
    case HEALTHCHECK:
        state->mode = IN_TYPE;
        break;
    case CMD: case ENTRYPOINT: case RUN: case SHELL:
        state->mode = state->exec ? IN_JSON : IN_SHELL;
        break;
    case ADD: case COPY: case VOLUME:
        state->mode = state->exec ? IN_JSON : IN_WORDS;
        break;
    case EXPOSE:
        state->mode = IN_WORDS;
        break;
    case FROM:
        state->mode = IN_FROM;
        break;
    case ENV: case LABEL:
        state->mode = state->old ? IN_OLD_KEY : IN_KEY;
        break;
    case ARG:
        state->mode = IN_KEY;
        break;
    default:
        state->mode = IN_TEXT;
        break;
    }
    return false;
}

static bool scan_flags(Scan *scan, bool *done) {
    State *state = scan->state;
    Level *level = &scan->scanner->levels[state->level];
    *done = true;
    if (level->flags > 0) {
        if (!take_fixed(scan, 1)) return true;
        level->flags--;
        if (scan->lexer->lookahead == '-') take(scan);
        static const char mount[] = "mount";
        int i = 0;
        while (mount[i] && scan->lexer->lookahead == mount[i]) {
            advance(scan);
            i++;
        }
        int32_t c = scan->lexer->lookahead;
        state->mount = !mount[i] && (at_line_end(scan) || c == '=' || is_space(c));
        state->in_word = 1;
        state->mode = IN_FLAG_NAME;
        return emit(scan, state->mount ? MOUNT_DASHES : DASHES);
    }
    if (level->dashes > 0) {
        if (!take_fixed(scan, level->dashes)) return true;
        level->dashes = 0;
        return emit(scan, END_OF_OPTIONS);
    }
    *done = start_arguments(scan);
    return *done;
}

static bool scan_key(Scan *scan) {
    State *state = scan->state;
    int32_t c = scan->lexer->lookahead;
    if (c == '=') {
        take(scan);
        state->in_word = 1;
        state->mode = IN_VALUE;
        state->pending = 0;
        return emit(scan, EQUALS);
    }
    bool quoted = !state->in_word && c == '"';
    if (!scan_text(scan)) return false;
    if (quoted && scan->lexer->result_symbol == KEY) scan->lexer->result_symbol = QUOTED_KEY;
    return true;
}

// One token of a logical line.
static bool scan_line(Scan *scan) {
    State *state = scan->state;
    bool verbatim = state->quote || state->inner_quote || state->mode == IN_JSON_STRING;
    mark(scan);
    if (state->place == AFTER_COMMENT) {
        if (!take_blank_lines(scan)) return finish(scan);
        state->place = LINE_START;
        return emit(scan, LINE_BREAK);
    }
    if (state->word_done) return state->expansion ? end_expansion(scan) : end_word(scan);
    if (state->place == LINE_START || !verbatim) {
        while (scan->lexer->lookahead != '\n' && is_space(scan->lexer->lookahead)) {
            scan->lead = scan->lead || ends_word(state, scan->lexer->lookahead);
            skip(scan);
        }
        if (at_line_end(scan)) return finish(scan);
        if (state->place == LINE_START && scan->lexer->lookahead == '#') {
            state->place = AFTER_COMMENT;
            return scan_comment(scan);
        }
        state->place = INSIDE;
    } else if (at_line_end(scan)) {
        return finish(scan);
    } else if (scan->lexer->lookahead == '\r') {
        if (carriage_returns(scan)) return finish(scan);
        mark(scan);
        return emit(scan, name_of_text(state));
    }
    if (scan->lead && state->in_word) {
        if (state->expansion) return end_expansion(scan);
        if (is_argument_of_arg(state)) {
            state->in_word = state->pending = 0;
            state->mode = IN_KEY;
        } else if (state->mode == IN_OLD_KEY) {
            state->mode = IN_OLD_VALUE;
        } else {
            return end_word(scan);
        }
    }
    bool done = false;
    if (state->expansion) {
        scan_expansion(scan, &done);
        if (done) return true;
    }
    if (state->mode == IN_FLAGS) {
        scan_flags(scan, &done);
        if (done) return true;
    }
    int32_t c = scan->lexer->lookahead;
    const Level *level = &scan->scanner->levels[state->level];
    switch (state->mode) {
    case IN_KEYWORD:
        if (!take_fixed(scan, level->keyword)) return true;
        state->mode = IN_FLAGS;
        return emit(scan, (enum Token)level->kind);
    case IN_TYPE: {
        if (!take_fixed(scan, state->type)) return true;
        enum Token type = state->word == 1 ? CMD_TYPE : state->word == 2 ? NONE_TYPE : OTHER_TYPE;
        state->mode = state->exec ? IN_JSON : IN_SHELL;
        return emit(scan, type);
    }
    case IN_FLAG_NAME:
        if (c != '=' || state->pending) break;
        take(scan);
        state->mode = state->mount ? IN_MOUNT_KEY : IN_FLAG_VALUE;
        return emit(scan, EQUALS);
    case IN_MOUNT_KEY: case IN_MOUNT_VALUE:
        if (state->pending || state->expansion || (c != ',' && (c != '=' || state->mode == IN_MOUNT_VALUE))) break;
        take(scan);
        state->mode = c == ',' ? IN_MOUNT_KEY : IN_MOUNT_VALUE;
        return emit(scan, c == ',' ? COMMA : MOUNT_EQUALS);
    case IN_FROM:
        return scan_from(scan);
    case IN_SHELL: case IN_WORDS:
        // A blank beyond ASCII ends a word of the lexer, and the marker behind it may stand in an expansion.
        if (at_marker(scan)) return state->expansion ? end_expansion(scan) : scan_marker(scan);
        break;
    case IN_TEXT:
        if (c != ':' || state->kind != USER || state->part != 0 || state->expansion) break;
        take(scan);
        state->part = 1;
        return emit(scan, COLON);
    case IN_KEY:
        return scan_key(scan);
    case IN_VALUE:
        return scan_value(scan);
    case IN_JSON:
        return scan_json(scan);
    case IN_JSON_STRING:
        return scan_json_string(scan);
    case AT_END:
        return finish(scan);
    default:
        break;
    }
    return scan_text(scan);
}

// ---- what tree-sitter calls ----

// The levels and heredocs that are still needed must fit beside the state. Only a line with at most one
// ONBUILD has heredocs.
#define FITS(size) ((size) <= TREE_SITTER_SERIALIZATION_BUFFER_SIZE)
typedef char state_fits[FITS(sizeof(State) + MAX_LEVELS * sizeof(Level)) &&
                                FITS(sizeof(State) + 2 * sizeof(Level) + MAX_HEREDOCS * sizeof(Heredoc))
                            ? 1
                            : -1];

void *tree_sitter_dockerfile_external_scanner_create(void) { return ts_calloc(1, sizeof(Scanner)); }

void tree_sitter_dockerfile_external_scanner_destroy(void *payload) { ts_free(payload); }

unsigned tree_sitter_dockerfile_external_scanner_serialize(void *payload, char *buffer) {
    const Scanner *scanner = payload;
    const State *state = &scanner->state;
    unsigned size = 0;
#define WRITE(from, length) (memcpy(buffer + size, from, length), size += (unsigned)(length))
    WRITE(state, sizeof *state);
    WRITE(scanner->levels + state->level, (size_t)(state->levels - state->level) * sizeof(Level));
    WRITE(scanner->heredocs, state->heredocs * sizeof(Heredoc));
#undef WRITE
    return size;
}

void tree_sitter_dockerfile_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    Scanner *scanner = payload;
    State *state = &scanner->state;
    memset(state, 0, sizeof *state);
    state->escape = '\\';
    if (length < sizeof *state) return;
    memcpy(state, buffer, sizeof *state);
    buffer += sizeof *state;
    size_t levels = (size_t)(state->levels - state->level) * sizeof(Level);
    memcpy(scanner->levels + state->level, buffer, levels);
    memcpy(scanner->heredocs, buffer + levels, state->heredocs * sizeof(Heredoc));
}

bool tree_sitter_dockerfile_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
    (void)valid_symbols;
    Scanner *scanner = payload;
    Scan scan = {scanner, &scanner->state, lexer, 0, 0, false, scanner->state.place};
    switch (scanner->state.mode) {
    case IN_FILE:
        return scan_file(&scan);
    case IN_DIRECTIVE_MARK: case IN_DIRECTIVE_NAME: case IN_DIRECTIVE_EQUALS: case IN_DIRECTIVE_VALUE:
    case AFTER_DIRECTIVE:
        return scan_directive(&scan);
    case IN_HEREDOC:
        return scan_heredoc(&scan);
    default:
        return scan_line(&scan);
    }
}
