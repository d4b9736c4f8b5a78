/* SPDX-License-Identifier: BSD-2-Clause */
/* Configuration back to text, so that a running domain's effective config can be kept. */
#include <inttypes.h>

#include "conf/conf.h"

static void print_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        switch (*text) {
        case '\n':
            fputs("\\n", out);
            break;
        case '\r':
            fputs("\\r", out);
            break;
        case '"':
        case '\\':
            fputc('\\', out);
            /* fallthrough */
        default:
            fputc(*text, out);
        }
    }
    fputc('"', out);
}

static void print_value(const struct conf_value *value, FILE *out)
{
    switch (value->type) {
    case CONF_STRING:
        print_string(value->text, out);
        break;
    case CONF_NUMBER:
        fprintf(out, "%" PRId64, value->number);
        break;
    case CONF_LIST:
        fputs("[ ", out);
        for (size_t i = 0; i < value->count; i++) {
            print_value(&value->items[i], out);
            fputs(", ", out);
        }
        fputc(']', out);
        break;
    case CONF_DICT:
        fputs("{ ", out);
        for (size_t i = 0; i < value->count; i++) {
            print_value(&value->items[i], out);
            fputs(i % 2 ? ", " : ": ", out);
        }
        fputc('}', out);
        break;
    case CONF_NONE:
        fputs("None", out);
        break;
    }
}

void conf_print(const struct conf *conf, FILE *out)
{
    for (size_t i = 0; i < conf->count; i++) {
        fprintf(out, "%s = ", conf->entries[i].key);
        print_value(&conf->entries[i].value, out);
        fputc('\n', out);
    }
}
