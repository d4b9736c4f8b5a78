/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key a config file may hold, once: its type, range, default and help.  Parsing, checking,
 * defaults and the manual all come from this table.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

enum schema_type {
    SCHEMA_STRING,
    SCHEMA_NUMBER,  /* min..max; text holding a number is accepted too */
    SCHEMA_CHOICE,  /* one of the words in choices */
    SCHEMA_LIST,    /* of strings; a single string is a list of one */
    SCHEMA_NUMLIST, /* a string, a number, or a list of either */
    SCHEMA_IGNORED, /* accepted with a warning: has no effect yet */
    SCHEMA_REFUSED, /* an error: choices says why and what to use */
};

struct schema_key {
    const char *name;
    enum schema_type type;
    int64_t min, max;
    int64_t number;      /* default, or -1 */
    const char *text;    /* default, or NULL */
    const char *choices; /* "a|b|c", or the reason of a refusal */
    const char *help;
};

/* The row of @name, or NULL. */
const struct schema_key *schema_find(const char *name);

/* Row @i, or NULL beyond the end. */
const struct schema_key *schema_get(size_t i);

/* The known key nearest to a misspelt one, or NULL if none is near. */
const char *schema_nearest(const char *name);

#endif
