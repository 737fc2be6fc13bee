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
// what may come. One file, as editors compile it alone; the order is: state, characters, the look ahead
// (line, instruction, heredocs), the walk.

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
    IN_JSON, IN_JSON_STRING, IN_IGNORED, IN_HEREDOC, AT_END,
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
    uint8_t pending;      // whether the next character stands behind a backslash
    uint8_t expansion, depth;
    uint8_t in_word, word_done;
    uint8_t word;         // of FROM: 0 the image, 1 behind it, 2 behind AS, 3 more; of HEALTHCHECK: 1 CMD, 2 NONE
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

// BuildKit reads flags byte by byte, each as a character of Latin-1, so that a byte 0x85 or 0xA0 inside
// a longer character ends a flag. Gives whether `c` has such a byte, and whether only such follow it.
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

// ---- the look ahead: texts ----

typedef struct {
    int32_t value;
    uint32_t at; // distance from the begin of the line
} Char;

typedef struct {
    Char *items;
    uint32_t size, capacity;
} Text;

static void push(Text *text, int32_t value, uint32_t at) {
    if (text->size == text->capacity) {
        text->capacity = text->capacity ? text->capacity * 2 : 256;
        text->items = ts_realloc(text->items, text->capacity * sizeof(Char));
    }
    text->items[text->size++] = (Char){value, at};
}

// Reads a logical line: its joined text without escapes, line ends, comments and blank lines. The scan
// stands behind its last line end then.
static void read_line(Scan *scan, Text *text) {
    int32_t escape = scan->state->escape;
    for (bool first = true;; first = false) {
        uint32_t start = text->size;
        bool blank = true, comment = false;
        while (!at_line_end(scan)) {
            int32_t c = scan->lexer->lookahead;
            if (blank && !is_space(c)) {
                blank = false;
                comment = !first && c == '#';
            }
            if (!comment) push(text, c, scan->count);
            advance(scan);
        }
        if (!at_eof(scan)) advance(scan);
        if (!first && (comment || blank)) {
            text->size = start;
            if (at_eof(scan)) return;
            continue;
        }
        const Char *items = text->items;
        while (text->size > start && items[text->size - 1].value == '\r') text->size--;
        uint32_t end = text->size;
        while (end > start && (items[end - 1].value == ' ' || items[end - 1].value == '\t')) end--;
        bool continues = end > start && items[end - 1].value == escape &&
                         !(end - 1 > start && items[end - 2].value == escape);
        if (!continues) return;
        text->size = end - 1;
        if (at_eof(scan)) return;
    }
}

// ---- the look ahead: one instruction ----

static uint32_t kind_of(const Char *text, uint32_t start, uint32_t end) {
    for (uint32_t kind = 0; kind < sizeof KEYWORDS / sizeof *KEYWORDS; kind++) {
        const char *keyword = KEYWORDS[kind];
        uint32_t i = 0;
        while (start + i < end && keyword[i]) {
            int32_t c = text[start + i].value;
            if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
            if (c != keyword[i]) break;
            i++;
        }
        if (start + i == end && !keyword[i]) return ADD + kind;
    }
    return start == end ? NO_KEYWORD : UNKNOWN_KEYWORD;
}

static uint32_t length_of(const Char *text, uint32_t start, uint32_t end) {
    return end > start ? text[end - 1].at + 1 - text[start].at : 0;
}

// Counts the flags at the head of a text; gives where the rest begins.
static uint32_t read_flags(const Char *text, uint32_t i, uint32_t end, Level *level) {
    for (;;) {
        while (i < end && text[i].value < 0x80 && is_space(text[i].value)) i++;
        if (i + 1 >= end || text[i].value != '-' || text[i + 1].value != '-') return i;
        uint32_t start = i, length = 0;
        int32_t quote = 0;
        bool only_dashes = true, cut = false, rest = true;
        while (i < end && !cut) {
            int32_t c = text[i].value;
            if (!quote && c < 0x80 && is_space(c)) break;
            if (quote ? c == quote : (c == '"' || c == '\'')) {
                quote = quote ? 0 : c;
                i++;
                continue;
            }
            if (c == '\\') {
                if (++i == end) break;
                c = text[i].value;
            }
            cut = !quote && splits_flag(c, &rest);
            only_dashes = only_dashes && c == '-';
            length++;
            i++;
        }
        if (only_dashes && length == 2) {
            level->dashes = length_of(text, start, i);
            return i;
        }
        level->flags++;
        if (!rest) return i;
    }
}

// Whether a JSON array of strings begins here. What stands behind it is not looked at.
static bool is_exec(const Char *text, uint32_t i, uint32_t end) {
#define BLANKS while (i < end && (text[i].value == ' ' || text[i].value == '\t' || text[i].value == '\r' || text[i].value == '\n')) i++
#define IS(c) (i < end && text[i].value == (c))
    if (!IS('[')) return false;
    i++;
    BLANKS;
    if (IS(']')) return true;
    for (;;) {
        if (!IS('"')) return false;
        i++;
        while (!IS('"')) {
            if (i >= end || (text[i].value >= 0 && text[i].value < ' ')) return false;
            if (text[i++].value != '\\') continue;
            if (i >= end || text[i].value <= 0 || text[i].value > 'u' || !strchr("\"\\/bfnrtu", (char)text[i].value)) return false;
            if (text[i++].value != 'u') continue;
            for (int digit = 0; digit < 4; digit++, i++) {
                if (i >= end) return false;
                int32_t c = text[i].value;
                if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) return false;
            }
        }
        i++;
        BLANKS;
        if (IS(']')) return true;
        if (!IS(',')) return false;
        i++;
        BLANKS;
    }
#undef BLANKS
#undef IS
}

// Whether the first word of an ENV or LABEL has no `=`.
static bool is_old_form(const Char *text, uint32_t i, uint32_t end, int32_t escape) {
    int32_t quote = 0;
    uint32_t start = i;
    for (; i < end; i++) {
        int32_t c = text[i].value;
        if (!quote && is_space(c)) break;
        if (c == escape && quote != '\'') {
            if (++i == end) return i - 1 > start; // An escape alone is no word.
            c = text[i].value;
        } else if (quote ? c == quote : (c == '"' || c == '\'')) {
            quote = quote ? 0 : c;
        }
        if (c == '=') return false;
    }
    return i > start;
}

// ---- the look ahead: heredocs, as BuildKit's shell lexer finds them, with no variable set ----

// In a Char of the lexer's output: this blank does not end a word.
#define RAW (1 << 30)

typedef struct {
    const Char *in;
    uint32_t at, end;
    Text *out;
    bool raw_quotes, raw_escapes;
    int32_t inside; // RAW in double quotes, 1 in an expansion, 0 outside: which blanks end a word
} Lexer;

static inline int32_t peek(const Lexer *lexer) {
    return lexer->at < lexer->end ? lexer->in[lexer->at].value & ~RAW : -1;
}

static inline void emit_char(Lexer *lexer, uint32_t from, int32_t raw) {
    int32_t flag = lexer->inside == 0 ? raw : lexer->inside == RAW ? RAW : 0;
    push(lexer->out, (lexer->in[from].value & ~RAW) | flag, lexer->in[from].at);
}

static bool lex_until(Lexer *lexer, int32_t stop, bool raw_escapes, int depth);

static bool is_special(int32_t c) { return c > 0 && c < 0x80 && strchr("@*#?-$!", (char)c); }

// What stands in `${…}` behind the brace up to the modifier.
static void lex_name(Lexer *lexer) {
    int32_t c = peek(lexer);
    if (is_digit(c)) {
        while (is_digit(peek(lexer))) emit_char(lexer, lexer->at++, 0);
    } else if (is_special(c)) {
        emit_char(lexer, lexer->at++, 0);
    } else {
        // Any character behind ASCII counts as a letter.
        while (is_name(peek(lexer)) ||
               (peek(lexer) >= 0x80 && !is_space(peek(lexer)) && peek(lexer) != 0xfeff))
            emit_char(lexer, lexer->at++, 0);
    }
}

static bool lex_dollar(Lexer *lexer, int depth) {
    int32_t inside = lexer->inside;
    if (!inside) lexer->inside = 1;
    emit_char(lexer, lexer->at++, 0);
    bool ok = true;
    if (peek(lexer) != '{') {
        // A name comes out as it went in; only `$$` keeps a dollar from what follows.
        if (is_special(peek(lexer))) emit_char(lexer, lexer->at++, 0);
    } else {
        emit_char(lexer, lexer->at++, 0);
        int32_t c = peek(lexer);
        ok = c != -1 && c != '{' && c != '}' && c != ':';
        if (ok) lex_name(lexer);
        ok = ok && peek(lexer) != -1;
        if (ok) {
            int32_t modifier = peek(lexer);
            bool colon = modifier == ':';
            emit_char(lexer, lexer->at++, 0);
            if (colon) {
                modifier = peek(lexer);
                if (modifier != -1) emit_char(lexer, lexer->at++, 0);
            }
            bool raw = modifier == '#' || modifier == '%';
            if (modifier == '}' && !colon) {
                // That was all.
            } else if (raw ? !colon : (modifier == '+' || modifier == '-' || modifier == '?')) {
                ok = lex_until(lexer, '}', raw, depth + 1);
                if (ok) emit_char(lexer, lexer->at - 1, 0);
            } else if (modifier == '/' && !colon) {
                if (peek(lexer) == '/') emit_char(lexer, lexer->at++, 0);
                ok = lex_until(lexer, '/', true, depth + 1);
                if (ok) emit_char(lexer, lexer->at - 1, 0);
                ok = ok && lex_until(lexer, '}', true, depth + 1);
                if (ok) emit_char(lexer, lexer->at - 1, 0);
            } else {
                ok = false;
            }
        }
    }
    lexer->inside = inside;
    return ok;
}

static bool lex_single_quoted(Lexer *lexer) {
    for (bool first = true; lexer->at < lexer->end; first = false) {
        bool quote = peek(lexer) == '\'';
        if (!quote || lexer->raw_quotes) emit_char(lexer, lexer->at, RAW);
        lexer->at++;
        if (quote && !first) return true;
    }
    return false;
}

static bool lex_double_quoted(Lexer *lexer, int depth) {
    int32_t inside = lexer->inside;
    if (!inside) lexer->inside = RAW;
    if (lexer->raw_quotes) emit_char(lexer, lexer->at, 0);
    lexer->at++;
    for (;;) {
        int32_t c = peek(lexer);
        if (c == -1) return false;
        if (c == '"') {
            if (lexer->raw_quotes) emit_char(lexer, lexer->at, 0);
            lexer->at++;
            lexer->inside = inside;
            return true;
        }
        if (c == '$') {
            if (!lex_dollar(lexer, depth)) return false;
            continue;
        }
        uint32_t from = lexer->at++;
        if (c == '\\') {
            if (lexer->raw_escapes) emit_char(lexer, from, 0);
            c = peek(lexer);
            if (c == -1) continue;
            if (c == '"' || c == '$' || c == '\\') from = lexer->at++;
        }
        emit_char(lexer, from, 0);
    }
}

// Reads to `stop`, or to the end where that is -1. Gives false for what BuildKit calls an error.
static bool lex_until(Lexer *lexer, int32_t stop, bool raw_escapes, int depth) {
    if (depth > MAX_DEPTH) return false;
    bool saved = lexer->raw_escapes;
    lexer->raw_escapes = raw_escapes;
    bool ok = true, ended = false;
    while (ok && !ended) {
        int32_t c = peek(lexer);
        if (c == -1) {
            ok = stop == -1;
            break;
        }
        if (c == stop) {
            lexer->at++;
            ended = true;
        } else if (c == '\'') {
            ok = lex_single_quoted(lexer);
        } else if (c == '"') {
            ok = lex_double_quoted(lexer, depth);
        } else if (c == '$') {
            ok = lex_dollar(lexer, depth);
        } else if (c == '\\') {
            if (lexer->raw_escapes) emit_char(lexer, lexer->at, RAW);
            lexer->at++;
            if (peek(lexer) != -1) emit_char(lexer, lexer->at++, RAW);
        } else {
            emit_char(lexer, lexer->at++, 0);
        }
    }
    lexer->raw_escapes = saved;
    return ok;
}

static bool lex(const Char *in, uint32_t start, uint32_t end, bool raw, Text *out) {
    Lexer lexer = {in, start, end, out, raw, raw, 0};
    out->size = 0;
    return lex_until(&lexer, -1, raw, 0);
}

// The next word of the lexer's output from `*start` on.
static bool next_word(const Text *text, uint32_t *start, uint32_t *end) {
    while (*start < text->size && is_space(text->items[*start].value)) ++*start;
    *end = *start;
    while (*end < text->size && !is_space(text->items[*end].value)) ++*end;
    return *end > *start;
}

// The physical lines behind the logical one, as far as they were read.
typedef struct {
    uint32_t start, size, tabs;
} Line;

typedef struct {
    Text text;
    Line *items;
    uint32_t size, capacity;
} Lines;

static bool read_body_line(Scan *scan, Lines *lines) {
    if (at_eof(scan)) return false;
    Line line = {lines->text.size, 0, 0};
    while (!at_line_end(scan)) {
        push(&lines->text, scan->lexer->lookahead, 0);
        advance(scan);
    }
    if (!at_eof(scan)) advance(scan);
    const Char *items = lines->text.items;
    uint32_t end = lines->text.size;
    while (end > line.start && items[end - 1].value == '\r') end--;
    line.size = end - line.start;
    while (line.tabs < line.size && items[line.start + line.tabs].value == '\t') line.tabs++;
    if (lines->size == lines->capacity) {
        lines->capacity = lines->capacity ? lines->capacity * 2 : 64;
        lines->items = ts_realloc(lines->items, lines->capacity * sizeof(Line));
    }
    lines->items[lines->size++] = line;
    return true;
}

static bool line_is(const Lines *lines, uint32_t number, const Char *name, uint32_t size, bool chomp) {
    Line line = lines->items[number];
    uint32_t tabs = chomp ? line.tabs : 0;
    if (line.size - tabs != size) return false;
    const Char *text = lines->text.items + line.start + tabs;
    for (uint32_t i = 0; i < size; i++)
        if (text[i].value != (name[i].value & ~RAW)) return false;
    return true;
}

// Where the body of a heredoc ends, from line `from` on: the number of the line that is its name.
static bool find_end(Scan *scan, Lines *lines, uint32_t from, const Char *name, uint32_t size, bool chomp,
                     uint32_t *end) {
    State *state = scan->state;
    uint32_t looked = 0;
    bool near = state->vain >= MAX_VAIN;
    for (uint32_t i = from; i < lines->size || read_body_line(scan, lines); i++) {
        if (line_is(lines, i, name, size, chomp)) {
            *end = i;
            return true;
        }
        looked += lines->items[i].size + 1;
        if (near && looked > NEAR) break;
    }
    state->vain = looked > MAX_VAIN - (near ? MAX_VAIN : state->vain) ? MAX_VAIN : state->vain + looked;
    return false;
}

typedef struct {
    uint32_t start, end, name, name_end; // in the lexer's output; the name in `names`
    bool chomp;
} Marker;

// Finds the markers in a joined line, and where their bodies end.
static void read_heredocs(Scan *scan, const Text *line) {
    State *state = scan->state;
    bool any = false;
    for (uint32_t i = 1; i < line->size && !any; i++)
        any = line->items[i].value == '<' && line->items[i - 1].value == '<';
    if (!any) return;
    Text words = {0}, plain = {0}, names = {0};
    Marker *markers = NULL;
    uint32_t count = 0, capacity = 0;
    bool ok = lex(line->items, 0, line->size, true, &words);
    for (uint32_t start = 0, end; ok && next_word(&words, &start, &end); start = end) {
        uint32_t i = start;
#define VALUE(i) (words.items[i].value & ~RAW)
        while (i < end && is_digit(VALUE(i))) i++;
        if (i + 1 >= end || VALUE(i) != '<' || VALUE(i + 1) != '<') continue;
        i += 2;
        bool chomp = i < end && VALUE(i) == '-';
        if (chomp) i++;
        bool other = i == end;
        for (uint32_t k = i; k < end && !other; k++) other = VALUE(k) == '<';
#undef VALUE
        if (other) continue;
        ok = lex(words.items, i, end, false, &plain);
        uint32_t name = 0, name_end;
        if (!ok || !next_word(&plain, &name, &name_end)) continue;
        uint32_t second = name_end, second_end;
        if (next_word(&plain, &second, &second_end)) continue;
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 8;
            markers = ts_realloc(markers, capacity * sizeof(Marker));
        }
        markers[count++] = (Marker){start, end, names.size, names.size + name_end - name, chomp};
        for (; name < name_end; name++) push(&names, plain.items[name].value, 0);
    }
    Lines lines = {0};
    uint32_t from = 0, last = 0;
    for (uint32_t i = 0; ok && i < count; i++) {
        Marker marker = markers[i];
        uint32_t end;
        bool closed = find_end(scan, &lines, from, names.items + marker.name, marker.name_end - marker.name,
                               marker.chomp, &end);
        if (i < MAX_HEREDOCS) {
            uint32_t at = words.items[marker.start].at;
            uint32_t length = words.items[marker.end - 1].at + 1 - at;
            uint32_t body = closed ? (end - from) * 2 + (marker.chomp ? 1 : 0) : OPEN;
            scan->scanner->heredocs[state->heredocs++] = (Heredoc){at - last, length, body};
            last = at + length;
        } else if (closed) {
            state->more += end + 1 - from;
        }
        if (closed) from = end + 1;
    }
    if (state->heredocs) state->until = scan->scanner->heredocs[0].gap;
    ts_free(lines.text.items);
    ts_free(lines.items);
    ts_free(markers);
    ts_free(words.items);
    ts_free(plain.items);
    ts_free(names.items);
}

// The scan stands at the first character of a logical line: reads all of it, and keeps what is needed.
static void look_ahead(Scan *scan) {
    State *state = scan->state;
    Text line = {0};
    scan->count = 0;
    read_line(scan, &line);
    const Char *text = line.items;
    uint32_t start = 0, end = line.size;
    while (end > start && is_space(text[end - 1].value)) end--;
    uint32_t kind;
    for (;;) {
        while (start < end && is_space(text[start].value)) start++;
        Level *level = &scan->scanner->levels[state->levels++];
        *level = (Level){0};
        uint32_t word = start;
        while (start < end && !is_blank(text[start].value)) start++;
        level->kind = kind = kind_of(text, word, start);
        level->keyword = length_of(text, word, start);
        while (start < end && is_blank(text[start].value)) start++;
        start = read_flags(text, start, end, level);
        while (start < end && is_space(text[start].value)) start++;
        if (kind != ONBUILD || start == end || state->levels == MAX_LEVELS) break;
    }
    if (kind == HEALTHCHECK) {
        uint32_t word = start;
        while (start < end && !is_space(text[start].value)) start++;
        state->type = length_of(text, word, start);
        if (kind_of(text, word, start) == CMD) state->word = 1;
        if (start - word == 4) {
            static const char none[] = "NONE";
            uint32_t i = 0;
            while (i < 4 && (text[word + i].value & ~('a' - 'A')) == none[i]) i++;
            if (i == 4) state->word = 2;
        }
        while (start < end && is_space(text[start].value)) start++;
    }
    switch (kind) {
    case ADD: case CMD: case COPY: case ENTRYPOINT: case HEALTHCHECK: case RUN: case SHELL: case VOLUME:
        state->exec = is_exec(text, start, end);
        break;
    case ENV: case LABEL:
        state->old = is_old_form(text, start, end, state->escape);
        break;
    default:
        break;
    }
    if ((kind == ADD || kind == COPY || kind == RUN) && !state->exec && state->levels <= 2)
        read_heredocs(scan, &line);
    ts_free(line.items);
}

// ---- the walk ----

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
    while (!at_line_end(scan) && is_regexp_space(scan->lexer->lookahead)) advance(scan);
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
    while (!at_line_end(scan) && is_regexp_space(scan->lexer->lookahead)) skip(scan);
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
        // In flags the backslash escapes, whatever the directive says.
        rules.escape = state->escape == '\\' ? ESCAPE_SPANS : ESCAPE_IS_TEXT;
        rules.stops = state->mode == IN_FLAG_NAME ? "=" : state->mode == IN_MOUNT_KEY ? "=,"
                                                      : state->mode == IN_MOUNT_VALUE ? ","
                                                                                      : "";
        rules.dollar = rules.template = state->mode != IN_FLAG_NAME;
        break;
    case IN_KEY:
        rules = (Rules){QUOTES_SPAN, state->quote == '\'' ? ESCAPE_IS_TEXT : ESCAPE_SPANS, "=", false, false, false};
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
    case IN_SHELL: case IN_IGNORED:
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

static inline bool is_stop(const Rules *rules, int32_t c) {
    return c > 0 && c < 0x80 && strchr(rules->stops, (char)c);
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
        if (is_stop(rules, c)) return any;
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
        if (c == '\\' && what_ends_a_word(state) == FLAG_SPACE_ENDS) {
            take(scan);
            state->pending = 1;
            any = true;
            continue;
        }
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
    if (state->mode == IN_IGNORED) {
        *token = WORD_BEGIN;
        return true;
    }
    if (state->mode != IN_FROM) return false;
    *token = state->word == 0 ? IMAGE_BEGIN : state->word == 2 ? ALIAS_BEGIN : WORD_BEGIN;
    return true;
}

// A piece of text, an expansion's dollar, a template: at a character that is none of the mode's own.
static bool scan_text(Scan *scan) {
    State *state = scan->state;
    Rules rules = rules_of(state);
    enum Token token = name_of_text(state);
    bool any = false;
    int32_t c = scan->lexer->lookahead;
    if (c == state->escape) {
        uint32_t run;
        bool blank, spans = rules.escape == ESCAPE_SPANS || rules.escape == ESCAPE_ENDS;
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
        if (take_escapes(scan, spans, &run, &blank)) return emit(scan, LINE_CONTINUATION);
        if (state->mode != IN_SHELL && state->mode != IN_TEXT) state->in_word = 1;
        any = true;
        c = scan->lexer->lookahead;
        if (rules.escape == ESCAPE_ENDS) {
            if (run % 2 == 1 && !blank && !at_line_end(scan) && c != '\r') take(scan);
            return emit(scan, ESCAPE_SEQUENCE);
        }
        state->pending = 0;
        if (blank && what_ends_a_word(state) != NOTHING_ENDS) return emit(scan, token);
        if (run % 2 == 1 && !blank) {
            if (rules.escape == ESCAPE_SPANS) state->pending = 1;
            if (rules.escape == ESCAPE_HIDES && !at_line_end(scan) && !is_space(c)) take(scan);
        }
    } else if (!state->pending && c == '$' && rules.dollar) {
        advance(scan);
        mark(scan);
        any = true;
        if (starts_expansion(scan->lexer->lookahead)) {
            state->expansion = BEHIND_DOLLAR;
            if (state->mode != IN_TEXT) state->in_word = 1;
            return emit(scan, DOLLAR);
        }
    } else if (!state->pending && c == '{' && rules.template) {
        advance(scan);
        mark(scan);
        any = true;
        if (scan->lexer->lookahead == '{') {
            if (state->mode != IN_SHELL && state->mode != IN_TEXT) state->in_word = 1;
            return scan_template(scan);
        }
    }
    if (state->mode != IN_SHELL && state->mode != IN_TEXT) state->in_word = 1;
    if (!take_piece(scan, &rules, any)) {
        // Nothing that the rules know: one character, so that the walk goes on.
        take(scan);
    }
    return emit(scan, token);
}

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
    case IN_OLD_KEY: case IN_OLD_VALUE: case IN_IGNORED:
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
        state->mode = IN_IGNORED;
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
        state->mount = !mount[i] && (at_line_end(scan) || scan->lexer->lookahead == '=' || is_space(scan->lexer->lookahead));
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
        if (at_marker(scan)) return scan_marker(scan);
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
    case IN_IGNORED:
        if (state->in_word || c == state->escape) break;
        mark(scan);
        state->in_word = 1;
        return emit(scan, WORD_BEGIN);
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
typedef char fits[sizeof(State) + 2 * sizeof(Level) + MAX_HEREDOCS * sizeof(Heredoc) <= TREE_SITTER_SERIALIZATION_BUFFER_SIZE &&
                          sizeof(State) + MAX_LEVELS * sizeof(Level) <= TREE_SITTER_SERIALIZATION_BUFFER_SIZE
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
