/* SPDX-License-Identifier: BSD-2-Clause */
/* See schema.h. */
#include <stdio.h>
#include <string.h>

#include "schema.h"

static bool wrong(char why[256], const char *what, struct json_object *value)
{
    snprintf(why, 256, "%s: %.180s", what, json_object_to_json_string(value));
    return false;
}

static bool is_type(const char *type, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        return strcmp(type, "object") == 0;
    case json_type_array:
        return strcmp(type, "array") == 0;
    case json_type_string:
        return strcmp(type, "string") == 0;
    case json_type_int:
        return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
    case json_type_double:
        return strcmp(type, "number") == 0;
    default:
        return false;
    }
}

static bool is_one_of(struct json_object *list, struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (json_object_equal(json_object_array_get_idx(list, i), value))
            return true;
    return false;
}

static bool has_all(struct json_object *names, struct json_object *value, char why[256])
{
    for (size_t i = 0; i < json_object_array_length(names); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(names, i));

        if (!json_object_object_get_ex(value, name, NULL))
            return wrong(why, name, value);
    }
    return true;
}

static bool members_fit(struct json_object *schema, struct json_object *value, char why[256])
{
    struct json_object *known = NULL, *other = NULL, *of;

    json_object_object_get_ex(schema, "properties", &known);
    json_object_object_get_ex(schema, "additionalProperties", &other);
    json_object_object_foreach(value, key, member)
    {
        if (known && json_object_object_get_ex(known, key, &of)) {
            if (!schema_accepts(of, member, why))
                return false;
        } else if (other && json_object_is_type(other, json_type_boolean)) {
            return wrong(why, key, value);
        } else if (other && !schema_accepts(other, member, why)) {
            return false;
        }
    }
    return true;
}

static bool items_fit(struct json_object *of, struct json_object *value, char why[256])
{
    for (size_t i = 0; i < json_object_array_length(value); i++)
        if (!schema_accepts(of, json_object_array_get_idx(value, i), why))
            return false;
    return true;
}

bool schema_accepts(struct json_object *schema, struct json_object *value, char why[256])
{
    json_object_object_foreach(schema, keyword, is)
    {
        if (strcmp(keyword, "type") == 0) {
            if (!is_type(json_object_get_string(is), value))
                return wrong(why, json_object_get_string(is), value);
        } else if (strcmp(keyword, "enum") == 0) {
            if (!is_one_of(is, value))
                return wrong(why, "enum", value);
        } else if (strcmp(keyword, "required") == 0) {
            if (!has_all(is, value, why))
                return false;
        } else if (strcmp(keyword, "items") == 0) {
            if (!items_fit(is, value, why))
                return false;
        } else if (!strstr("$schema title properties additionalProperties", keyword)) {
            return wrong(why, "unknown keyword", schema);
        }
    }
    return !json_object_is_type(value, json_type_object) || members_fit(schema, value, why);
}
