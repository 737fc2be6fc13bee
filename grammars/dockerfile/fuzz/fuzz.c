// Random texts and random edits of them, for the sanitizers: nothing may be read or written out of
// bounds, no tree may be broken, and an edited tree must be a fresh one.
//
//     fuzz ITERATIONS SEED
//
// One iteration is one edit: a parse of the edited tree, and one of the whole text.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_dockerfile(void);

static const char *const TOKENS[] = {
    "FROM ", "RUN ", "COPY ", "ADD ", "ENV ", "LABEL ", "ARG ", "ONBUILD ", "HEALTHCHECK ", "CMD ", "NONE ",
    "EXPOSE ", "USER ", "WORKDIR ", "VOLUME ", "SHELL ", "STOPSIGNAL ", "MAINTAINER ", "RU", " AS ", "a:b", "@c", "/",
    "<<EOF", "<<-A", "<< EOF", "<<\"EOF\"", " <<'A B' ", "3<<A", "<<", "\nEOF\n", "\nA\n", "EOF", "A B", "\\", "\\\n", "\\ \n",
    "\\\\", "`", "`\n", "\n", "\n", "\n", "\n\n", "\r", "\r\n", "\"", "'", "[", "]", "[\"a\", \"b\\n\"]", "${", "${x:-", "$x",
    "$", "}", ":-", "##", "# ", "#", "\n# c\n", "# escape=`\n", "# escape=\\\n", "# syntax=a\n", "{{", "}}", "{{a}}",
    " ", "\t", "  ", "--a=", "--", "--b ", "--mount=type=a,b=c ", "-", "\xc2\xa0", "\xc3\xa9", "\xe2\x80\xa0",
    "\xef\xbb\xbf", "\xf0\x9f\x98\x80", "a", "b c", "=", "A=b", ",", ":", "\x0b", "\x01",
    "ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ONBUILD ",
    "<<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A <<A ",
    "A\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\nA\n",
};

enum { MAX_TEXT = 1 << 14, EDITS = 25 };

static uint64_t state;

static size_t below(size_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state >> 11) % (limit ? limit : 1);
}

static size_t soup(char *out, size_t room, size_t tokens) {
    size_t size = 0;
    for (size_t left = below(tokens + 1); left > 0; left--) {
        char byte = (char)below(256);
        const char *token = TOKENS[below(sizeof TOKENS / sizeof *TOKENS)];
        size_t length = strlen(token);
        if (below(40) == 0) {
            token = &byte;
            length = 1;
        }
        if (length > room - size) break;
        memcpy(out + size, token, length);
        size += length;
    }
    return size;
}

// The start of the character at `at`: the library takes note of the first byte of a character that was
// looked at, and no editor cuts one.
static size_t boundary(const char *text, size_t size, size_t at) {
    while (at > 0 && at < size && ((unsigned char)text[at] & 0xc0) == 0x80) at--;
    return at;
}

static TSPoint point(const char *text, size_t at) {
    TSPoint point = {0, 0};
    for (size_t i = 0; i < at; i++) {
        point.column++;
        if (text[i] == '\n') point = (TSPoint){point.row + 1, 0};
    }
    return point;
}

static bool same(TSNode a, TSNode b) {
    return ts_node_symbol(a) == ts_node_symbol(b) && ts_node_start_byte(a) == ts_node_start_byte(b) &&
           ts_node_end_byte(a) == ts_node_end_byte(b) && ts_node_child_count(a) == ts_node_child_count(b);
}

static bool same_trees(const TSTree *a, const TSTree *b) {
    TSTreeCursor x = ts_tree_cursor_new(ts_tree_root_node(a)), y = ts_tree_cursor_new(ts_tree_root_node(b));
    bool equal = true, more = true;
    while (equal && more) {
        equal = same(ts_tree_cursor_current_node(&x), ts_tree_cursor_current_node(&y));
        if (ts_tree_cursor_goto_first_child(&x)) {
            equal = equal && ts_tree_cursor_goto_first_child(&y);
            continue;
        }
        while (equal && !ts_tree_cursor_goto_next_sibling(&x)) {
            more = ts_tree_cursor_goto_parent(&x);
            equal = ts_tree_cursor_goto_parent(&y) == more;
            if (!more) break;
        }
        if (equal && more) equal = ts_tree_cursor_goto_next_sibling(&y);
    }
    ts_tree_cursor_delete(&x);
    ts_tree_cursor_delete(&y);
    return equal;
}

static void fail(const char *what, uint64_t iteration, const char *text, size_t size) {
    printf("iteration %llu: %s\n", (unsigned long long)iteration, what);
    fwrite(text, 1, size, stdout);
    exit(1);
}

int main(int count, char **arguments) {
    uint64_t iterations = count > 1 ? strtoull(arguments[1], NULL, 10) : 20000;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 20260723;
    TSParser *parser = ts_parser_new();
    if (!ts_parser_set_language(parser, tree_sitter_dockerfile())) return 2;
    uint64_t bytes = 0, done = 0;
    for (uint64_t text_number = 1; done < iterations; text_number++) {
        state = (seed + text_number) * 0x9e3779b97f4a7c15u | 1;
        // Of its own size each, so that the sanitizer sees a read behind the end.
        char *text = malloc(MAX_TEXT);
        size_t size = soup(text, MAX_TEXT, 200);
        TSTree *tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)size);
        for (int i = 0; i < EDITS && done < iterations; i++, done++) {
            char inserted[256];
            size_t length = soup(inserted, sizeof inserted, 3);
            size_t start = boundary(text, size, below(size + 1)), removed = below((below(10) == 0 ? size : 6) + 1);
            if (removed > size - start) removed = size - start;
            removed = boundary(text, size, start + removed) - start;
            if (size - removed + length > MAX_TEXT) break;
            size_t new_size = size - removed + length;
            char *after = malloc(new_size ? new_size : 1);
            memcpy(after, text, start);
            memcpy(after + start, inserted, length);
            memcpy(after + start + length, text + start + removed, size - start - removed);
            TSInputEdit edit = {
                (uint32_t)start, (uint32_t)(start + removed), (uint32_t)(start + length),
                point(text, start), point(text, start + removed), point(after, start + length),
            };
            ts_tree_edit(tree, &edit);
            TSTree *edited = ts_parser_parse_string(parser, tree, after, (uint32_t)new_size);
            TSTree *fresh = ts_parser_parse_string(parser, NULL, after, (uint32_t)new_size);
            if (ts_node_has_error(ts_tree_root_node(fresh))) fail("a broken tree", done, after, new_size);
            if (!same_trees(edited, fresh)) fail("an edited tree that is not the fresh one", done, after, new_size);
            ts_tree_delete(tree);
            ts_tree_delete(fresh);
            free(text);
            tree = edited;
            text = after;
            size = new_size;
            bytes += size;
        }
        ts_tree_delete(tree);
        free(text);
    }
    ts_parser_delete(parser);
    printf("%llu iterations, %llu bytes: nothing found\n", (unsigned long long)done, (unsigned long long)bytes);
    return 0;
}
