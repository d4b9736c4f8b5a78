/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a configuration: texts, numbers, lists; and the arithmetic that old files do on them.
 */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include <stddef.h>
#include <stdint.h>
#include "conf/lex.h"

enum conf_type {
    CONF_STRING,
    CONF_NUMBER,
    CONF_LIST,
    CONF_DICT, /* kept only so that the check can say what is wrong; items: key, value, key, ... */
    CONF_NONE, /* Python's None, in values only: a key that is None is absent */
};

struct conf_value {
    enum conf_type type;
    struct conf_pos pos;
    char *text;     /* CONF_STRING */
    int64_t number; /* CONF_NUMBER */
    struct conf_value *items;
    size_t count; /* CONF_LIST, CONF_DICT */
};

void conf_value_free(struct conf_value *value);

/* "text", "number", ...: what a message calls such a value. */
const char *conf_type_name(enum conf_type type);

/*
 * The functions below charge what they allocate to *@budget, in bytes: a few lines of text could
 * otherwise double a value until memory is full.  0, or -1 with the cause in @f.
 */

/* Makes @to an independent copy of @from. */
int conf_value_copy(struct conf_value *to, const struct conf_value *from, size_t *budget,
                    struct fail *f);

/* Appends @item to the list or dictionary @list and takes it over, also when it fails. */
int conf_value_append(struct conf_value *list, struct conf_value *item, size_t *budget,
                      struct fail *f);

/* Python's "+": @left becomes the sum, or the joined text or list; @right is used up. */
int conf_value_add(struct conf_value *left, struct conf_value *right, size_t *budget,
                   struct fail *f);

/* Python's "%": a text is filled in from @right, a number becomes the rest; @right is used up. */
int conf_value_percent(struct conf_value *left, struct conf_value *right, size_t *budget,
                       struct fail *f);

#endif
