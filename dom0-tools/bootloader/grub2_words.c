/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of GRUB 2's scripts; see grub2_words.h. */
#include <ctype.h>
#include <string.h>

#include "bootloader/grub2_words.h"

const char *script_get(const struct script *s, const char *name, size_t len)
{
    for (unsigned int i = 0; i < s->variables; i++)
        if (strlen(s->variable[i].name) == len && memcmp(s->variable[i].name, name, len) == 0)
            return s->variable[i].value;
    return len > 8 && memcmp(name, "feature_", 8) == 0 ? "y" : "";
}

void script_set(struct script *s, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    size_t len = equals ? (size_t)(equals - assignment) : 0;
    struct variable *v = s->variable, *end = s->variable + s->variables;

    if (!len || len >= VARIABLE_NAME || strlen(equals + 1) >= MENU_TITLE)
        return;
    while (v < end && (strncmp(v->name, assignment, len) != 0 || v->name[len]))
        v++;
    if (v == s->variable + VARIABLES)
        return;
    if (v == end)
        s->variables++;
    memcpy(v->name, assignment, len);
    v->name[len] = '\0';
    strcpy(v->value, equals + 1);
}

static int peek(const struct script *s, size_t ahead)
{
    return s->rest.len > ahead ? (unsigned char)s->rest.at[ahead] : -1;
}

static void skip(struct script *s, size_t n)
{
    s->rest.at += n;
    s->rest.len -= n;
}

static void put(struct command *c, const char *text, size_t len)
{
    if (c->broken || len > COMMAND_BYTES - 1 - c->used) {
        c->broken = true;
        return;
    }
    memcpy(c->text + c->used, text, len);
    c->used += len;
}

/* "$name" or "${name}"; anything else is a dollar sign. */
static void put_variable(struct script *s, struct command *c)
{
    bool braces = peek(s, 1) == '{';
    size_t start = braces ? 2 : 1, len = 0;
    const char *value;

    while (isalnum(peek(s, start + len)) || peek(s, start + len) == '_' ||
           (braces && peek(s, start + len) == '-'))
        len++;
    if (!len || (braces && peek(s, start + len) != '}')) {
        put(c, "$", 1);
        skip(s, 1);
        return;
    }
    value = script_get(s, s->rest.at + start, len);
    put(c, value, strlen(value));
    skip(s, start + len + braces);
}

/* From the opening quote to the closing one, or to the end of the script. */
static void put_quoted(struct script *s, struct command *c)
{
    int quote = peek(s, 0), next;

    skip(s, 1);
    while ((next = peek(s, 0)) >= 0 && next != quote) {
        if (quote == '"' && next == '$') {
            put_variable(s, c);
            continue;
        }
        if (quote == '"' && next == '\\' &&
            (peek(s, 1) == '"' || peek(s, 1) == '\\' || peek(s, 1) == '$'))
            skip(s, 1);
        put(c, s->rest.at, 1);
        skip(s, 1);
    }
    if (next >= 0)
        skip(s, 1);
}

static bool ends_word(int c)
{
    return c < 0 || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';' || c == '&' ||
           c == '|';
}

/* As in a shell, a variable that is empty is no word, unless it is quoted. */
static void read_word(struct script *s, struct command *c)
{
    size_t start = c->used;
    bool quoted = false;
    int next;

    while (!ends_word(next = peek(s, 0))) {
        if (next == '\'' || next == '"') {
            quoted = true;
            put_quoted(s, c);
        } else if (next == '$') {
            put_variable(s, c);
        } else {
            if (next == '\\' && peek(s, 1) >= 0)
                skip(s, 1);
            if (peek(s, 0) != '\n') /* the line goes on */
                put(c, s->rest.at, 1);
            skip(s, 1);
        }
    }
    if (!quoted && c->used == start && !c->broken)
        return;
    put(c, "", 1);
    if (!c->broken && c->count < COMMAND_WORDS)
        c->word[c->count++] = c->text + start;
    else
        c->broken = true;
}

/* A "{" or "}" that is a word of its own. */
static bool is_brace(const struct script *s, int brace)
{
    return peek(s, 0) == brace && ends_word(peek(s, 1));
}

bool script_next(struct script *s, struct command *c)
{
    int next;

    c->count = c->used = 0;
    c->opens = c->broken = false;
    while ((next = peek(s, 0)) >= 0) {
        if (next == '#') {
            while (peek(s, 0) >= 0 && peek(s, 0) != '\n')
                skip(s, 1);
        } else if (is_brace(s, '{')) {
            skip(s, 1);
            c->opens = true;
            return true;
        } else if (is_brace(s, '}')) {
            if (c->count || c->broken)
                return true;
            skip(s, 1);
            c->word[c->count++] = "}";
            return true;
        } else if (!ends_word(next)) {
            read_word(s, c);
        } else {
            skip(s, 1);
            if ((next == '\n' || next == ';' || next == '&' || next == '|') && c->count)
                return true;
        }
    }
    return c->count != 0;
}
