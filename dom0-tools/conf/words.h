/* SPDX-License-Identifier: BSD-2-Clause */
/* Small pieces of text: trimmed words between separators, words of a set, key=value. */
#ifndef CONF_WORDS_H
#define CONF_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include "lib/fail.h"

/* A piece of a longer text, not NUL-terminated. */
struct word {
    const char *at;
    size_t len;
};

/* Takes the next piece of *@text up to @separator, blanks trimmed; false at the end. */
bool word_next(const char **text, char separator, struct word *out);

bool word_is(struct word word, const char *want);

/* Takes @prefix off the word's beginning; false if it is not there. */
bool word_skip(struct word *word, const char *prefix);

/* True if the text is one of the words in @set ("a|b|c"). */
bool word_in(const char *text, size_t len, const char *set);

/* Splits "key=value"; false if there is no '='. */
bool word_split(struct word word, struct word *key, struct word *value);

/* A malloc'ed copy, NULL when out of memory. */
char *word_dup(struct word word);

/* Puts a copy of the word into *@field, in place of what was there. */
int word_store(char **field, struct word word, struct fail *f);

/* Reads a decimal number up to @max; false if the word is anything else. */
bool word_number(struct word word, unsigned long max, unsigned long *out);

/* The value of a hexadecimal digit, or -1. */
int hex_digit(char c);

#endif
