/* SPDX-License-Identifier: BSD-2-Clause */
/* The one printer of S-expressions: four blanks a level, texts quoted where they must be. */
#ifndef XM_SXP_H
#define XM_SXP_H

#include <json-c/json.h>
#include <stdio.h>

struct sxp {
    FILE *out;
    unsigned int depth;
};

/* "(name" on a line of its own, what follows a level deeper, and the ")" of it. */
void sxp_open(struct sxp *s, const char *name);
void sxp_close(struct sxp *s);

/* "(key value)" on a line; the value is quoted if blanks or parentheses would end it. */
void sxp_text(struct sxp *s, const char *key, const char *value);
void sxp_number(struct sxp *s, const char *key, long long value);

/* The same, the value as it is: for numbers with a point. */
void sxp_word(struct sxp *s, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A JSON object: its members by their keys, those of a list as (row ...) each. */
void sxp_json(struct sxp *s, const char *name, struct json_object *value);

#endif
