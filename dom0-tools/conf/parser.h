/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of the parser: statements (parse.c) are made of expressions (expr.c). */
#ifndef CONF_PARSER_H
#define CONF_PARSER_H

#include "conf/conf.h"

struct parser {
    struct conf_lexer lex;
    struct conf_token token; /* the one looked at */
    struct conf *conf;       /* what has been read so far: variables */
    struct conf *outer;      /* further variables, from the command line; or NULL */
    size_t budget;           /* bytes that values may still grow by */
};

/* Goes on to the next token; 0 or -1. */
int parser_advance(struct parser *p);

/* Is it a word that begins one of Python's statements, so that no key can be called so? */
bool conf_is_statement(const char *word);

/* "end of line", "','", ... */
const char *token_name(const struct conf_token *token);

/* Reads and evaluates one expression: 0, or -1 with the message written and @out empty. */
int parse_expression(struct parser *p, struct conf_value *out);

#endif
