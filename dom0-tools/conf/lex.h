/* SPDX-License-Identifier: BSD-2-Clause */
/* Config text to tokens, each with its place.  Pure: works on any bytes, allocates only strings. */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/fail.h"

struct conf_pos {
    unsigned int line, col; /* from 1; a column is a character, not a byte */
};

enum conf_token_type {
    TOKEN_END,
    TOKEN_NEWLINE, /* end of statement: a line end outside brackets, or ';' */
    TOKEN_NAME,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_EQUALS,
    TOKEN_ADD_TO, /* += */
    TOKEN_OPEN,   /* [ */
    TOKEN_CLOSE,
    TOKEN_PAREN, /* ( */
    TOKEN_PAREN_CLOSE,
    TOKEN_BRACE, /* { */
    TOKEN_BRACE_CLOSE,
    TOKEN_COMMA,
    TOKEN_COLON,
    TOKEN_PLUS,
    TOKEN_PERCENT,
    TOKEN_PYTHON, /* another operator of Python's, its byte in number */
};

struct conf_token {
    enum conf_token_type type;
    struct conf_pos pos;
    char *text;     /* TOKEN_NAME, TOKEN_STRING: malloc'ed, caller frees */
    int64_t number; /* TOKEN_NUMBER, TOKEN_PYTHON */
};

struct conf_lexer {
    const char *file, *next, *end;
    struct conf_pos pos;
    struct conf_pos after; /* where the last token ended */
    unsigned int depth;    /* of brackets: line ends inside are blanks */
    bool dotted;           /* names may have dots in them: xl.conf's do */
    struct fail *fail;
};

void conf_lex_init(struct conf_lexer *lex, const char *file, const char *text, size_t len,
                   struct fail *f);

/* Reads the next token: 0, or -1 with "file:line:col: cause (mend)" in the lexer's fail. */
int conf_lex(struct conf_lexer *lex, struct conf_token *token);

/* Writes "file:line:col: " and the formatted cause; returns -1. */
int conf_lex_fail(const struct conf_lexer *lex, struct conf_pos pos, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
