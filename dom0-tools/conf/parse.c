/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements: "name = value" and "name += value"; everything else is refused by its name. */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "conf/words.h"

/*
 * What all values of one file may take together, in bytes: real files need some thousands.  Ten lines may come
 * to all of it, and what is done with a value then takes its time: milliseconds, with this.
 */
#define BUDGET (256u << 10)

static const char python[] = "import|from|def|class|if|elif|else|for|while|try|except|finally|with|"
                             "print|return|pass|raise|assert|del|exec|global|lambda|yield|break|"
                             "continue";

bool conf_is_statement(const char *word)
{
    return word_in(word, strlen(word), python);
}

static int refuse_statement(struct parser *p, const char *key)
{
    switch (p->token.type) {
    case TOKEN_PAREN:
    case TOKEN_OPEN:
    case TOKEN_PYTHON:
        return conf_lex_fail(&p->lex, p->token.pos,
                             "'%s%c' is Python code: only key = value is read (write the values "
                             "that it would set)",
                             key,
                             p->token.type == TOKEN_PAREN  ? '('
                             : p->token.type == TOKEN_OPEN ? '['
                                                           : (int)p->token.number);
    default:
        return conf_lex_fail(&p->lex, p->token.pos, "'=' is missing after %s", key);
    }
}

/* "name += value" is "name = name + value". */
static int add_to(struct parser *p, const char *key, struct conf_value *value)
{
    struct conf_entry *entry = conf_find_entry(p->conf, key);
    const struct conf_pos pos = value->pos;
    struct conf_value sum;
    struct fail cause;

    if (!entry)
        return conf_lex_fail(&p->lex, pos, "'%s' is not set above: write = for +=", key);
    entry->used = true;
    if (conf_value_copy(&sum, &entry->value, &p->budget, &cause))
        return conf_lex_fail(&p->lex, pos, "%s", cause.text);
    sum.pos = pos;
    if (conf_value_add(&sum, value, &p->budget, &cause)) {
        conf_value_free(&sum);
        return conf_lex_fail(&p->lex, pos, "%s", cause.text);
    }
    *value = sum;
    return 0;
}

/* What follows "key": an equals sign, the value, the end of the line. */
static int parse_assignment(struct parser *p, const char *key, struct conf_value *value)
{
    bool add = p->token.type == TOKEN_ADD_TO;

    if (!add && p->token.type != TOKEN_EQUALS)
        return refuse_statement(p, key);
    if (parser_advance(p) || parse_expression(p, value))
        return -1;
    if (p->token.type != TOKEN_NEWLINE && p->token.type != TOKEN_END)
        return conf_lex_fail(&p->lex, p->token.pos, "unexpected %s after the value of %s",
                             token_name(&p->token), key);
    return add ? add_to(p, key, value) : 0;
}

static int parse_statement(struct parser *p)
{
    struct conf_pos pos = p->token.pos;
    struct conf_value value = {0};
    char *key;

    if (p->token.type != TOKEN_NAME)
        return conf_lex_fail(&p->lex, pos, "unexpected %s (a line is: key = value)",
                             token_name(&p->token));
    if (conf_is_statement(p->token.text))
        return conf_lex_fail(&p->lex, pos,
                             "'%s' is a Python statement: only key = value is read (write the "
                             "values that it would set)",
                             p->token.text);
    key = p->token.text;
    p->token.text = NULL;
    if (parser_advance(p) || parse_assignment(p, key, &value)) {
        free(key);
        conf_value_free(&value);
        return -1;
    }
    if (conf_put(p->conf, key, pos, false, &value) == 0)
        return 0;
    return conf_lex_fail(&p->lex, pos, "out of memory");
}

static struct conf *parse(const char *file, const char *text, size_t len, struct conf *outer,
                          bool dotted, struct fail *f)
{
    struct parser p = {
        .token.type = TOKEN_NEWLINE, .outer = outer, .budget = BUDGET, .conf = conf_new(file)};
    int ret;

    conf_lex_init(&p.lex, file, text, len, f);
    p.lex.dotted = dotted;
    if (!p.conf) {
        fail(f, "%s: out of memory", file);
        return NULL;
    }
    ret = parser_advance(&p);
    while (!ret && p.token.type != TOKEN_END)
        ret = p.token.type == TOKEN_NEWLINE ? parser_advance(&p) : parse_statement(&p);
    free(p.token.text);
    if (ret) {
        conf_free(p.conf);
        return NULL;
    }
    conf_forget_none(p.conf);
    return p.conf;
}

struct conf *conf_parse_with(const char *file, const char *text, size_t len, struct conf *outer,
                             struct fail *f)
{
    return parse(file, text, len, outer, false, f);
}

struct conf *conf_parse(const char *file, const char *text, size_t len, struct fail *f)
{
    return parse(file, text, len, NULL, false, f);
}

struct conf *conf_parse_dotted(const char *file, const char *text, size_t len, struct fail *f)
{
    return parse(file, text, len, NULL, true, f);
}
