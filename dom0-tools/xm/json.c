/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON output; see json.h. */
#include <stdbool.h>

#include "lib/xalloc.h"
#include "xm/json.h"

static void print(FILE *out, struct json_object *value, int depth);

static void print_line_start(FILE *out, bool first, int depth)
{
    fprintf(out, "%s\n%*s", first ? "" : ",", depth * 4, "");
}

static void print_object(FILE *out, struct json_object *value, int depth)
{
    bool first = true;

    fputc('{', out);
    json_object_object_foreach(value, key, member)
    {
        struct json_object *name = xalloc_check(json_object_new_string(key));

        print_line_start(out, first, depth + 1);
        print(out, name, 0);
        fputs(": ", out);
        print(out, member, depth + 1);
        json_object_put(name);
        first = false;
    }
    fprintf(out, "\n%*s}", depth * 4, "");
}

static void print_array(FILE *out, struct json_object *value, int depth)
{
    size_t n = json_object_array_length(value);

    fputc('[', out);
    for (size_t i = 0; i < n; i++) {
        print_line_start(out, i == 0, depth + 1);
        print(out, json_object_array_get_idx(value, i), depth + 1);
    }
    fprintf(out, "\n%*s]", depth * 4, "");
}

static void print(FILE *out, struct json_object *value, int depth)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        print_object(out, value, depth);
        break;
    case json_type_array:
        print_array(out, value, depth);
        break;
    default:
        fputs(json_object_to_json_string_ext(value, JSON_C_TO_STRING_NOSLASHESCAPE), out);
        break;
    }
}

void json_print(FILE *out, struct json_object *value)
{
    print(out, value, 0);
    fputc('\n', out);
}

void json_add_text(struct json_object *to, const char *key, const char *text)
{
    if (text)
        json_object_object_add(to, key, xalloc_check(json_object_new_string(text)));
}

void json_add_number(struct json_object *to, const char *key, long long number)
{
    json_object_object_add(to, key, xalloc_check(json_object_new_int64(number)));
}

void json_add_seconds(struct json_object *to, const char *key, unsigned long long ns)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu.%03llu", ns / 1000000000, ns / 1000000 % 1000);
    json_object_object_add(to, key, xalloc_check(json_object_new_double_s((double)ns / 1e9, text)));
}
