/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration against the schema: unknown keys warn, wrong types and ranges are errors. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"
#include "conf/cpuset.h"
#include "conf/names.h"
#include "conf/schema.h"
#include "conf/words.h"

static void warn_unknown(const struct conf *conf, const struct conf_entry *entry, FILE *warn)
{
    const char *near = schema_nearest(entry->key);

    if (!warn || entry->used)
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

/* "not a list", or how to write what a dictionary meant. */
static int wrong_type(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, struct fail *f, const char *want)
{
    if (value->type == CONF_DICT)
        return conf_fail(conf, key->name, value, f,
                         "%s is expected, not a dictionary (write one text for each device: "
                         "'key=value,key=value')",
                         want);
    return conf_fail(conf, key->name, value, f, "%s is expected, not a %s", want,
                     conf_type_name(value->type));
}

static bool read_number(const char *text, int64_t *n)
{
    char *end;

    errno = 0;
    *n = strtoll(text, &end, 0);
    return !errno && end != text && !*end;
}

static int check_number(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    int64_t n = value->number;

    if (value->type != CONF_STRING && value->type != CONF_NUMBER)
        return wrong_type(conf, key, value, f, "a number");
    if (value->type == CONF_STRING && !read_number(value->text, &n))
        return conf_fail(conf, key->name, value, f, "'%s' is not a number", value->text);
    if (n < key->min || n > key->max)
        return conf_fail(conf, key->name, value, f,
                         "%" PRId64 " is out of range (%" PRId64 " to %" PRId64 ")", n, key->min,
                         key->max);
    return 0;
}

static int check_form(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, struct fail *f)
{
    struct cpuset set;
    uint8_t uuid[16];

    switch (key->form) {
    case FORM_NAME:
        return domain_name_ok(value->text)
                   ? 0
                   : conf_fail(conf, key->name, value, f,
                               "'%s' cannot be a domain's name (no blanks, no '/', not only "
                               "digits)",
                               value->text);
    case FORM_UUID:
        return domain_uuid_parse(value->text, uuid)
                   ? 0
                   : conf_fail(conf, key->name, value, f,
                               "'%s' is not a UUID (32 hexadecimal digits in five groups)",
                               value->text);
    case FORM_CPUS:
        return cpuset_parse(value->text, &set)
                   ? 0
                   : conf_fail(conf, key->name, value, f,
                               "'%s' is not a set of CPUs (like 0-3,^2 or all)", value->text);
    default: /* devices are checked together, see devices.c */
        return 0;
    }
}

static int check_string(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    if (value->type != CONF_STRING)
        return wrong_type(conf, key, value, f, "text between quotes");
    return check_form(conf, key, value, f);
}

/* Word @n of "a|b|c"; false if there are fewer. */
static bool nth_word(const char *words, int64_t n, struct word *out)
{
    for (int64_t i = 0; i <= n; i++)
        if (!word_next(&words, '|', out))
            return false;
    return n >= 0;
}

/* A number stands for its word, which is put in its place. */
static int number_to_word(const struct conf *conf, const struct schema_key *key,
                          struct conf_value *value, struct fail *f)
{
    int64_t n = value->number;
    struct word word;

    if (value->type != CONF_NUMBER && (value->type != CONF_STRING || !read_number(value->text, &n)))
        return 0;
    if (!nth_word(key->choices, n, &word))
        return conf_fail(conf, key->name, value, f, "%" PRId64 " is not the number of one of %s", n,
                         key->choices);
    if (word_store(&value->text, word, f))
        return -1;
    value->type = CONF_STRING;
    return 0;
}

static int check_choice(const struct conf *conf, const struct schema_key *key,
                        const struct conf_value *value, struct fail *f)
{
    if (check_string(conf, key, value, f))
        return -1;
    if (word_is((struct word){value->text, strlen(value->text)}, "soft-reset"))
        return conf_fail(conf, key->name, value, f,
                         "soft-reset is for fully virtualised guests only (write restart)");
    if (word_in(value->text, strlen(value->text), key->choices))
        return 0;
    if (strcmp(value->text, "hvm") == 0 || strcmp(value->text, "pvh") == 0)
        return conf_fail(conf, key->name, value, f, "only PV guests are supported, not '%s'",
                         value->text);
    return conf_fail(conf, key->name, value, f, "'%s' is not one of %s", value->text, key->choices);
}

/* An item of a list, or (alone) what stands in place of the list. */
static int check_item(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, bool alone, struct fail *f)
{
    if (key->type == SCHEMA_NUMLIST && value->type == CONF_NUMBER) {
        /* Old files: cpu = -1 means any. */
        if (value->number >= (alone ? -1 : 0) && value->number < CPUSET_MAX)
            return 0;
        return conf_fail(conf, key->name, value, f, "there is no CPU %" PRId64, value->number);
    }
    return check_string(conf, key, value, f);
}

static int check_list(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, struct fail *f)
{
    if (value->type != CONF_LIST)
        return check_item(conf, key, value, true, f);
    for (size_t i = 0; i < value->count; i++)
        if (check_item(conf, key, &value->items[i], false, f))
            return -1;
    return 0;
}

/* Says that a key has no effect yet, unless it asks for nothing. */
static void warn_note(const struct conf *conf, const struct schema_key *key,
                      const struct conf_value *value, FILE *warn)
{
    if ((key->type == SCHEMA_BOOL || key->type == SCHEMA_NUMBER) &&
        conf_number(conf, key->name) == (key->number < 0 ? 0 : key->number))
        return;
    if (key->type == SCHEMA_CHOICE && key->text && strcmp(value->text, key->text) == 0)
        return;
    conf_warn(conf, key->name, NULL, warn, "has no effect: %s", key->note);
}

static int check_entry(const struct conf *conf, struct conf_entry *entry, FILE *warn,
                       struct fail *f)
{
    const struct schema_key *key = schema_find(entry->key);
    int ret = 0;

    if (!key) {
        warn_unknown(conf, entry, warn);
        return 0;
    }
    switch (key->type) {
    case SCHEMA_STRING:
        ret = check_string(conf, key, &entry->value, f);
        break;
    case SCHEMA_NUMBER:
    case SCHEMA_BOOL:
        ret = check_number(conf, key, &entry->value, f);
        break;
    case SCHEMA_ENUM:
        ret = number_to_word(conf, key, &entry->value, f);
        /* fallthrough */
    case SCHEMA_CHOICE:
        ret = ret ? ret : check_choice(conf, key, &entry->value, f);
        break;
    case SCHEMA_LIST:
    case SCHEMA_NUMLIST:
        ret = check_list(conf, key, &entry->value, f);
        break;
    case SCHEMA_IGNORED:
        conf_warn(conf, key->name, NULL, warn, "has no effect: %s", key->help);
        break;
    case SCHEMA_HVM:
        break;
    case SCHEMA_REFUSED:
        ret = conf_fail(conf, key->name, NULL, f, "%s", key->choices);
        break;
    }
    if (!ret && key->note)
        warn_note(conf, key, &entry->value, warn);
    return ret;
}

/* "", [] and, of what is refused, [''] mean the same as no such key. */
static bool is_empty(const struct conf_value *value, bool refused)
{
    if (value->type == CONF_STRING)
        return value->text[strspn(value->text, " \t")] == '\0';
    if (value->type != CONF_LIST && value->type != CONF_DICT)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (!refused || !is_empty(&value->items[i], true))
            return false;
    return true;
}

static void drop_empty(struct conf *conf)
{
    for (size_t i = conf->count; i-- > 0;) {
        const struct schema_key *key = schema_find(conf->entries[i].key);

        if (key && is_empty(&conf->entries[i].value, key->type == SCHEMA_REFUSED))
            conf_remove(conf, &conf->entries[i]);
    }
}

/* First of all: with a guest of another kind, all other complaints would miss the point. */
static int check_kind(struct conf *conf, FILE *warn, struct fail *f)
{
    static const char *const keys[] = {"type", "builder"};
    const struct conf_entry *kernel = conf_find(conf, "kernel");

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct conf_entry *entry = conf_find_entry(conf, keys[i]);

        if (entry && check_entry(conf, entry, warn, f))
            return -1;
    }
    if (kernel && kernel->value.type == CONF_STRING && strstr(kernel->value.text, "hvmloader"))
        return conf_fail(conf, "kernel", NULL, f,
                         "hvmloader starts fully virtualised guests; only PV guests are supported");
    return 0;
}

static void warn_hvm(const struct conf *conf, FILE *warn)
{
    bool any = false;

    for (size_t i = 0; warn && i < conf->count; i++) {
        const struct schema_key *key = schema_find(conf->entries[i].key);

        if (!key || key->type != SCHEMA_HVM || conf->entries[i].used)
            continue;
        fprintf(warn, any ? ", %s" : "%s: no effect in a PV guest: %s",
                any ? key->name : conf->file, key->name);
        any = true;
    }
    if (any)
        fputc('\n', warn);
}

int conf_check(struct conf *conf, FILE *warn, struct fail *f)
{
    drop_empty(conf);
    if (check_kind(conf, warn, f))
        return -1;
    for (size_t i = 0; i < conf->count; i++)
        if (check_entry(conf, &conf->entries[i], warn, f))
            return -1;
    warn_hvm(conf, warn);
    check_relations(conf, warn);
    return check_devices(conf, warn, f);
}
