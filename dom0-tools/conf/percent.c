/* SPDX-License-Identifier: BSD-2-Clause */
/* Python's "%" on values: "web%02d" % 7, "%s-%s" % ('a', 'b'), 7 % 2. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/value.h"

/* One conversion: flags, width and precision as a format of our own, and its letter. */
struct conversion {
    char spec[16];
    char letter;
};

/* Copies up to three digits; false if there are more. */
static bool take_digits(const char **at, char **out)
{
    size_t n = strspn(*at, "0123456789");

    if (n > 3)
        return false;
    memcpy(*out, *at, n);
    *out += n;
    *at += n;
    return true;
}

/* Reads what follows a '%'; false if it is nothing that is known here. */
static bool take_conversion(const char **at, struct conversion *out)
{
    char *spec = out->spec;
    size_t flags = strspn(*at, "-0+ ");

    *spec++ = '%';
    if (flags > 4)
        return false;
    memcpy(spec, *at, flags);
    spec += flags;
    *at += flags;
    if (!take_digits(at, &spec))
        return false;
    if (**at == '.') {
        *spec++ = *(*at)++;
        if (!take_digits(at, &spec))
            return false;
    }
    *spec = '\0';
    out->letter = **at;
    if (!out->letter || !strchr("sdiuxX%", out->letter))
        return false;
    (*at)++;
    return true;
}

static int put_number(FILE *out, const struct conversion *how, int64_t number)
{
    char format[32];

    snprintf(format, sizeof(format), "%s%s", how->spec,
             how->letter == 'x'   ? PRIx64
             : how->letter == 'X' ? PRIX64
                                  : PRId64);
    return fprintf(out, format, number) < 0 ? -1 : 0;
}

static int put(FILE *out, const struct conversion *how, const struct conf_value *value,
               struct fail *f)
{
    char number[24], format[32];
    const char *text = value->text;

    if (value->type != CONF_STRING && value->type != CONF_NUMBER)
        return fail(f, "a %s cannot be put into a text", conf_type_name(value->type));
    if (how->letter != 's') {
        if (value->type != CONF_NUMBER)
            return fail(f, "%%%c wants a number, not '%s'", how->letter, value->text);
        return put_number(out, how, value->number);
    }
    if (value->type == CONF_NUMBER) {
        snprintf(number, sizeof(number), "%" PRId64, value->number);
        text = number;
    }
    snprintf(format, sizeof(format), "%ss", how->spec);
    return fprintf(out, format, text) < 0 ? -1 : 0;
}

static int fill(FILE *out, const char *at, const struct conf_value *args, size_t count,
                size_t budget, struct fail *f)
{
    struct conversion how;
    size_t used = 0;

    for (;;) {
        if ((size_t)ftell(out) > budget)
            return fail(f, "the values grow too large");
        if (!*at)
            break;
        if (*at != '%') {
            fputc(*at++, out);
            continue;
        }
        at++;
        if (*at == '(')
            return fail(f, "'%%(name)' is not known here (write %%s and the value after it)");
        if (!take_conversion(&at, &how))
            return fail(f, "'%%%.8s' is not a conversion (%%s, %%d, %%x and %%%% are)", at);
        if (how.letter == '%') {
            fputc('%', out);
            continue;
        }
        if (used == count)
            return fail(f, "there are too few values for the text's %%s");
        if (put(out, &how, &args[used++], f))
            return -1;
    }
    return used == count ? 0 : fail(f, "there are more values than %%s in the text");
}

static int fill_text(struct conf_value *left, const struct conf_value *right, size_t *budget,
                     struct fail *f)
{
    bool tuple = right->type == CONF_LIST;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int ret;

    if (!out)
        return fail(f, "out of memory");
    ret = fill(out, left->text, tuple ? right->items : right, tuple ? right->count : 1, *budget, f);
    if (fclose(out) != 0 && !ret)
        ret = fail(f, "out of memory");
    if (ret) {
        free(text);
        return -1;
    }
    *budget -= len;
    free(left->text);
    left->text = text;
    return 0;
}

int conf_value_percent(struct conf_value *left, struct conf_value *right, size_t *budget,
                       struct fail *f)
{
    int ret = 0;

    if (left->type == CONF_STRING)
        ret = fill_text(left, right, budget, f);
    else if (left->type != CONF_NUMBER || right->type != CONF_NUMBER)
        ret = fail(f, "a %s has no %%", conf_type_name(left->type));
    else if (right->number <= 0)
        ret = fail(f, "the rest of a division by %" PRId64 " is not defined here", right->number);
    else if ((left->number %= right->number) < 0) /* Python's rest has the divisor's sign */
        left->number += right->number;
    conf_value_free(right);
    return ret;
}
