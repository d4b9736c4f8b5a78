/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration against the schema: unknown keys warn, wrong types and ranges are errors. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"
#include "conf/words.h"

static void warn_unknown(const struct conf *conf, const struct conf_entry *entry, FILE *warn)
{
    const char *near = schema_nearest(entry->key);

    if (!warn)
        return;
    if (entry->override)
        fprintf(warn, "Warning: command line: ");
    else
        fprintf(warn, "Warning: %s:%u:%u: ", conf->file, entry->pos.line, entry->pos.col);
    fprintf(warn, "unknown key %s is ignored", entry->key);
    if (near)
        fprintf(warn, " (did you mean %s?)", near);
    fputc('\n', warn);
}

static int check_number(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    int64_t n = value->number;
    char *end;

    if (value->type == CONF_LIST)
        return conf_fail(conf, key->name, value, f, "a number is expected, not a list");
    if (value->type == CONF_STRING) {
        errno = 0;
        n = strtoll(value->text, &end, 0);
        if (errno || end == value->text || *end)
            return conf_fail(conf, key->name, value, f, "'%s' is not a number", value->text);
    }
    if (n < key->min || n > key->max)
        return conf_fail(conf, key->name, value, f,
                         "%" PRId64 " is out of range (%" PRId64 " to %" PRId64 ")", n, key->min,
                         key->max);
    return 0;
}

static int check_string(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    if (value->type == CONF_STRING)
        return 0;
    return conf_fail(conf, key->name, value, f, "text between quotes is expected, not a %s",
                     value->type == CONF_LIST ? "list" : "number");
}

static int check_choice(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    if (check_string(conf, key, value, f))
        return -1;
    if (word_in(value->text, strlen(value->text), key->choices))
        return 0;
    if (strcmp(value->text, "hvm") == 0 || strcmp(value->text, "pvh") == 0)
        return conf_fail(conf, key->name, value, f, "only PV guests are supported, not '%s'",
                         value->text);
    return conf_fail(conf, key->name, value, f, "'%s' is not one of %s", value->text, key->choices);
}

static int check_list(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, struct fail *f)
{
    if (value->type != CONF_LIST) {
        if (key->type == SCHEMA_NUMLIST && value->type == CONF_NUMBER)
            return 0;
        return check_string(conf, key, value, f);
    }
    for (size_t i = 0; i < value->count; i++) {
        if (key->type == SCHEMA_NUMLIST && value->items[i].type == CONF_NUMBER)
            continue;
        if (check_string(conf, key, &value->items[i], f))
            return -1;
    }
    return 0;
}

static int check_entry(const struct conf *conf, const struct conf_entry *entry, FILE *warn,
                       struct fail *f)
{
    const struct schema_key *key = schema_find(entry->key);

    if (!key) {
        warn_unknown(conf, entry, warn);
        return 0;
    }
    switch (key->type) {
    case SCHEMA_STRING:
        return check_string(conf, key, &entry->value, f);
    case SCHEMA_NUMBER:
        return check_number(conf, key, &entry->value, f);
    case SCHEMA_CHOICE:
        return check_choice(conf, key, &entry->value, f);
    case SCHEMA_LIST:
    case SCHEMA_NUMLIST:
        return check_list(conf, key, &entry->value, f);
    case SCHEMA_IGNORED:
        if (warn)
            fprintf(warn, "Warning: %s:%u:%u: %s has no effect (%s)\n", conf->file, entry->pos.line,
                    entry->pos.col, key->name, key->help);
        return 0;
    case SCHEMA_REFUSED:
        return conf_fail(conf, key->name, NULL, f, "%s", key->choices);
    }
    return 0;
}

int conf_check(const struct conf *conf, FILE *warn, struct fail *f)
{
    for (size_t i = 0; i < conf->count; i++)
        if (check_entry(conf, &conf->entries[i], warn, f))
            return -1;
    return 0;
}
