// How text is cut into tokens: by blanks, quotes, escapes, expansions and placeholders, as the mode says.
// See scanner.c.

#ifndef DOCKERFILE_PIECES_H_
#define DOCKERFILE_PIECES_H_

#include "scan.h"

// How a piece of text is cut. What ends a word is said by the mode (`ends_word`).
typedef struct {
    enum { QUOTES_ARE_TEXT, QUOTES_SPAN, QUOTES_END } quotes; // SPAN: blanks inside do not end the word
    enum {
        ESCAPE_IS_TEXT,  // nothing more
        ESCAPE_HIDES,    // the next character is text
        ESCAPE_SPANS,    // the next character is text, and if it is a blank it does not end the word
        ESCAPE_ENDS,     // an escape sequence is a token of its own
    } escape;
    const char *stops; // ASCII characters that end the piece
    bool dollar;       // whether an expansion ends it
    bool template;     // whether a template placeholder does
    bool modifier;     // the text inside `${…}`: braces are counted
} Rules;

enum Ends { NOTHING_ENDS, BLANK_ENDS, SPACE_ENDS, FLAG_SPACE_ENDS };

static enum Ends what_ends_a_word(const State *state) {
    switch (state->mode) {
    case IN_FLAG_NAME: case IN_FLAG_VALUE: case IN_MOUNT_KEY: case IN_MOUNT_VALUE:
        return FLAG_SPACE_ENDS;
    case IN_FROM: case IN_WORDS: case IN_OLD_KEY:
        return BLANK_ENDS;
    case IN_KEY: case IN_VALUE:
        return SPACE_ENDS;
    default:
        return NOTHING_ENDS;
    }
}

static bool ends_word(const State *state, int32_t c) {
    bool rest;
    if (state->quote || state->inner_quote) return false;
    switch (what_ends_a_word(state)) {
    case FLAG_SPACE_ENDS:
        return c < 0x80 ? is_space(c) : splits_flag(c, &rest);
    case BLANK_ENDS:
        return is_blank(c);
    case SPACE_ENDS:
        return is_space(c);
    default:
        return false;
    }
}

static Rules rules_of(const State *state) {
    Rules rules = {QUOTES_ARE_TEXT, ESCAPE_HIDES, "", true, true, false};
    switch (state->mode) {
    case IN_FLAG_NAME: case IN_FLAG_VALUE: case IN_MOUNT_KEY: case IN_MOUNT_VALUE:
        rules.quotes = QUOTES_SPAN;
        rules.escape = ESCAPE_SPANS;
        if (state->mode == IN_FLAG_NAME) rules.stops = "=";
        if (state->mode == IN_MOUNT_KEY) rules.stops = "=,";
        if (state->mode == IN_MOUNT_VALUE) rules.stops = ",";
        rules.dollar = rules.template = state->mode != IN_FLAG_NAME;
        break;
    case IN_KEY:
        rules = (Rules){QUOTES_SPAN, ESCAPE_SPANS, "=", false, false, false};
        if (state->quote == '\'') rules.escape = ESCAPE_IS_TEXT;
        break;
    case IN_OLD_KEY:
        rules = (Rules){QUOTES_ARE_TEXT, ESCAPE_IS_TEXT, "", false, false, false};
        break;
    case IN_VALUE:
        rules.quotes = QUOTES_END;
        rules.escape = ESCAPE_ENDS;
        if (state->quote == '\'') {
            rules.escape = ESCAPE_IS_TEXT;
            rules.dollar = false;
        }
        break;
    case IN_FROM:
        if (state->word == 0) rules.stops = state->part == 0 ? ":@" : state->part == 1 ? "@" : "";
        break;
    case IN_TEXT:
        rules.dollar = state->kind == USER || state->kind == WORKDIR || state->kind == STOPSIGNAL;
        if (state->kind == USER && state->part == 0) rules.stops = ":";
        break;
    case IN_SHELL:
        rules.escape = ESCAPE_IS_TEXT;
        rules.dollar = false;
        break;
    default:
        break;
    }
    if (state->expansion) {
        rules.stops = "";
        rules.dollar = rules.template = false;
        rules.modifier = true;
        if (rules.escape == ESCAPE_ENDS) rules.escape = ESCAPE_SPANS;
        if (rules.quotes == QUOTES_END && !state->quote) rules.quotes = QUOTES_SPAN;
    }
    return rules;
}

static inline bool starts_expansion(int32_t c) { return c == '{' || is_name(c); }

// Behind a single escape: takes the rest, and the blank lines behind it, if it continues the line.
static bool continues(Scan *scan) {
    if (scan->lexer->lookahead == scan->state->escape) return false;
    while (scan->lexer->lookahead == ' ' || scan->lexer->lookahead == '\t') advance(scan);
    if (!carriage_returns(scan)) return false;
    take_blank_lines(scan);
    scan->state->place = LINE_START;
    return true;
}

// At escapes at the start of a token: takes the whole run, for a scanner cannot look back to see what
// stands before an escape. Gives true, and marks the end, if it is one that continues the line; else the
// end is marked behind the run, or behind the blank that a single one escapes.
static bool take_escapes(Scan *scan, bool blank_too, uint32_t *run, bool *blank) {
    *run = 0;
    *blank = false;
    while (scan->lexer->lookahead == scan->state->escape) {
        advance(scan);
        ++*run;
    }
    mark(scan);
    int32_t c = scan->lexer->lookahead;
    if (*run != 1 || !(at_line_end(scan) || c == ' ' || c == '\t' || c == '\r')) return false;
    *blank = !at_line_end(scan);
    if (*blank && blank_too) take(scan);
    if (!(blank_too && c == '\r')) return continues(scan);
    // Behind a CR only CRs may follow.
    if (!carriage_returns(scan)) return false;
    take_blank_lines(scan);
    scan->state->place = LINE_START;
    return true;
}

// Takes a piece of text; gives whether there was any. `any` says that some was taken already.
static bool take_piece(Scan *scan, const Rules *rules, bool any) {
    State *state = scan->state;
    uint8_t *quote = rules->modifier && rules->quotes == QUOTES_SPAN && state->mode == IN_VALUE
                         ? &state->inner_quote
                         : &state->quote;
    for (;;) {
        if (at_line_end(scan) || at_marker(scan)) return any;
        int32_t c = scan->lexer->lookahead;
        if (c == state->escape) {
            if (rules->escape == ESCAPE_ENDS) return any;
            uint32_t run = 0;
            while (scan->lexer->lookahead == state->escape) {
                advance(scan);
                run++;
            }
            c = scan->lexer->lookahead;
            bool blank = at_line_end(scan) || c == ' ' || c == '\t' || c == '\r';
            // It may continue the line: that is for the next token to say.
            if (run == 1 && blank && any) return true;
            mark(scan);
            any = true;
            state->pending = 0;
            if (run % 2 == 1 && rules->escape == ESCAPE_SPANS) state->pending = 1;
            if (run % 2 == 1 && rules->escape == ESCAPE_HIDES && !blank && !is_space(c)) take(scan);
            continue;
        }
        if (state->pending) {
            take(scan);
            state->pending = 0;
            any = true;
            // The first byte of a longer character is escaped, not the character.
            if (what_ends_a_word(state) == FLAG_SPACE_ENDS && c >= 0x80 && ends_word(state, c)) {
                state->word_done = 1;
                return true;
            }
            continue;
        }
        if (ends_word(state, c)) {
            if (c >= 0x80 && what_ends_a_word(state) == FLAG_SPACE_ENDS) {
                take(scan);
                state->word_done = 1;
                return true;
            }
            return any;
        }
        if (is_one_of(c, rules->stops)) return any;
        if (c == '\r') {
            if (carriage_returns(scan)) return any;
            if (*quote) {
                mark(scan);
                any = true;
            }
            continue;
        }
        if (is_space(c) && what_ends_a_word(state) == NOTHING_ENDS) {
            advance(scan);
            continue;
        }
        if ((c == '"' || c == '\'') && rules->quotes != QUOTES_ARE_TEXT && (!*quote || *quote == c)) {
            if (rules->quotes == QUOTES_END) return any;
            *quote = *quote ? 0 : (uint8_t)c;
            take(scan);
            any = true;
            continue;
        }
        if (rules->modifier && c == '}') {
            if (state->depth == 0) return any;
            state->depth--;
        }
        if (rules->modifier && c == '{' && state->depth < UINT8_MAX) state->depth++;
        if (c == '$' && rules->dollar) {
            advance(scan);
            if (starts_expansion(scan->lexer->lookahead) && any) return true;
            mark(scan);
            any = true;
            continue;
        }
        if (c == '{' && rules->template) {
            advance(scan);
            if (scan->lexer->lookahead == '{' && any) return true;
            mark(scan);
            any = true;
            continue;
        }
        take(scan);
        any = true;
    }
}

// At `{{`: a placeholder, or only the braces as text.
static bool scan_template(Scan *scan) {
    State *state = scan->state;
    while (scan->lexer->lookahead == '{') advance(scan);
    mark(scan);
    uint32_t start = scan->count;
    int32_t before = 0;
    while (!at_line_end(scan) && !at_marker(scan) && scan->count - start < MAX_TEMPLATE) {
        int32_t c = scan->lexer->lookahead;
        if (ends_word(state, c) || (before == '{' && c == '{')) break;
        if (state->mode == IN_VALUE && (c == '"' || c == '\'')) break;
        if (state->mode == IN_JSON_STRING && c == '"') break;
        advance(scan);
        if (before == '}' && c == '}') {
            while (scan->lexer->lookahead == '}') advance(scan);
            mark(scan);
            return emit(scan, TEMPLATE);
        }
        before = c;
    }
    return emit(scan, TEXT);
}

static void enter_word(State *state) {
    if (state->mode != IN_SHELL && state->mode != IN_TEXT) state->in_word = 1;
}

// What the text of a mode is called.
static enum Token name_of_text(const State *state) {
    if (state->expansion) return EXPANSION_MODIFIER;
    switch (state->mode) {
    case IN_FLAG_NAME:
        return PARAM_NAME;
    case IN_MOUNT_KEY: case IN_KEY: case IN_OLD_KEY:
        return KEY;
    default:
        return TEXT;
    }
}

// Whether the mode puts a token of no width before a word, and which.
static bool begins_word(const State *state, enum Token *token) {
    if (state->in_word) return false;
    if (state->mode != IN_FROM) return false;
    *token = state->word == 0 ? IMAGE_BEGIN : state->word == 2 ? ALIAS_BEGIN : WORD_BEGIN;
    return true;
}

// Escapes at the start of a token of text. Gives whether they are the token; else the piece goes on.
static bool scan_escapes(Scan *scan, const Rules *rules, enum Token token) {
    State *state = scan->state;
    enum Token begin;
    if (begins_word(state, &begin)) {
        // Marked here: where the line does not go on, the word begins with no width before it.
        mark(scan);
        uint32_t here = scan->marked;
        advance(scan);
        if (continues(scan)) return emit(scan, LINE_CONTINUATION);
        scan->marked = here;
        state->in_word = 1;
        return emit(scan, begin);
    }
    uint32_t run;
    bool blank;
    if (take_escapes(scan, rules->escape == ESCAPE_SPANS || rules->escape == ESCAPE_ENDS, &run, &blank))
        return emit(scan, LINE_CONTINUATION);
    enter_word(state);
    bool hides = run % 2 == 1 && !blank && !at_line_end(scan) && scan->lexer->lookahead != '\r';
    if (rules->escape == ESCAPE_ENDS) {
        if (hides) take(scan);
        return emit(scan, ESCAPE_SEQUENCE);
    }
    state->pending = 0;
    if (blank && what_ends_a_word(state) != NOTHING_ENDS) return emit(scan, token);
    if (run % 2 == 1 && !blank && rules->escape == ESCAPE_SPANS) state->pending = 1;
    if (hides && rules->escape == ESCAPE_HIDES && !is_space(scan->lexer->lookahead)) take(scan);
    return false;
}

// A piece of text, an expansion's dollar, a template: at a character that is none of the mode's own.
static bool scan_text(Scan *scan) {
    State *state = scan->state;
    Rules rules = rules_of(state);
    enum Token token = name_of_text(state);
    int32_t c = scan->lexer->lookahead;
    bool any = true;
    if (c == state->escape) {
        if (scan_escapes(scan, &rules, token)) return true;
    } else if (!state->pending && c == '$' && rules.dollar) {
        take(scan);
        if (starts_expansion(scan->lexer->lookahead)) {
            state->expansion = BEHIND_DOLLAR;
            enter_word(state);
            return emit(scan, DOLLAR);
        }
    } else if (!state->pending && c == '{' && rules.template) {
        take(scan);
        if (scan->lexer->lookahead == '{') {
            enter_word(state);
            return scan_template(scan);
        }
    } else {
        any = false;
    }
    enter_word(state);
    // Where the rules know nothing to take: one character, so that the walk goes on.
    if (!take_piece(scan, &rules, any)) take(scan);
    return emit(scan, token);
}

#endif
