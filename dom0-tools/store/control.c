/* SPDX-License-Identifier: BSD-2-Clause */
/* Control commands: one table row each. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "store/control.h"
#include "store/store.h"

static int do_help(struct store *s, const char *const arg[3], struct reply *r);

static int do_check(struct store *s, const char *const arg[3], struct reply *r)
{
    const char *bad = tree_audit(&s->tree);

    (void)arg;
    return reply_str(r, bad ? bad : "OK");
}

static int do_print(struct store *s, const char *const arg[3], struct reply *r)
{
    if (!arg[1])
        return EINVAL;
    s->io->log(arg[1]);
    return reply_str(r, "OK");
}

static int do_quota(struct store *s, const char *const arg[3], struct reply *r)
{
    unsigned long value;
    char *end;

    if (!arg[1]) {
        char text[1024];

        quota_print(&s->quota, text, sizeof(text));
        return reply_str(r, text);
    }
    if (!arg[2] || *arg[2] < '0' || *arg[2] > '9')
        return EINVAL;
    value = strtoul(arg[2], &end, 10);
    if (*end || value > INT_MAX || !quota_set(&s->quota, arg[1], (unsigned int)value))
        return EINVAL;
    return reply_str(r, "OK");
}

static const struct {
    const char *name;
    int (*run)(struct store *s, const char *const arg[3], struct reply *r);
    const char *usage;
} table[] = {
    {"check", do_check, ""},
    {"help", do_help, ""},
    {"print", do_print, "<string>"},
    {"quota", do_quota, "[<name> <value>]"},
};

static int do_help(struct store *s, const char *const arg[3], struct reply *r)
{
    int err = 0;

    (void)s;
    (void)arg;
    for (size_t i = 0; !err && i < sizeof(table) / sizeof(table[0]); i++) {
        err = reply_put(r, table[i].name, strlen(table[i].name));
        err = err ? err : reply_put(r, " ", 1);
        err = err ? err : reply_put(r, table[i].usage, strlen(table[i].usage));
        err = err ? err : reply_put(r, "\n", 1);
    }
    return err ? err : reply_str(r, "");
}

int control_run(struct store *s, const char *const arg[3], struct reply *r)
{
    if (!arg[0])
        return EINVAL;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (!strcmp(arg[0], table[i].name))
            return table[i].run(s, arg, r);
    return EINVAL;
}
