/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of libxl's JSON objects by their kinds; absent and of another kind are one. */
#ifndef DOMAIN_XL_JSON_H
#define DOMAIN_XL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

/* An empty text is none. */
void json_put_text(struct json_object *to, const char *key, const char *text);
void json_put_number(struct json_object *to, const char *key, int64_t number);
/* A "defbool", which could also say that it does not matter. */
void json_put_choice(struct json_object *to, const char *key, bool value);

struct json_object *json_member(struct json_object *o, const char *key, enum json_type type);
const char *json_text(struct json_object *o, const char *key);
int64_t json_number(struct json_object *o, const char *key, int64_t absent);
bool json_choice(struct json_object *o, const char *key, bool absent);

#endif
