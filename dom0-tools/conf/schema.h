/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key a config file may hold, once: its type, range, default and help.  Parsing, checking,
 * defaults, the listing of keys and the manual page xm.cfg(5) all come from this table.
 */
#ifndef CONF_SCHEMA_H
#define CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum schema_type {
    SCHEMA_STRING,
    SCHEMA_NUMBER,  /* min..max; text holding a number is accepted too */
    SCHEMA_BOOL,    /* 0, 1, True, False, or text holding 0 or 1 */
    SCHEMA_CHOICE,  /* one of the words in choices */
    SCHEMA_ENUM,    /* the same, or the word's number, from 0 */
    SCHEMA_LIST,    /* of strings; a single string is a list of one */
    SCHEMA_NUMLIST, /* a string, a number, or a list of either */
    SCHEMA_IGNORED, /* of any type, accepted with a warning: has no effect (help says why) */
    SCHEMA_HVM, /* for fully virtualised guests: of any type, one line names all that are there */
    SCHEMA_REFUSED, /* an error unless empty: choices says why and what to use */
};

/* What a text has to be, beside text. */
enum schema_form { FORM_TEXT, FORM_NAME, FORM_UUID, FORM_CPUS, FORM_DISK, FORM_VIF, FORM_VFB };

struct schema_key {
    const char *name;
    enum schema_type type;
    enum schema_form form;
    int64_t min, max;
    int64_t number;      /* default, or -1 */
    const char *text;    /* default, or NULL */
    const char *choices; /* "a|b|c", or the reason of a refusal */
    const char *help;
    const char *note; /* checked, but has no effect yet: why; NULL: in effect */
};

struct schema_group {
    const char *title;
    const struct schema_key *keys;
    size_t count;
};

/* The row of @name, or NULL. */
const struct schema_key *schema_find(const char *name);

/* Row @i, or NULL beyond the end. */
const struct schema_key *schema_get(size_t i);

/* Group @i in the manual's order, or NULL beyond the end. */
const struct schema_group *schema_group(size_t i);

/* The known key nearest to a misspelt one, or NULL if none is near. */
const char *schema_nearest(const char *name);

/* Prints all keys, their types, defaults and help, for a terminal. */
void schema_list(FILE *out);

/* Prints the section KEYS of the manual page xm.cfg(5). */
void schema_manual(FILE *out);

#endif
