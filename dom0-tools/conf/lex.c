/* SPDX-License-Identifier: BSD-2-Clause */
/* Config text to tokens; see lex.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/lex.h"

void conf_lex_init(struct conf_lexer *lex, const char *file, const char *text, size_t len,
                   struct fail *f)
{
    *lex = (struct conf_lexer){
        .file = file, .next = text, .end = text + len, .pos = {1, 1}, .fail = f};
}

int conf_lex_fail(const struct conf_lexer *lex, struct conf_pos pos, const char *fmt, ...)
{
    char cause[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(cause, sizeof(cause), fmt, args);
    va_end(args);
    return fail(lex->fail, "%s:%u:%u: %s", lex->file, pos.line, pos.col, cause);
}

/* The byte @ahead, or -1 beyond the end. */
static int peek(const struct conf_lexer *lex, size_t ahead)
{
    return (size_t)(lex->end - lex->next) > ahead ? (unsigned char)lex->next[ahead] : -1;
}

static int take(struct conf_lexer *lex)
{
    int c = peek(lex, 0);

    if (c < 0)
        return c;
    lex->next++;
    if (c == '\n')
        lex->pos = (struct conf_pos){lex->pos.line + 1, 1};
    else if ((c & 0xc0) != 0x80) /* UTF-8 continuation bytes are part of the same column */
        lex->pos.col++;
    return c;
}

static bool is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* Takes a backslash and the line end behind it, which goes for a blank; false if it is none. */
static bool take_continuation(struct conf_lexer *lex)
{
    unsigned int end = peek(lex, 1) == '\r' ? 2 : 1;

    if (peek(lex, 0) != '\\' || peek(lex, end) != '\n')
        return false;
    for (unsigned int i = 0; i <= end; i++)
        take(lex);
    return true;
}

static void skip_blanks(struct conf_lexer *lex)
{
    for (;;) {
        int c = peek(lex, 0);

        if (c == '#') {
            while (peek(lex, 0) >= 0 && peek(lex, 0) != '\n')
                take(lex);
        } else if (take_continuation(lex)) {
            continue;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || (c == '\n' && lex->depth)) {
            take(lex);
        } else {
            return;
        }
    }
}

static int lex_name(struct conf_lexer *lex, struct conf_token *token)
{
    const char *start = lex->next;

    while (is_name_start(peek(lex, 0)) || is_digit(peek(lex, 0)) ||
           (lex->dotted && peek(lex, 0) == '.'))
        take(lex);
    token->type = TOKEN_NAME;
    token->text = strndup(start, lex->next - start);
    return token->text ? 0 : conf_lex_fail(lex, token->pos, "out of memory");
}

static int lex_number(struct conf_lexer *lex, struct conf_token *token)
{
    char digits[32];
    size_t n = 0;
    char *end;

    while (is_digit(peek(lex, 0)) || is_name_start(peek(lex, 0)) || peek(lex, 0) == '.' ||
           peek(lex, 0) == '-') {
        int c = take(lex);

        if (n < sizeof(digits) - 1)
            digits[n++] = c;
    }
    digits[n] = '\0';
    token->type = TOKEN_NUMBER;
    errno = 0;
    token->number = strtoll(digits, &end, 0);
    if (errno == ERANGE)
        return conf_lex_fail(lex, token->pos, "number %s is too large", digits);
    if (*end != '\0' || n == sizeof(digits) - 1)
        return conf_lex_fail(lex, token->pos,
                             "'%s' is not a number (put it between quotes if it is text)", digits);
    return 0;
}

/* The byte that \@c stands for in Python, or -1 if the backslash stays. */
static int escape(int c)
{
    static const char from[] = "\\'\"nrt", to[] = "\\'\"\n\r\t";
    const char *at = c > 0 ? strchr(from, c) : NULL;

    return at ? to[at - from] : -1;
}

/* Takes the opening quote, one or three of them; returns how many close the string. */
static unsigned int open_quote(struct conf_lexer *lex, int quote)
{
    bool triple = peek(lex, 1) == quote && peek(lex, 2) == quote;

    for (unsigned int i = 0; i < (triple ? 3 : 1); i++)
        take(lex);
    return triple ? 3 : 1;
}

/* Takes the closing quote if it is next. */
static bool close_quote(struct conf_lexer *lex, int quote, unsigned int quotes)
{
    for (unsigned int i = 0; i < quotes; i++)
        if (peek(lex, i) != quote)
            return false;
    for (unsigned int i = 0; i < quotes; i++)
        take(lex);
    return true;
}

static int lex_string(struct conf_lexer *lex, struct conf_token *token)
{
    int quote = peek(lex, 0);
    char *out = malloc(lex->end - lex->next + 1);
    unsigned int quotes;
    size_t n = 0;

    if (!out)
        return conf_lex_fail(lex, token->pos, "out of memory");
    token->type = TOKEN_STRING;
    token->text = out;
    quotes = open_quote(lex, quote);
    while (!close_quote(lex, quote, quotes)) {
        int c, e;

        if (take_continuation(lex))
            continue;
        c = take(lex);
        if (c < 0 || (c == '\n' && quotes == 1))
            return conf_lex_fail(lex, token->pos, "string is not closed%s (add the missing %c%s)",
                                 quotes == 1 ? " on its line" : "", quote,
                                 quotes == 1 ? "" : ", three of them");
        if (c == '\0')
            return conf_lex_fail(lex, token->pos, "string contains a NUL byte");
        if (c == '\\' && (e = escape(peek(lex, 0))) >= 0) {
            take(lex);
            c = e;
        }
        out[n++] = c;
    }
    out[n] = '\0';
    out = realloc(out, n + 1); /* it had room for all of the file */
    token->text = out ? out : token->text;
    return 0;
}

/* Bytes that copying from a web page or a word processor leaves behind, by name and cure. */
static int lex_stranger(struct conf_lexer *lex, struct conf_pos pos)
{
    int a = peek(lex, 0), b = peek(lex, 1), c = peek(lex, 2);

    if (a == 0xe2 && b == 0x80 && c >= 0x98 && c <= 0x9f)
        return conf_lex_fail(lex, pos, "typographic quote U+20%02X (write %s instead)",
                             c - 0x98 + 0x18, c < 0x9c ? "'" : "\"");
    if (a == 0xc2 && b == 0xa0)
        return conf_lex_fail(lex, pos, "no-break space U+00A0 (write a plain space)");
    if (a == '/' && b == '/')
        return conf_lex_fail(lex, pos, "'//' does not begin a comment (write # instead)");
    if (a > ' ' && a < 0x7f)
        return conf_lex_fail(lex, pos, "unexpected character '%c'", a);
    return conf_lex_fail(lex, pos, "unexpected byte 0x%02x", a);
}

static int lex_mark(struct conf_lexer *lex, struct conf_token *token)
{
    static const char marks[] = "\n;=[](){},:+%.*<>!&|^~@-/", open[] = "[({", close[] = "])}";
    static const enum conf_token_type types[] = {
        TOKEN_NEWLINE, TOKEN_NEWLINE,     TOKEN_EQUALS,  TOKEN_OPEN,        TOKEN_CLOSE,
        TOKEN_PAREN,   TOKEN_PAREN_CLOSE, TOKEN_BRACE,   TOKEN_BRACE_CLOSE, TOKEN_COMMA,
        TOKEN_COLON,   TOKEN_PLUS,        TOKEN_PERCENT,
    };
    int c = peek(lex, 0);
    const char *at = c > 0 ? strchr(marks, c) : NULL;
    size_t kind = at ? (size_t)(at - marks) : 0;

    if (!at || (c == '/' && peek(lex, 1) == '/'))
        return lex_stranger(lex, token->pos);
    take(lex);
    token->type = kind < sizeof(types) / sizeof(types[0]) ? types[kind] : TOKEN_PYTHON;
    token->number = c;
    if (c == '+' && peek(lex, 0) == '=') {
        take(lex);
        token->type = TOKEN_ADD_TO;
    } else if (strchr(open, c)) {
        lex->depth++;
    } else if (strchr(close, c) && lex->depth) {
        lex->depth--;
    }
    return 0;
}

int conf_lex(struct conf_lexer *lex, struct conf_token *token)
{
    int c;

    lex->after = lex->pos;
    skip_blanks(lex);
    c = peek(lex, 0);
    *token = (struct conf_token){.type = TOKEN_END, .pos = lex->pos};
    if (c < 0)
        return 0;
    if (is_name_start(c))
        return lex_name(lex, token);
    if (is_digit(c) || (c == '-' && is_digit(peek(lex, 1))))
        return lex_number(lex, token);
    if (c == '\'' || c == '"')
        return lex_string(lex, token);
    return lex_mark(lex, token);
}
