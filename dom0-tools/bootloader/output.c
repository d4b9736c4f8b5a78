/* SPDX-License-Identifier: BSD-2-Clause */
/* The answer's three forms; see output.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bootloader/output.h"

bool output_format(const char *name, enum output_format *out)
{
    static const char *const names[] = {"sxp", "simple", "simple0"};

    for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* A line end or a parenthesis would end the value early. */
static bool fits(enum output_format format, const char *text, bool quoted)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text) ||
            (format == OUTPUT_SXP && !quoted && strchr("()\"' ", *text)))
            return false;
    return true;
}

struct out {
    char *to;
    size_t cap, len;
};

static void add(struct out *o, const char *text, size_t len)
{
    if (o->len + len <= o->cap)
        memcpy(o->to + o->len, text, len);
    o->len += len;
}

static void add_text(struct out *o, const char *text)
{
    add(o, text, strlen(text));
}

static void add_sxp_args(struct out *o, const char *args)
{
    add_text(o, "(args \"");
    for (; *args; args++) {
        if (*args == '"' || *args == '\\')
            add_text(o, "\\");
        add(o, args, 1);
    }
    add_text(o, "\")");
}

static void add_sxp(struct out *o, const char *kernel, const char *ramdisk, const char *args)
{
    add_text(o, "linux (kernel ");
    add_text(o, kernel);
    add_text(o, ")");
    if (ramdisk) {
        add_text(o, "(ramdisk ");
        add_text(o, ramdisk);
        add_text(o, ")");
    }
    if (*args)
        add_sxp_args(o, args);
}

static void add_simple(struct out *o, const char *key, const char *value, char end)
{
    if (!value || !*value)
        return;
    add_text(o, key);
    add_text(o, " ");
    add_text(o, value);
    add(o, &end, 1);
}

size_t output_write(enum output_format format, const char *kernel, const char *ramdisk,
                    const char *args, char *to, size_t cap)
{
    struct out o = {to, cap, 0};
    char end = format == OUTPUT_SIMPLE0 ? '\0' : '\n';

    if (!fits(format, kernel, false) || (ramdisk && !fits(format, ramdisk, false)) ||
        !fits(format, args, true))
        return 0;
    if (format == OUTPUT_SXP) {
        add_sxp(&o, kernel, ramdisk, args);
    } else {
        add_simple(&o, "kernel", kernel, end);
        add_simple(&o, "ramdisk", ramdisk, end);
        add_simple(&o, "args", args, end);
        add(&o, &end, 1);
    }
    return o.len <= cap ? o.len : 0;
}
