/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a configuration; see value.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

void conf_value_free(struct conf_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        conf_value_free(&value->items[i]);
    free(value->items);
    free(value->text);
    *value = (struct conf_value){0};
}

const char *conf_type_name(enum conf_type type)
{
    static const char *const names[] = {
        [CONF_STRING] = "text",     [CONF_NUMBER] = "number", [CONF_LIST] = "list",
        [CONF_DICT] = "dictionary", [CONF_NONE] = "None",
    };

    return names[type];
}

static int charge(size_t *budget, size_t bytes, struct fail *f)
{
    if (bytes > *budget)
        return fail(f, "the values grow too large");
    *budget -= bytes;
    return 0;
}

int conf_value_append(struct conf_value *list, struct conf_value *item, size_t *budget,
                      struct fail *f)
{
    struct conf_value *items;

    if (charge(budget, sizeof(*items), f)) {
        conf_value_free(item);
        return -1;
    }
    items = realloc(list->items, (list->count + 1) * sizeof(*items));
    if (!items) {
        conf_value_free(item);
        return fail(f, "out of memory");
    }
    list->items = items;
    items[list->count++] = *item;
    *item = (struct conf_value){0};
    return 0;
}

int conf_value_copy(struct conf_value *to, const struct conf_value *from, size_t *budget,
                    struct fail *f)
{
    *to = (struct conf_value){.type = from->type, .pos = from->pos, .number = from->number};
    if (from->text) {
        if (charge(budget, strlen(from->text) + 1, f))
            return -1;
        to->text = strdup(from->text);
        if (!to->text)
            return fail(f, "out of memory");
    }
    for (size_t i = 0; i < from->count; i++) {
        struct conf_value item;

        if (conf_value_copy(&item, &from->items[i], budget, f) == 0 &&
            conf_value_append(to, &item, budget, f) == 0)
            continue;
        conf_value_free(&item);
        conf_value_free(to);
        return -1;
    }
    return 0;
}

static int join_text(struct conf_value *left, const struct conf_value *right, size_t *budget,
                     struct fail *f)
{
    size_t have = strlen(left->text), more = strlen(right->text);
    char *joined;

    if (charge(budget, more, f))
        return -1;
    joined = realloc(left->text, have + more + 1);
    if (!joined)
        return fail(f, "out of memory");
    memcpy(joined + have, right->text, more + 1);
    left->text = joined;
    return 0;
}

static int join_lists(struct conf_value *left, struct conf_value *right, size_t *budget,
                      struct fail *f)
{
    for (size_t i = 0; i < right->count; i++)
        if (conf_value_append(left, &right->items[i], budget, f))
            return -1;
    return 0;
}

int conf_value_add(struct conf_value *left, struct conf_value *right, size_t *budget,
                   struct fail *f)
{
    int ret;

    if (left->type != right->type || left->type == CONF_DICT || left->type == CONF_NONE)
        ret = fail(f, "a %s and a %s cannot be added", conf_type_name(left->type),
                   conf_type_name(right->type));
    else if (left->type == CONF_STRING)
        ret = join_text(left, right, budget, f);
    else if (left->type == CONF_LIST)
        ret = join_lists(left, right, budget, f);
    else if (__builtin_add_overflow(left->number, right->number, &left->number))
        ret = fail(f, "the sum is too large");
    else
        ret = 0;
    conf_value_free(right);
    return ret;
}
