/* SPDX-License-Identifier: BSD-2-Clause */
/* Members of JSON objects; see xl_json.h. */
#include <string.h>

#include "domain/xl_json.h"

void json_put_text(struct json_object *to, const char *key, const char *text)
{
    if (text && *text)
        json_object_object_add(to, key, json_object_new_string(text));
}

void json_put_number(struct json_object *to, const char *key, int64_t number)
{
    json_object_object_add(to, key, json_object_new_int64(number));
}

void json_put_choice(struct json_object *to, const char *key, bool value)
{
    json_put_text(to, key, value ? "True" : "False");
}

struct json_object *json_member(struct json_object *o, const char *key, enum json_type type)
{
    struct json_object *v = NULL;

    if (!o || !json_object_object_get_ex(o, key, &v) || json_object_get_type(v) != type)
        return NULL;
    return v;
}

const char *json_text(struct json_object *o, const char *key)
{
    struct json_object *v = json_member(o, key, json_type_string);

    return v ? json_object_get_string(v) : NULL;
}

int64_t json_number(struct json_object *o, const char *key, int64_t absent)
{
    struct json_object *v = json_member(o, key, json_type_int);

    return v ? json_object_get_int64(v) : absent;
}

bool json_choice(struct json_object *o, const char *key, bool absent)
{
    const char *text = json_text(o, key);

    if (text && strcmp(text, "True") == 0)
        return true;
    return text && strcmp(text, "False") == 0 ? false : absent;
}
