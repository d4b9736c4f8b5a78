/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's configuration: keys and values in the order of the text, each with its place.
 *
 * The language is the literal subset of Python that config files of the xm and xl era use:
 *     name = 'web'; memory = 256        # strings, numbers, ';' or line ends
 *     disk = [ 'file:/srv/a.img,xvda,w', ]   # lists over lines, trailing commas
 *     extra = "console=hvc0 " "quiet"   # neighbours are joined
 * A later assignment replaces an earlier one.  Pure: no file is opened here.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "conf/lex.h"

enum conf_type { CONF_STRING, CONF_NUMBER, CONF_LIST };

struct conf_value {
    enum conf_type type;
    struct conf_pos pos;
    char *text;     /* CONF_STRING */
    int64_t number; /* CONF_NUMBER */
    struct conf_value *items;
    size_t count; /* CONF_LIST */
};

struct conf_entry {
    char *key;
    struct conf_pos pos;
    bool override; /* given on the command line */
    struct conf_value value;
};

struct conf {
    char *file;
    struct conf_entry *entries;
    size_t count;
};

/* Parses @len bytes; NULL with "file:line:col: cause (mend)" in @f. */
struct conf *conf_parse(const char *file, const char *text, size_t len, struct fail *f);
void conf_free(struct conf *conf);

/*
 * Applies one "key=value" of a command line.  A value that is no literal is taken as bare text, so
 * that both memory=256 and extra=ro and name="x" work.
 */
int conf_override(struct conf *conf, const char *arg, struct fail *f);

/* Sets or replaces @key; the text is copied.  0, or -1 when out of memory. */
int conf_set_string(struct conf *conf, const char *key, const char *text);

/* Replaces the text of item @i (see conf_item), which must exist; 0, or -1 when out of memory. */
int conf_set_item(struct conf *conf, const char *key, size_t i, const char *text);

/* The entry given for @key, or NULL. */
const struct conf_entry *conf_find(const struct conf *conf, const char *key);

/* Effective values: what was given, else the schema's default.  @key must be in the schema. */
const char *conf_string(const struct conf *conf, const char *key); /* NULL: neither */
int64_t conf_number(const struct conf *conf, const char *key);     /* -1: neither */

/* Item @i of a list key (a single string counts as a list of one), or NULL beyond the end. */
const struct conf_value *conf_item(const struct conf *conf, const char *key, size_t i);

/* Writes "file:line:col: key: cause" (or "command line: key: cause"); returns -1. */
int conf_fail(const struct conf *conf, const char *key, const struct conf_value *value,
              struct fail *f, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Checks every entry against the schema: types, ranges, refused keys.  Warnings go to @warn. */
int conf_check(const struct conf *conf, FILE *warn, struct fail *f);

/* Writes the configuration as text that conf_parse() reads back to the same values. */
void conf_print(const struct conf *conf, FILE *out);

/* Used by parse.c: appends or replaces, taking over @key and @value. */
int conf_put(struct conf *conf, char *key, struct conf_pos pos, bool override,
             struct conf_value *value);
void conf_value_free(struct conf_value *value);

#endif
