/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's configuration: keys and values in the order of the text, each with its place.
 *
 * The language is the part of Python that config files of the xm and xl era use:
 *     name = 'web'; memory = 256        # texts, numbers, ';' or line ends
 *     disk = [ 'file:/srv/a.img,xvda,w', ]   # lists over lines, trailing commas; tuples
 *     extra = "console=hvc0 " "quiet"   # neighbours are joined, but not in a list
 *     vmid = 7; name = "web%d" % vmid   # + and %, variables, True, False, None
 * A later assignment replaces an earlier one.  Pure: no file is opened here.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "conf/value.h"

struct conf_entry {
    char *key;
    struct conf_pos pos;
    bool override;      /* given on the command line */
    bool used;          /* read by a later value, as a variable */
    unsigned int again; /* line of an earlier assignment that this one replaced unread; 0: none */
    struct conf_value value;
};

struct conf {
    char *file;
    struct conf_entry *entries;
    size_t count;
};

/* Parses @len bytes; NULL with "file:line:col: cause (mend)" in @f. */
struct conf *conf_parse(const char *file, const char *text, size_t len, struct fail *f);

/* The same of a file whose keys may have dots in them: vif.default.bridge. */
struct conf *conf_parse_dotted(const char *file, const char *text, size_t len, struct fail *f);
void conf_free(struct conf *conf);

/*
 * Applies one "key=value" of a command line.  A value that is no literal is taken as bare text, so
 * that both memory=256 and extra=ro and name="x" work.  The first disk=, vif=, ... replaces the
 * file's list, further ones append to it.
 */
int conf_override(struct conf *conf, const char *arg, struct fail *f);

/*
 * All that `create` does with a file's text, which may be an S-expression (sxp_read.h) as well, and
 * its command line: the @count arguments of the form
 * key=value are variables that the text may use, and override what it says.  NULL with the error.
 */
struct conf *conf_read(const char *file, const char *text, size_t len, char *const *args,
                       size_t count, struct fail *f);

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

/* Writes "Warning: " and the same to @warn, unless that is NULL. */
void conf_warn(const struct conf *conf, const char *key, const struct conf_value *value, FILE *warn,
               const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/*
 * Checks every entry against the schema: types, ranges, refused keys; then disks, NICs and frame
 * buffers each and against each other.  Values that are empty are taken out (the key is absent),
 * words that were given by number are put in.  Warnings go to @warn (NULL: nowhere).
 */
int conf_check(struct conf *conf, FILE *warn, struct fail *f);

/* Writes the configuration as text that conf_parse() reads back to the same values. */
void conf_print(const struct conf *conf, FILE *out);

/* For the parser: an empty table; NULL when out of memory. */
struct conf *conf_new(const char *file);

/* For the parser: as conf_parse(); variables that @text does not set are looked up in @outer. */
struct conf *conf_parse_with(const char *file, const char *text, size_t len, struct conf *outer,
                             struct fail *f);

/* Appends or replaces, taking over @key and @value; 0, or -1 when out of memory. */
int conf_put(struct conf *conf, char *key, struct conf_pos pos, bool override,
             struct conf_value *value);

/* The entry of @key to change, or NULL. */
struct conf_entry *conf_find_entry(struct conf *conf, const char *key);

/* Takes the entry out of its table. */
void conf_remove(struct conf *conf, struct conf_entry *entry);

/* Takes out the keys that are None. */
void conf_forget_none(struct conf *conf);

#endif
