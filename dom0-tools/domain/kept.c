/* SPDX-License-Identifier: BSD-2-Clause */
/* The kept configs of running domains; see kept.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/config_file.h"
#include "domain/kept.h"
#include "domain/managed.h"
#include "domain/paths.h"
#include "lib/xalloc.h"

static struct conf_value *list_of(struct conf *conf, const char *key)
{
    struct conf_value *value, alone;

    if (!conf_find(conf, key))
        config_set(conf, key, "");
    value = &conf_find_entry(conf, key)->value;
    if (value->type == CONF_LIST)
        return value;
    alone = *value; /* a single text counts as a list of one, an empty one as an empty list */
    *value = (struct conf_value){.type = CONF_LIST, .pos = alone.pos};
    if (alone.type == CONF_STRING && alone.text[0]) {
        value->items = xcalloc(1, sizeof(alone));
        value->items[0] = alone;
        value->count = 1;
    } else {
        conf_value_free(&alone);
    }
    return value;
}

void config_list_append(struct conf *conf, const char *key, const char *text)
{
    struct conf_value *list = list_of(conf, key);

    list->items = xrealloc(list->items, (list->count + 1) * sizeof(*list->items));
    list->items[list->count++] = (struct conf_value){
        .type = CONF_STRING, .pos = list->pos, .text = xmemdup(text, strlen(text))};
}

void config_list_drop(struct conf *conf, const char *key, size_t i)
{
    struct conf_value *list = list_of(conf, key);

    if (i >= list->count)
        return;
    conf_value_free(&list->items[i]);
    list->count--;
    memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof(*list->items));
}

int kept_change(struct toolstack *ts, uint32_t domid, kept_fn change, const void *arg)
{
    char *name = ts_domain_name(ts, domid), path[PATH_LEN];
    struct conf *conf;
    int ret = 0;

    if (access(path_domain_config(domid, path), F_OK) == 0) {
        conf = config_read(ts, path, NULL, 0);
        if (!conf || (change(ts, conf, arg) && config_write(ts, conf, path)))
            ret = -1;
        conf_free(conf);
    }
    if (ret == 0 && managed_exists(name)) {
        conf = managed_load(ts, name);
        if (!conf || (change(ts, conf, arg) && managed_save(ts, conf)))
            ret = -1;
        conf_free(conf);
    }
    free(name);
    return ret;
}

struct addition {
    const struct device_class *class;
    const char *spec;
};

static bool add(struct toolstack *ts, struct conf *conf, const void *arg)
{
    const struct addition *a = arg;

    (void)ts;
    config_list_append(conf, a->class->key, a->spec);
    return true;
}

int kept_device_added(struct toolstack *ts, uint32_t domid, const struct device_class *class,
                      const char *spec)
{
    struct addition a = {class, spec};

    return kept_change(ts, domid, add, &a);
}

static bool drop(struct toolstack *ts, struct conf *conf, const void *arg)
{
    const struct device_at *at = arg;
    const struct conf_value *value;

    for (size_t i = 0; (value = conf_item(conf, at->class->key, i)); i++)
        if (value->type == CONF_STRING && at->class->describes(ts, value->text, at)) {
            config_list_drop(conf, at->class->key, i);
            return true;
        }
    return false;
}

int kept_device_gone(struct toolstack *ts, const struct device_at *at)
{
    return kept_change(ts, at->domid, drop, at);
}
