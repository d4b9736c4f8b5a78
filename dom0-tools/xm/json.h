/* SPDX-License-Identifier: BSD-2-Clause */
/* The one printer of JSON: laid out as xl's, because scripts grep its lines. */
#ifndef XM_JSON_H
#define XM_JSON_H

#include <json-c/json.h>
#include <stdio.h>

/* Prints @value over lines, four blanks a level, with a line end. */
void json_print(FILE *out, struct json_object *value);

/* Adds a text unless it is NULL. */
void json_add_text(struct json_object *to, const char *key, const char *text);
void json_add_seconds(struct json_object *to, const char *key, unsigned long long ns);
void json_add_number(struct json_object *to, const char *key, long long number);

#endif
