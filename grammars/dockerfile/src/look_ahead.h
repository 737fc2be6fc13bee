// What the token that opens an instruction reads ahead: the joined text of the logical line, its keywords
// and flags, its form, and its heredocs with their bodies. See scanner.c.

#ifndef DOCKERFILE_LOOK_AHEAD_H_
#define DOCKERFILE_LOOK_AHEAD_H_

#include "scan.h"

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
static uint32_t read_flags(const Char *text, uint32_t i, uint32_t end, int32_t escape, Level *level) {
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
            if (c == escape) {
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

// Whether the text is a JSON array of strings, and nothing behind it. An array of anything else is no exec
// form, so that it need not be read.
static bool is_exec(const Char *text, uint32_t i, uint32_t end) {
#define IS(c) (i < end && text[i].value == (c))
#define BLANKS while (IS(' ') || IS('\t') || IS('\r') || IS('\n')) i++
    if (!IS('[')) return false;
    i++;
    BLANKS;
    for (bool first = true;; first = false) {
        if (first && IS(']')) break;
        if (!IS('"')) return false;
        i++;
        while (!IS('"')) {
            if (i >= end || (text[i].value >= 0 && text[i].value < ' ')) return false;
            if (text[i++].value != '\\') continue;
            if (i >= end || !is_one_of(text[i].value, "\"\\/bfnrtu")) return false;
            if (text[i++].value != 'u') continue;
            for (int digit = 0; digit < 4; digit++, i++)
                if (i >= end || !is_one_of(text[i].value, "0123456789abcdefABCDEF")) return false;
        }
        i++;
        BLANKS;
        if (IS(']')) break;
        if (!IS(',')) return false;
        i++;
        BLANKS;
    }
    i++;
    BLANKS;
    return i == end;
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

#define BYTE_ORDER_MARK 0xfeff

typedef struct {
    const Char *in;
    uint32_t at, end;
    Text *out;
    uint32_t piece; // in the output: where the quotes or the expansion began that stand in no other
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

static bool is_special(int32_t c) { return is_one_of(c, "@*#?-$!"); }

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
               (peek(lexer) >= 0x80 && !is_space(peek(lexer)) && peek(lexer) != BYTE_ORDER_MARK))
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
            } else if (raw ? !colon : (colon || modifier == '+' || modifier == '-' || modifier == '?')) {
                // Behind a colon any modifier will do, for of what is not set none is looked at.
                ok = lex_until(lexer, '}', raw, depth + 1);
                if (ok) emit_char(lexer, lexer->at - 1, 0);
            } else if (modifier == '/' && !colon) {
                // The second slash is lost.
                if (peek(lexer) == '/') lexer->at++;
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

// `<`, or `<<` with the blanks that may stand before the name of a heredoc.
static void lex_less_than(Lexer *lexer) {
    emit_char(lexer, lexer->at++, RAW);
    if (peek(lexer) != '<') return;
    emit_char(lexer, lexer->at++, RAW);
    while (peek(lexer) == ' ' || peek(lexer) == '\t' || peek(lexer) == '\r') emit_char(lexer, lexer->at++, RAW);
}

// There is one buffer for the word in progress, and what reads inside an expansion clears it: all of the
// word that stands before the piece is lost.
static void lose_word(Lexer *lexer) {
    Char *items = lexer->out->items;
    for (uint32_t i = lexer->piece; i > 0 && !is_space(items[i - 1].value); i--) items[i - 1].value = ' ';
}

// Reads to `stop`, or to the end where that is -1. Gives false for what BuildKit calls an error.
static bool lex_until(Lexer *lexer, int32_t stop, bool raw_escapes, int depth) {
    if (depth > MAX_DEPTH) return false;
    if (depth > 0) lose_word(lexer);
    bool saved = lexer->raw_escapes;
    lexer->raw_escapes = raw_escapes;
    bool ok = true, ended = false;
    while (ok && !ended) {
        int32_t c = peek(lexer);
        if (depth == 0) lexer->piece = lexer->out->size;
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
        } else if (c == '<') {
            lex_less_than(lexer);
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
    Lexer lexer = {in, start, end, out, 0, raw, raw, 0};
    out->size = 0;
    if (peek(&lexer) == BYTE_ORDER_MARK) lexer.at++;
    return lex_until(&lexer, -1, raw, 0);
}

// The next word of the lexer's output from `*start` on.
static bool next_word(const Text *text, uint32_t *start, uint32_t *end) {
    while (*start < text->size && is_space(text->items[*start].value)) ++*start;
    *end = *start;
    while (*end < text->size && !is_space(text->items[*end].value)) ++*end;
    return *end > *start;
}

// Whether that output is one word, and where it stands.
static bool is_one_word(const Text *text, uint32_t *start, uint32_t *end) {
    *start = 0;
    if (!next_word(text, start, end)) return false;
    uint32_t second = *end, second_end;
    return !next_word(text, &second, &second_end);
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
        while (i < end && is_regexp_space(VALUE(i))) i++;
        bool other = i == end;
        for (uint32_t k = i; k < end && !other; k++) other = VALUE(k) == '<';
#undef VALUE
        if (other) continue;
        uint32_t name, name_end;
        ok = lex(words.items, i, end, false, &plain);
        if (!ok || !is_one_word(&plain, &name, &name_end)) continue;
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
        start = read_flags(text, start, end, state->escape, level);
        while (start < end && is_space(text[start].value)) start++;
        if (kind != ONBUILD || start == end || state->levels == MAX_LEVELS) break;
    }
    if (kind == HEALTHCHECK) {
        uint32_t word = start;
        // Byte by byte, as flags are read.
        bool rest;
        while (start < end && !splits_flag(text[start].value, &rest)) {
            if (text[start].value < 0x80 && is_space(text[start].value)) break;
            start++;
        }
        if (start < end && text[start].value >= 0x80) start++;
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

#endif
