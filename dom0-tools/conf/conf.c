/* SPDX-License-Identifier: BSD-2-Clause */
/* The parsed configuration as a table of entries; see conf.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "conf/schema.h"

void conf_value_free(struct conf_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        conf_value_free(&value->items[i]);
    free(value->items);
    free(value->text);
    *value = (struct conf_value){0};
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
    struct conf_entry *entry = (struct conf_entry *)conf_find(conf, key);

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
    *entry = (struct conf_entry){.key = key, .pos = pos, .override = override, .value = *value};
    return 0;
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

/* Reads "key=literal" as a config line; false if it is not one. */
static bool override_literal(struct conf *conf, const char *arg, size_t key_len)
{
    struct fail ignored;
    struct conf *one = conf_parse("command line", arg, strlen(arg), &ignored);
    bool ok = one && one->count == 1 && strlen(one->entries[0].key) == key_len;

    if (ok) {
        struct conf_entry *entry = &one->entries[0];

        ok = conf_put(conf, entry->key, entry->pos, true, &entry->value) == 0;
        one->count = 0; /* its strings belong to conf now */
    }
    conf_free(one);
    return ok;
}

int conf_override(struct conf *conf, const char *arg, struct fail *f)
{
    const char *equals = strchr(arg, '=');
    size_t len = equals ? (size_t)(equals - arg) : 0;
    char *key;
    int ret;

    if (len == 0 ||
        strspn(arg, "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != len)
        return fail(f, "'%s' is not of the form key=value", arg);
    if (override_literal(conf, arg, len))
        return 0;
    key = strndup(arg, len);
    ret = key ? conf_set_string(conf, key, equals + 1) : -1;
    free(key);
    return ret ? fail(f, "out of memory") : 0;
}

const struct conf_entry *conf_find(const struct conf *conf, const char *key)
{
    for (size_t i = 0; i < conf->count; i++)
        if (strcmp(conf->entries[i].key, key) == 0)
            return &conf->entries[i];
    return NULL;
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
    struct conf_value *value = (struct conf_value *)conf_item(conf, key, i);
    char *copy = strdup(text);

    if (!copy)
        return -1;
    free(value->text);
    value->text = copy;
    return 0;
}

int conf_fail(const struct conf *conf, const char *key, const struct conf_value *value,
              struct fail *f, const char *fmt, ...)
{
    const struct conf_entry *entry = conf_find(conf, key);
    char cause[768];
    va_list args;

    va_start(args, fmt);
    vsnprintf(cause, sizeof(cause), fmt, args);
    va_end(args);
    if (!entry)
        return fail(f, "%s: %s: %s", conf->file, key, cause);
    if (entry->override)
        return fail(f, "command line: %s: %s", key, cause);
    if (!value)
        value = &entry->value;
    return fail(f, "%s:%u:%u: %s: %s", conf->file, value->pos.line, value->pos.col, key, cause);
}
