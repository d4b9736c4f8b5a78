/* SPDX-License-Identifier: BSD-2-Clause */
/* The parsed configuration as a table of entries; see conf.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"

struct conf *conf_new(const char *file)
{
    struct conf *conf = calloc(1, sizeof(*conf));

    if (conf && !(conf->file = strdup(file))) {
        free(conf);
        conf = NULL;
    }
    return conf;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < conf->count; i++) {
        free(conf->entries[i].key);
        conf_value_free(&conf->entries[i].value);
    }
    free(conf->entries);
    free(conf->file);
    free(conf);
}

int conf_put(struct conf *conf, char *key, struct conf_pos pos, bool override,
             struct conf_value *value)
{
    struct conf_entry *entry = conf_find_entry(conf, key);
    bool used = entry && entry->used;
    unsigned int again = entry && !used && !override ? entry->pos.line : 0;

    if (entry) {
        free(entry->key);
        conf_value_free(&entry->value);
    } else {
        struct conf_entry *grown = realloc(conf->entries, (conf->count + 1) * sizeof(*grown));

        if (!grown) {
            free(key);
            conf_value_free(value);
            return -1;
        }
        conf->entries = grown;
        entry = &grown[conf->count++];
    }
    *entry = (struct conf_entry){.key = key,
                                 .pos = pos,
                                 .override = override,
                                 .used = used,
                                 .again = again,
                                 .value = *value};
    return 0;
}

void conf_remove(struct conf *conf, struct conf_entry *entry)
{
    size_t after = conf->entries + conf->count - (entry + 1);

    free(entry->key);
    conf_value_free(&entry->value);
    memmove(entry, entry + 1, after * sizeof(*entry));
    conf->count--;
}

void conf_forget_none(struct conf *conf)
{
    for (size_t i = conf->count; i-- > 0;)
        if (conf->entries[i].value.type == CONF_NONE)
            conf_remove(conf, &conf->entries[i]);
}

int conf_set_string(struct conf *conf, const char *key, const char *text)
{
    struct conf_value value = {.type = CONF_STRING, .text = strdup(text)};
    char *name = strdup(key);

    if (name && value.text)
        return conf_put(conf, name, (struct conf_pos){1, 1}, true, &value);
    free(name);
    free(value.text);
    return -1;
}

/* Where it is, or conf->count. */
static size_t entry_at(const struct conf *conf, const char *key)
{
    size_t i = 0;

    while (i < conf->count && strcmp(conf->entries[i].key, key) != 0)
        i++;
    return i;
}

struct conf_entry *conf_find_entry(struct conf *conf, const char *key)
{
    const size_t i = entry_at(conf, key);

    return i < conf->count ? &conf->entries[i] : NULL;
}

const struct conf_entry *conf_find(const struct conf *conf, const char *key)
{
    const size_t i = entry_at(conf, key);

    return i < conf->count ? &conf->entries[i] : NULL;
}

const char *conf_string(const struct conf *conf, const char *key)
{
    const struct conf_entry *entry = conf_find(conf, key);

    if (entry && entry->value.type == CONF_STRING)
        return entry->value.text;
    return schema_find(key)->text;
}

int64_t conf_number(const struct conf *conf, const char *key)
{
    const struct conf_entry *entry = conf_find(conf, key);

    if (entry && entry->value.type == CONF_NUMBER)
        return entry->value.number;
    if (entry && entry->value.type == CONF_STRING) /* memory = "256": the schema check allowed it */
        return strtoll(entry->value.text, NULL, 0);
    return schema_find(key)->number;
}

const struct conf_value *conf_item(const struct conf *conf, const char *key, size_t i)
{
    const struct conf_entry *entry = conf_find(conf, key);

    if (!entry)
        return NULL;
    if (entry->value.type == CONF_LIST)
        return i < entry->value.count ? &entry->value.items[i] : NULL;
    return i == 0 ? &entry->value : NULL;
}

int conf_set_item(struct conf *conf, const char *key, size_t i, const char *text)
{
    struct conf_value *value = &conf_find_entry(conf, key)->value;
    char *copy = strdup(text);

    if (!copy)
        return -1;
    if (value->type == CONF_LIST)
        value = &value->items[i];
    free(value->text);
    value->text = copy;
    return 0;
}

/* The one form of a message about an entry: place, key, cause. */
static int explain(const struct conf *conf, const char *key, const struct conf_value *value,
                   struct fail *f, const char *fmt, va_list args)
{
    const struct conf_entry *entry = conf_find(conf, key);
    char cause[768];

    vsnprintf(cause, sizeof(cause), fmt, args);
    if (!entry)
        return fail(f, "%s: %s: %s", conf->file, key, cause);
    if (entry->override)
        return fail(f, "command line: %s: %s", key, cause);
    if (!value)
        value = &entry->value;
    return fail(f, "%s:%u:%u: %s: %s", conf->file, value->pos.line, value->pos.col, key, cause);
}

int conf_fail(const struct conf *conf, const char *key, const struct conf_value *value,
              struct fail *f, const char *fmt, ...)
{
    va_list args;
    int ret;

    va_start(args, fmt);
    ret = explain(conf, key, value, f, fmt, args);
    va_end(args);
    return ret;
}

void conf_warn(const struct conf *conf, const char *key, const struct conf_value *value, FILE *warn,
               const char *fmt, ...)
{
    struct fail text;
    va_list args;

    if (!warn)
        return;
    va_start(args, fmt);
    explain(conf, key, value, &text, fmt, args);
    va_end(args);
    fprintf(warn, "Warning: %s\n", text.text);
}
