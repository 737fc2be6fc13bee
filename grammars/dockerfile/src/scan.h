// What the scanner remembers between two tokens, and how it takes characters. See scanner.c.

#ifndef DOCKERFILE_SCAN_H_
#define DOCKERFILE_SCAN_H_

#include "tree_sitter/alloc.h"
#include "tree_sitter/parser.h"

#include <string.h>

// In the order of `externals` in grammar.js.
enum Token {
    BEGIN, END,
    ADD, ARG, CMD, COPY, ENTRYPOINT, ENV, EXPOSE, FROM, HEALTHCHECK, LABEL, MAINTAINER,
    ONBUILD, RUN, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR,
    CROSS_BUILD, UNKNOWN_KEYWORD, NO_KEYWORD,
    DIRECTIVE_BEGIN, DIRECTIVE_MARK, DIRECTIVE_NAME, DIRECTIVE_VALUE, DIRECTIVE_END,
    DASHES, MOUNT_DASHES, END_OF_OPTIONS, PARAM_NAME,
    EQUALS, MOUNT_EQUALS, COMMA, COLON, AT,
    IMAGE_BEGIN, ALIAS_BEGIN, WORD_BEGIN, WORD_END, AS,
    TEXT, KEY, QUOTED_KEY, ESCAPE_SEQUENCE, TEMPLATE,
    DOLLAR, OPEN_BRACE, CLOSE_BRACE, VARIABLE, EXPANSION_MODIFIER, EXPANSION_END,
    OPEN_DOUBLE, CLOSE_DOUBLE, OPEN_SINGLE, CLOSE_SINGLE, STRING_END,
    OPEN_BRACKET, CLOSE_BRACKET, OPEN_JSON, CLOSE_JSON, ARRAY_END,
    NONE_TYPE, CMD_TYPE, OTHER_TYPE,
    HEREDOC_MARKER, HEREDOC_LINE, HEREDOC_NEWLINE, HEREDOC_END,
    COMMENT, LINE_CONTINUATION, LINE_BREAK, TRAILING,
};

static const char *const KEYWORDS[] = {
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR", "CROSS_BUILD",
};

// Deeper `ONBUILD ONBUILD …` than this is not followed; the parser has the same bound.
#define MAX_LEVELS 33
// Deeper `${a:-${b:-…}}` than this is not followed: no marker is seen in such a line; as the parser.
#define MAX_DEPTH 64
// So many heredocs of a line are told apart; the bodies of those behind them become one.
#define MAX_HEREDOCS 64
// When so many characters of a file were searched in vain for the ends of heredocs, those behind are
// searched for in the next NEAR characters only. Else a file of unclosed heredocs takes quadratic time.
#define MAX_VAIN (4u << 20)
#define NEAR 1024u
// A template placeholder is no longer than this; a tag neither.
#define MAX_TEMPLATE 256
#define MAX_TAG 512

enum Mode {
    IN_FILE, IN_DIRECTIVE_MARK, IN_DIRECTIVE_NAME, IN_DIRECTIVE_EQUALS, IN_DIRECTIVE_VALUE, AFTER_DIRECTIVE,
    IN_KEYWORD, IN_FLAGS, IN_FLAG_NAME, IN_FLAG_VALUE, IN_MOUNT_KEY, IN_MOUNT_VALUE,
    IN_TYPE, IN_SHELL, IN_TEXT, IN_FROM, IN_WORDS, IN_KEY, IN_VALUE, IN_OLD_KEY, IN_OLD_VALUE,
    IN_JSON, IN_JSON_STRING, IN_HEREDOC, AT_END,
};

// Where in a physical line the next token begins.
enum Place { INSIDE, LINE_START, AFTER_COMMENT };

// What the head of a file has been: which directives, and whether one may still come.
enum Head { SEEN_SYNTAX = 1, SEEN_ESCAPE = 2, SEEN_CHECK = 4, BEHIND_DIRECTIVE = 8, AGAIN = 16, HEAD_DONE = 32 };

enum Expansion { NO_EXPANSION, BEHIND_DOLLAR, BEHIND_BRACE, IN_MODIFIER };

enum HeredocPlace { BEFORE_LINE_END, AT_LINE, BEHIND_LINE };

// An instruction of the line: with ONBUILD there are several.
typedef struct {
    uint32_t kind;
    uint32_t keyword; // its length
    uint32_t flags;   // how many
    uint32_t dashes;  // length of the `--` that ends the flags, or 0
} Level;

typedef struct {
    uint32_t gap;    // from the end of the marker before it, or from the line's begin, to this one
    uint32_t length; // of the marker
    uint32_t lines;  // of the body, twice; and 1 for `<<-`. OPEN where nothing ends it
} Heredoc;
#define OPEN UINT32_MAX

// Without gaps between its fields: it is written out as it stands.
typedef struct {
    uint32_t vain;        // characters searched in vain for ends of heredocs, in the whole file
    uint32_t type;        // length of the type of a HEALTHCHECK
    uint32_t until;       // from the next token's start to the next marker
    uint32_t body;        // lines of the body that are still to come
    uint32_t more;        // lines of the bodies behind MAX_HEREDOCS
    uint8_t mode;
    uint8_t escape;
    uint8_t head;
    uint8_t place;
    uint8_t level, levels;
    uint8_t kind;         // of the instruction at `level`
    uint8_t exec, old;    // exec form; ENV and LABEL without `=`
    uint8_t quote;        // the quote that is open, or 0
    uint8_t inner_quote;  // the same inside `${…}`
    uint8_t string;       // whether a node for a string is open
    uint8_t pending;      // whether the next character stands behind an escape
    uint8_t expansion, depth;
    uint8_t in_word, word_done;
    // Of FROM: 0 the image, 1 behind it, 2 behind AS, 3 more. Of HEALTHCHECK: 1 for CMD, 2 for NONE.
    uint8_t word;
    uint8_t part;         // how far in an image, a user, an array
    uint8_t mount;
    uint8_t heredoc, heredocs, marker;
    uint8_t heredoc_place;
} State;

typedef struct {
    State state;
    Level levels[MAX_LEVELS];
    Heredoc heredocs[MAX_HEREDOCS];
} Scanner;

// A scan for one token.
typedef struct {
    Scanner *scanner;
    State *state;
    TSLexer *lexer;
    uint32_t count;  // characters since the scan began
    uint32_t marked; // where the token ends
    bool lead;       // whether what was skipped ends a word
    uint8_t place;   // the state's, when the scan began
} Scan;

// ---- characters ----

static inline bool at_eof(const Scan *scan) {
    return scan->lexer->lookahead == 0 && scan->lexer->eof(scan->lexer);
}

static inline bool at_line_end(const Scan *scan) { return scan->lexer->lookahead == '\n' || at_eof(scan); }

static inline void advance(Scan *scan) {
    scan->lexer->advance(scan->lexer, false);
    scan->count++;
}

static inline void skip(Scan *scan) {
    scan->lexer->advance(scan->lexer, true);
    scan->count++;
}

static inline void mark(Scan *scan) {
    scan->lexer->mark_end(scan->lexer);
    scan->marked = scan->count;
}

static inline void take(Scan *scan) {
    advance(scan);
    mark(scan);
}

static bool is_one_of(int32_t c, const char *some) { return c > 0 && c < 0x80 && strchr(some, (char)c); }

// Unicode's White_Space.
static bool is_space(int32_t c) {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

static inline bool is_blank(int32_t c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r'; }

// `\s` of Go's regular expressions.
static inline bool is_regexp_space(int32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static inline bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static inline bool is_name(int32_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// BuildKit reads flags, and the type of a HEALTHCHECK, byte by byte, each as a character of Latin-1, so
// that a byte 0x85 or 0xA0 inside a longer character ends them. Gives whether `c` has such a byte, and
// whether only such follow it.
static bool splits_flag(int32_t c, bool *rest) {
    *rest = true;
    if (c < 0x80) return false;
    int bytes = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    bool found = false;
    for (int i = bytes - 1; i >= 0; i--) {
        int byte = 0x80 | ((c >> (6 * i)) & 0x3f);
        bool separator = byte == 0x85 || byte == 0xa0;
        if (found) *rest = *rest && separator;
        found = found || separator;
    }
    return found;
}

// At a CR: takes all of them, and says whether they stand before the line's end.
static bool carriage_returns(Scan *scan) {
    while (scan->lexer->lookahead == '\r') advance(scan);
    return at_line_end(scan);
}

// ---- tokens ----

// The token ends where it was marked.
static bool emit(Scan *scan, enum Token token) {
    State *state = scan->state;
    const Heredoc *heredocs = scan->scanner->heredocs;
    uint32_t left = scan->marked;
    while (left > 0 && state->marker < state->heredocs) {
        if (left <= state->until) {
            state->until -= left;
            break;
        }
        // Past a marker, or into one that no token begins at: what is left of it belongs to the next gap.
        left -= state->until;
        uint32_t length = heredocs[state->marker].length;
        state->marker++;
        state->until = state->marker < state->heredocs ? heredocs[state->marker].gap : 0;
        if (left < length) {
            state->until += length - left;
            break;
        }
        left -= length;
    }
    scan->lexer->result_symbol = (TSSymbol)token;
    return true;
}

// A token of no width, where the scan began. The place in the line stays.
static bool emit_empty(Scan *scan, enum Token token) {
    scan->marked = 0;
    scan->state->place = scan->place;
    return emit(scan, token);
}

static bool at_marker(const Scan *scan) {
    return scan->state->marker < scan->state->heredocs && scan->count >= scan->state->until;
}

// From before a line end on: takes it and all blank lines behind it. The last line end of the file
// stays, so that the instruction ends before it. Gives whether there was anything to take.
static bool take_blank_lines(Scan *scan) {
    bool any = false;
    mark(scan);
    for (;;) {
        while (scan->lexer->lookahead != '\n' && is_space(scan->lexer->lookahead)) advance(scan);
        if (scan->lexer->lookahead != '\n') return any;
        advance(scan);
        if (at_eof(scan)) return any;
        mark(scan);
        any = true;
    }
}

#endif
