/* SPDX-License-Identifier: BSD-2-Clause */
/* S-expressions; see sxp.h. */
#include <stdarg.h>
#include <string.h>

#include "xm/sxp.h"

static void indent(const struct sxp *s)
{
    fprintf(s->out, "%*s", (int)s->depth * 4, "");
}

void sxp_open(struct sxp *s, const char *name)
{
    indent(s);
    fprintf(s->out, "(%s\n", name);
    s->depth++;
}

void sxp_close(struct sxp *s)
{
    s->depth--;
    indent(s);
    fputs(")\n", s->out);
}

/* Readers end an unquoted text at a blank or a parenthesis; a quote inside would begin one. */
static int needs_quotes(const char *text)
{
    return !*text || strpbrk(text, " \t\n\r()'\"\\;#") != NULL;
}

static void print_text(FILE *out, const char *text)
{
    if (!needs_quotes(text)) {
        fputs(text, out);
        return;
    }
    fputc('\'', out);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text >= ' ')
            fputc(*text, out);
    }
    fputc('\'', out);
}

void sxp_text(struct sxp *s, const char *key, const char *value)
{
    if (!value)
        return;
    indent(s);
    fprintf(s->out, "(%s ", key);
    print_text(s->out, value);
    fputs(")\n", s->out);
}

void sxp_word(struct sxp *s, const char *key, const char *fmt, ...)
{
    va_list args;

    indent(s);
    fprintf(s->out, "(%s ", key);
    va_start(args, fmt);
    vfprintf(s->out, fmt, args);
    va_end(args);
    fputs(")\n", s->out);
}

void sxp_number(struct sxp *s, const char *key, long long value)
{
    sxp_word(s, key, "%lld", value);
}

void sxp_json(struct sxp *s, const char *name, struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        sxp_open(s, name);
        json_object_object_foreach(value, key, member) sxp_json(s, key, member);
        sxp_close(s);
        break;
    case json_type_array:
        sxp_open(s, name);
        for (size_t i = 0; i < json_object_array_length(value); i++)
            sxp_json(s, "row", json_object_array_get_idx(value, i));
        sxp_close(s);
        break;
    default:
        sxp_text(s, name, json_object_get_string(value));
        break;
    }
}
