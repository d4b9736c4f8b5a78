/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens to values: a recursive descent over "name = value" statements. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

#define NESTING_MAX 4u

struct parser {
    struct conf_lexer lex;
    struct conf_token token; /* the one looked at */
};

static int advance(struct parser *p)
{
    free(p->token.text);
    p->token.text = NULL;
    return conf_lex(&p->lex, &p->token);
}

static const char *token_name(const struct conf_token *token)
{
    static const char *const names[] = {
        [TOKEN_END] = "end of text", [TOKEN_NEWLINE] = "end of line", [TOKEN_NAME] = "name",
        [TOKEN_STRING] = "string",   [TOKEN_NUMBER] = "number",       [TOKEN_EQUALS] = "'='",
        [TOKEN_OPEN] = "'['",        [TOKEN_CLOSE] = "']'",           [TOKEN_COMMA] = "','",
    };

    return names[token->type];
}

/* Neighbouring strings are one string. */
static int parse_string(struct parser *p, struct conf_value *out)
{
    out->type = CONF_STRING;
    out->text = p->token.text;
    p->token.text = NULL;
    while (!advance(p)) {
        size_t have = strlen(out->text);
        char *joined;

        if (p->token.type != TOKEN_STRING)
            return 0;
        joined = realloc(out->text, have + strlen(p->token.text) + 1);
        if (!joined)
            return conf_lex_fail(&p->lex, p->token.pos, "out of memory");
        strcpy(joined + have, p->token.text);
        out->text = joined;
    }
    return -1;
}

static int parse_value(struct parser *p, struct conf_value *out, unsigned int depth);

static int parse_item(struct parser *p, struct conf_value *list, unsigned int depth)
{
    struct conf_value *items = realloc(list->items, (list->count + 1) * sizeof(*items));

    if (!items)
        return conf_lex_fail(&p->lex, p->token.pos, "out of memory");
    list->items = items;
    items[list->count] = (struct conf_value){0};
    return parse_value(p, &items[list->count++], depth + 1);
}

static int parse_list(struct parser *p, struct conf_value *out, unsigned int depth)
{
    out->type = CONF_LIST;
    if (depth >= NESTING_MAX)
        return conf_lex_fail(&p->lex, out->pos, "lists are nested too deep");
    if (advance(p))
        return -1;
    while (p->token.type != TOKEN_CLOSE) {
        if (p->token.type == TOKEN_END)
            return conf_lex_fail(&p->lex, out->pos, "list is not closed (add the missing ])");
        if (parse_item(p, out, depth))
            return -1;
        if (p->token.type == TOKEN_COMMA) {
            if (advance(p))
                return -1;
        } else if (p->token.type != TOKEN_CLOSE && p->token.type != TOKEN_END) {
            return conf_lex_fail(&p->lex, p->token.pos,
                                 "unexpected %s in a list (a comma or ] is missing)",
                                 token_name(&p->token));
        }
    }
    return advance(p);
}

static int parse_value(struct parser *p, struct conf_value *out, unsigned int depth)
{
    out->pos = p->token.pos;
    switch (p->token.type) {
    case TOKEN_STRING:
        return parse_string(p, out);
    case TOKEN_NUMBER:
        out->type = CONF_NUMBER;
        out->number = p->token.number;
        return advance(p);
    case TOKEN_OPEN:
        return parse_list(p, out, depth);
    case TOKEN_NAME:
        return conf_lex_fail(&p->lex, p->token.pos,
                             "variables are not known here (put '%s' between quotes, or write its "
                             "value)",
                             p->token.text);
    default:
        return conf_lex_fail(&p->lex, p->token.pos,
                             "a string, a number or a list is missing before this %s",
                             token_name(&p->token));
    }
}

static int parse_statement(struct parser *p, struct conf *conf)
{
    struct conf_pos pos = p->token.pos;
    struct conf_value value = {0};
    char *key;

    if (p->token.type != TOKEN_NAME)
        return conf_lex_fail(&p->lex, pos, "unexpected %s (a line is: key = value)",
                             token_name(&p->token));
    key = p->token.text;
    p->token.text = NULL;
    if (advance(p))
        goto bad;
    if (p->token.type != TOKEN_EQUALS) {
        conf_lex_fail(&p->lex, p->token.pos, "'=' is missing after %s", key);
        goto bad;
    }
    if (advance(p) || parse_value(p, &value, 0))
        goto bad;
    if (p->token.type != TOKEN_NEWLINE && p->token.type != TOKEN_END) {
        conf_lex_fail(&p->lex, p->token.pos, "unexpected %s after the value of %s",
                      token_name(&p->token), key);
        goto bad;
    }
    if (conf_put(conf, key, pos, false, &value) == 0)
        return 0;
    return conf_lex_fail(&p->lex, pos, "out of memory");
bad:
    free(key);
    conf_value_free(&value);
    return -1;
}

struct conf *conf_parse(const char *file, const char *text, size_t len, struct fail *f)
{
    struct conf *conf = calloc(1, sizeof(*conf));
    struct parser p = {.token.type = TOKEN_NEWLINE};
    int ret;

    conf_lex_init(&p.lex, file, text, len, f);
    if (!conf || !(conf->file = strdup(file))) {
        fail(f, "%s: out of memory", file);
        free(conf);
        return NULL;
    }
    ret = advance(&p);
    while (!ret && p.token.type != TOKEN_END)
        ret = p.token.type == TOKEN_NEWLINE ? advance(&p) : parse_statement(&p, conf);
    free(p.token.text);
    if (!ret)
        return conf;
    conf_free(conf);
    return NULL;
}
