/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration as bytes; see flat.h.  An entry: key, place, value; a value: its type and what it is. */
#include <stdlib.h>
#include <string.h>

#include "conf/flat.h"
#include "conf/schema.h"
#include "lib/xalloc.h"

/* ---- writing ---- */

struct writer {
    uint8_t *to;
    size_t len;
    bool full;
};

static void put(struct writer *w, const void *data, size_t len)
{
    w->full |= len > FLAT_MAX - w->len;
    if (w->full)
        return;
    memcpy(w->to + w->len, data, len);
    w->len += len;
}

static bool put_value(struct writer *w, const struct conf_value *value, bool item)
{
    const uint8_t type = value->type;
    const uint32_t count = (uint32_t)value->count;
    bool flat = true;

    put(w, &type, sizeof(type));
    switch (value->type) {
    case CONF_STRING:
        put(w, value->text, strlen(value->text) + 1);
        return true;
    case CONF_NUMBER:
        put(w, &value->number, sizeof(value->number));
        return true;
    case CONF_LIST:
        put(w, &count, sizeof(count));
        for (size_t i = 0; flat && i < value->count; i++)
            flat = !item && put_value(w, &value->items[i], true);
        return flat && !item;
    default:
        return false;
    }
}

/* Is it something that a domain is made of? */
static bool has_effect(const char *name)
{
    const struct schema_key *key = schema_find(name);

    return key && key->type != SCHEMA_IGNORED && key->type != SCHEMA_HVM;
}

ssize_t conf_flatten(const struct conf *conf, uint8_t to[FLAT_MAX], struct fail *f)
{
    struct writer w = {.to = to};

    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_entry *e = &conf->entries[i];

        if (!has_effect(e->key) || e->value.type == CONF_NONE)
            continue;
        put(&w, e->key, strlen(e->key) + 1);
        put(&w, &e->pos, sizeof(e->pos));
        if (!put_value(&w, &e->value, false))
            return conf_fail(conf, e->key, &e->value, f, "it is no text, number, or list of these");
    }
    return w.full ? fail(f, "%s: the configuration is too large", conf->file) : (ssize_t)w.len;
}

/* ---- reading: each step says whether the bytes are there and are what they should be ---- */

struct reader {
    const uint8_t *from;
    size_t left;
};

static bool take(struct reader *r, void *data, size_t len)
{
    if (len > r->left)
        return false;
    memcpy(data, r->from, len);
    r->from += len;
    r->left -= len;
    return true;
}

/* A text without what moves a terminal's cursor, where messages about it go. */
static const char *take_text(struct reader *r)
{
    const char *text = (const char *)r->from;
    const size_t len = strnlen(text, r->left);

    if (len == r->left)
        return NULL;
    for (size_t i = 0; i < len; i++)
        if (((uint8_t)text[i] < ' ' && text[i] != '\t' && text[i] != '\n') || text[i] == 0x7f)
            return NULL;
    r->from += len + 1;
    r->left -= len + 1;
    return text;
}

static bool take_scalar(struct reader *r, struct conf_value *value)
{
    const char *text;

    if (value->type == CONF_NUMBER)
        return take(r, &value->number, sizeof(value->number));
    text = value->type == CONF_STRING ? take_text(r) : NULL;
    value->text = text ? xmemdup(text, strlen(text)) : NULL;
    return text;
}

static bool take_type(struct reader *r, struct conf_value *value)
{
    uint8_t type;

    if (!take(r, &type, sizeof(type)) || type > CONF_LIST)
        return false;
    value->type = type;
    return true;
}

static bool take_value(struct reader *r, struct conf_value *value)
{
    uint32_t count;

    if (!take_type(r, value))
        return false;
    if (value->type != CONF_LIST)
        return take_scalar(r, value);
    /* an item has two bytes at least */
    if (!take(r, &count, sizeof(count)) || count > r->left / 2)
        return false;
    value->items = xcalloc(count, sizeof(*value->items));
    for (value->count = 0; value->count < count; value->count++) {
        struct conf_value *item = &value->items[value->count];

        item->pos = value->pos;
        if (!take_type(r, item) || !take_scalar(r, item))
            return false;
    }
    return true;
}

static bool take_entry(struct reader *r, struct conf *conf)
{
    const char *key = take_text(r);
    struct conf_value value = {0};

    if (!key || !has_effect(key) || conf_find(conf, key) ||
        !take(r, &value.pos, sizeof(value.pos)) || !take_value(r, &value)) {
        conf_value_free(&value);
        return false;
    }
    xalloc_check(conf_put(conf, xmemdup(key, strlen(key)), value.pos, false, &value) ? NULL : conf);
    return true;
}

struct conf *conf_unflatten(const char *file, const uint8_t *from, size_t len, struct fail *f)
{
    struct conf *conf = xalloc_check(conf_new(file));
    struct reader r = {from, len};

    while (r.left)
        if (!take_entry(&r, conf)) {
            fail(f, "%s: the configuration is damaged", file);
            conf_free(conf);
            return NULL;
        }
    return conf;
}
