/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expressions to values: a recursive descent over what Python files of the xm era hold.
 *     sum = product { '+' product }      product = primary { '%' primary }
 *     primary = text+ | number | variable | '[' sum, ... ']' | '(' sum, ... ')' | '{' ... '}'
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parser.h"
#include "conf/words.h"

/* Deeper than any real file; bounds the recursion. */
#define NESTING_MAX 8u

/* Where an expression stands. */
struct place {
    unsigned int depth;
    bool item; /* directly in a list: two texts without a comma are a mistake, not one text */
};

int parser_advance(struct parser *p)
{
    free(p->token.text);
    p->token.text = NULL;
    return conf_lex(&p->lex, &p->token);
}

const char *token_name(const struct conf_token *token)
{
    static const char *const names[] = {
        [TOKEN_END] = "end of text", [TOKEN_NEWLINE] = "end of line",
        [TOKEN_NAME] = "name",       [TOKEN_STRING] = "string",
        [TOKEN_NUMBER] = "number",   [TOKEN_EQUALS] = "'='",
        [TOKEN_ADD_TO] = "'+='",     [TOKEN_OPEN] = "'['",
        [TOKEN_CLOSE] = "']'",       [TOKEN_PAREN] = "'('",
        [TOKEN_PAREN_CLOSE] = "')'", [TOKEN_BRACE] = "'{'",
        [TOKEN_BRACE_CLOSE] = "'}'", [TOKEN_COMMA] = "','",
        [TOKEN_COLON] = "':'",       [TOKEN_PLUS] = "'+'",
        [TOKEN_PERCENT] = "'%'",     [TOKEN_PYTHON] = "operator",
    };

    return names[token->type];
}

/* True if the token goes on with an expression that is not evaluated here; says so. */
static bool is_python(struct parser *p)
{
    const struct conf_token *token = &p->token;

    if (token->type == TOKEN_PYTHON)
        conf_lex_fail(&p->lex, token->pos,
                      "'%c' would be a Python expression (write the resulting value)",
                      (int)token->number);
    else if (token->type == TOKEN_PAREN || token->type == TOKEN_OPEN)
        conf_lex_fail(&p->lex, token->pos,
                      "Python's functions and indices are not evaluated (write the resulting "
                      "value)");
    else if (token->type == TOKEN_NAME &&
             word_in(token->text, strlen(token->text), "if|else|for|in|and|or|is|not"))
        conf_lex_fail(&p->lex, token->pos,
                      "'%s' would be a Python expression (write the resulting value)", token->text);
    else
        return false;
    return true;
}

/* Puts the place before the cause that a value's arithmetic has given. */
static int fail_at(struct parser *p, struct conf_pos pos, const struct fail *cause)
{
    return conf_lex_fail(&p->lex, pos, "%s", cause->text);
}

/* Neighbouring strings are one string. */
static int parse_string(struct parser *p, struct conf_value *out, struct place place)
{
    out->type = CONF_STRING;
    out->text = p->token.text;
    p->token.text = NULL;
    while (!parser_advance(p)) {
        struct conf_value next = {.type = CONF_STRING, .text = p->token.text};
        struct fail cause;

        if (p->token.type != TOKEN_STRING)
            return 0;
        if (place.item)
            return conf_lex_fail(&p->lex, p->lex.after,
                                 "a comma is missing here, between two "
                                 "strings of a list (write + to join them)");
        p->token.text = NULL;
        if (conf_value_add(out, &next, &p->budget, &cause))
            return fail_at(p, p->token.pos, &cause);
    }
    return -1;
}

static unsigned int nesting(const struct conf_value *value)
{
    unsigned int deepest = 0;

    for (size_t i = 0; i < value->count; i++) {
        unsigned int inside = nesting(&value->items[i]) + 1;

        deepest = inside > deepest ? inside : deepest;
    }
    return deepest;
}

static int fail_unset(struct parser *p)
{
    int next = p->lex.next < p->lex.end ? *p->lex.next : 0;

    if (next == '.' || next == '(')
        return conf_lex_fail(&p->lex, p->token.pos,
                             "'%s%c' is Python code, which is not run (write the resulting value)",
                             p->token.text, next);
    return conf_lex_fail(&p->lex, p->token.pos,
                         "'%s' is not set above (put it between quotes if it is text)",
                         p->token.text);
}

static int parse_variable(struct parser *p, struct conf_value *out, struct place place)
{
    const struct conf_pos pos = p->token.pos;
    struct conf_entry *entry = conf_find_entry(p->conf, p->token.text);
    struct fail cause;

    if (!entry && p->outer)
        entry = conf_find_entry(p->outer, p->token.text);
    out->type = CONF_NUMBER;
    if (strcmp(p->token.text, "True") == 0) {
        out->number = 1;
    } else if (strcmp(p->token.text, "None") == 0) {
        out->type = CONF_NONE;
    } else if (entry) {
        entry->used = true;
        if (conf_value_copy(out, &entry->value, &p->budget, &cause))
            return fail_at(p, pos, &cause);
        out->pos = pos;
        if (place.depth + nesting(out) > NESTING_MAX)
            return conf_lex_fail(&p->lex, pos, "brackets are nested too deep");
    } else if (strcmp(p->token.text, "False") != 0) {
        return fail_unset(p);
    }
    return parser_advance(p) || is_python(p) ? -1 : 0;
}

static int parse_sum(struct parser *p, struct conf_value *out, struct place place);

/* Reads one value and appends it to @list. */
static int parse_item(struct parser *p, struct conf_value *list, struct place place)
{
    const struct conf_pos pos = p->token.pos;
    struct conf_value item = {0};
    struct fail cause;

    if (parse_sum(p, &item, place))
        goto bad;
    if (item.type == CONF_NONE) {
        conf_lex_fail(&p->lex, pos, "None in a list (leave it out)");
        goto bad;
    }
    if (conf_value_append(list, &item, &p->budget, &cause) == 0)
        return 0;
    return fail_at(p, pos, &cause);
bad:
    conf_value_free(&item);
    return -1;
}

/* After an item: a comma, or the end; @what is "list" or "tuple", @close its end. */
static int parse_comma(struct parser *p, enum conf_token_type close, const char *what)
{
    if (p->token.type == TOKEN_COMMA)
        return parser_advance(p);
    if (p->token.type == close || p->token.type == TOKEN_END)
        return 0;
    if (is_python(p))
        return -1;
    return conf_lex_fail(&p->lex, p->token.pos, "unexpected %s in a %s (a comma or %s is missing)",
                         token_name(&p->token), what, close == TOKEN_CLOSE ? "]" : ")");
}

static int parse_list(struct parser *p, struct conf_value *out, struct place place)
{
    out->type = CONF_LIST;
    if (parser_advance(p))
        return -1;
    while (p->token.type != TOKEN_CLOSE) {
        if (p->token.type == TOKEN_END)
            return conf_lex_fail(&p->lex, out->pos, "list is not closed (add the missing ])");
        if (parse_item(p, out, (struct place){place.depth + 1, true}) ||
            parse_comma(p, TOKEN_CLOSE, "list"))
            return -1;
    }
    return parser_advance(p);
}

/* A tuple is as good as a list; without a comma the parentheses only group. */
static int parse_parentheses(struct parser *p, struct conf_value *out, struct place place)
{
    const struct conf_pos pos = out->pos;
    bool tuple = false;

    out->type = CONF_LIST;
    if (parser_advance(p))
        return -1;
    while (p->token.type != TOKEN_PAREN_CLOSE) {
        if (p->token.type == TOKEN_END)
            return conf_lex_fail(&p->lex, pos, "'(' is not closed (add the missing ))");
        if (parse_item(p, out, (struct place){place.depth + 1, false}))
            return -1;
        tuple |= p->token.type == TOKEN_COMMA;
        if (parse_comma(p, TOKEN_PAREN_CLOSE, "tuple"))
            return -1;
    }
    if (!tuple && out->count) {
        struct conf_value only = out->items[0];

        free(out->items);
        *out = only;
        out->pos = pos;
    }
    return parser_advance(p);
}

/* Read only so that the check can name the true reason, often that the guest is HVM. */
static int parse_dictionary(struct parser *p, struct conf_value *out, struct place place)
{
    const struct place inside = {place.depth + 1, false};

    out->type = CONF_DICT;
    if (parser_advance(p))
        return -1;
    while (p->token.type != TOKEN_BRACE_CLOSE) {
        if (p->token.type == TOKEN_END)
            return conf_lex_fail(&p->lex, out->pos, "'{' is not closed (add the missing })");
        if (parse_item(p, out, inside))
            return -1;
        if (p->token.type != TOKEN_COLON)
            return conf_lex_fail(&p->lex, p->token.pos, "':' is missing after a dictionary's key");
        if (parser_advance(p) || parse_item(p, out, inside))
            return -1;
        if (p->token.type == TOKEN_COMMA) {
            if (parser_advance(p))
                return -1;
        } else if (p->token.type != TOKEN_BRACE_CLOSE && p->token.type != TOKEN_END) {
            return conf_lex_fail(&p->lex, p->token.pos, "a comma or } is missing in a dictionary");
        }
    }
    return parser_advance(p);
}

static int parse_primary(struct parser *p, struct conf_value *out, struct place place)
{
    out->pos = p->token.pos;
    if (place.depth > NESTING_MAX)
        return conf_lex_fail(&p->lex, out->pos, "brackets are nested too deep");
    switch (p->token.type) {
    case TOKEN_STRING:
        return parse_string(p, out, place);
    case TOKEN_NUMBER:
        out->type = CONF_NUMBER;
        out->number = p->token.number;
        return parser_advance(p);
    case TOKEN_NAME:
        return parse_variable(p, out, place);
    case TOKEN_OPEN:
        return parse_list(p, out, place);
    case TOKEN_PAREN:
        return parse_parentheses(p, out, place);
    case TOKEN_BRACE:
        return parse_dictionary(p, out, place);
    default:
        if (is_python(p))
            return -1;
        return conf_lex_fail(&p->lex, p->token.pos,
                             "a string, a number or a list is missing before this %s",
                             token_name(&p->token));
    }
}

static int parse_product(struct parser *p, struct conf_value *out, struct place place);

/* An operator, what stands on its sides, and what it does. */
static const struct binary {
    enum conf_token_type token;
    int (*side)(struct parser *p, struct conf_value *out, struct place place);
    int (*apply)(struct conf_value *left, struct conf_value *right, size_t *budget, struct fail *f);
} sum = {TOKEN_PLUS, parse_product, conf_value_add},
  product = {TOKEN_PERCENT, parse_primary, conf_value_percent};

static int parse_binary(struct parser *p, struct conf_value *out, struct place place,
                        const struct binary *op)
{
    struct conf_value right = {0};
    struct fail cause;

    if (op->side(p, out, place))
        return -1;
    while (p->token.type == op->token) {
        const struct conf_pos pos = p->token.pos;

        if (parser_advance(p) || op->side(p, &right, place)) {
            conf_value_free(&right);
            return -1;
        }
        if (op->apply(out, &right, &p->budget, &cause))
            return fail_at(p, pos, &cause);
    }
    return 0;
}

static int parse_product(struct parser *p, struct conf_value *out, struct place place)
{
    return parse_binary(p, out, place, &product);
}

static int parse_sum(struct parser *p, struct conf_value *out, struct place place)
{
    return parse_binary(p, out, place, &sum);
}

int parse_expression(struct parser *p, struct conf_value *out)
{
    *out = (struct conf_value){0};
    if (parse_sum(p, out, (struct place){0}) == 0 && !is_python(p))
        return 0;
    conf_value_free(out);
    return -1;
}
