/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value arguments of a command line; see conf_override() and conf_read() in conf.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"
#include "conf/sxp_read.h"

/* A command line is short; what it makes is bounded all the same. */
#define BUDGET (1u << 20)

#define KEY_BYTES "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* The shell has taken the quotes from extra="3": a number is meant as text where text belongs. */
static bool fits(const struct schema_key *key, const struct conf_value *value)
{
    return !key || value->type != CONF_NUMBER ||
           (key->type != SCHEMA_STRING && key->type != SCHEMA_LIST);
}

/* Reads "key=literal" as a config line; false if it is not one. */
static bool read_literal(const char *arg, size_t key_len, struct conf_value *out)
{
    struct fail ignored;
    struct conf *one = conf_parse("command line", arg, strlen(arg), &ignored);
    bool ok = one && one->count == 1 && strlen(one->entries[0].key) == key_len;

    if (ok) {
        *out = one->entries[0].value;
        ok = fits(schema_find(one->entries[0].key), out);
        if (ok)
            one->entries[0].value = (struct conf_value){0}; /* it has moved */
    }
    conf_free(one);
    return ok;
}

/* Makes the list of @value alone, if it is none. */
static int make_list(struct conf_value *value, size_t *budget, struct fail *f)
{
    struct conf_value list = {.type = CONF_LIST, .pos = value->pos};

    if (value->type == CONF_LIST)
        return 0;
    if (conf_value_append(&list, value, budget, f))
        return -1;
    *value = list;
    return 0;
}

/* Puts the value in; a device list given before on the command line is appended to. */
static int put(struct conf *conf, char *key, struct conf_value *value, struct fail *f)
{
    const struct schema_key *row = schema_find(key);
    struct conf_entry *entry = conf_find_entry(conf, key);
    size_t budget = BUDGET;

    if (row && row->type == SCHEMA_LIST) {
        if (make_list(value, &budget, f))
            goto bad;
        if (entry && entry->override && entry->value.type == CONF_LIST) {
            free(key);
            return conf_value_add(&entry->value, value, &budget, f);
        }
    }
    if (conf_put(conf, key, (struct conf_pos){1, 1}, true, value) == 0)
        return 0;
    return fail(f, "out of memory");
bad:
    free(key);
    conf_value_free(value);
    return -1;
}

int conf_override(struct conf *conf, const char *arg, struct fail *f)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : 0;
    struct conf_value value = {0};
    char *key;

    if (len == 0 || strspn(arg, KEY_BYTES) != len)
        return fail(f, "'%s' is not of the form key=value", arg);
    key = strndup(arg, len);
    if (key && !read_literal(arg, len, &value))
        value = (struct conf_value){.type = CONF_STRING, .text = strdup(equals + 1)};
    if (!key || (value.type == CONF_STRING && !value.text)) {
        free(key);
        return fail(f, "out of memory");
    }
    return put(conf, key, &value, f);
}

static int apply(struct conf *conf, char *const *args, size_t count, struct fail *f)
{
    for (size_t i = 0; i < count; i++)
        if (conf_override(conf, args[i], f))
            return -1;
    return 0;
}

struct conf *conf_read(const char *file, const char *text, size_t len, char *const *args,
                       size_t count, struct fail *f)
{
    struct conf *outer = conf_new("command line"), *conf = NULL;

    if (!outer)
        fail(f, "out of memory");
    else if (apply(outer, args, count, f) == 0)
        conf = sxp_is_one(text, len) ? sxp_read(file, text, len, f)
                                     : conf_parse_with(file, text, len, outer, f);
    if (conf && apply(conf, args, count, f)) {
        conf_free(conf);
        conf = NULL;
    }
    for (size_t i = 0; conf && i < outer->count; i++)
        if (outer->entries[i].used)
            conf_find_entry(conf, outer->entries[i].key)->used = true;
    conf_free(outer);
    return conf;
}
