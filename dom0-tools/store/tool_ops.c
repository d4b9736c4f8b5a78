/* SPDX-License-Identifier: BSD-2-Clause */
/* The xenstore-* commands other than ls. */
#include <errno.h>
#include <stdlib.h>

#include "lib/xs_perms.h"
#include "store/tool.h"
#include "lib/xalloc.h"

int tool_read(struct tool_args *a)
{
    for (int i = 0; i < a->argc; i++) {
        unsigned int len;
        char *value = xs_read(a->h, a->t, a->argv[i], &len), *text;

        if (!value)
            return tool_fail("couldn't read path %s", a->argv[i]);
        if (a->prefix)
            tool_out("%s: ", a->argv[i]);
        if (a->raw) {
            tool_out_raw(value, len);
        } else {
            text = tool_escape(value, len);
            tool_out("%s\n", text);
            free(text);
        }
        free(value);
    }
    return 0;
}

int tool_write(struct tool_args *a)
{
    for (int i = 0; i + 1 < a->argc; i += 2) {
        char *value = xmemdup(a->argv[i + 1], strlen(a->argv[i + 1]));
        unsigned int len = a->raw ? (unsigned int)strlen(value) : tool_unescape(value);
        bool ok = xs_write(a->h, a->t, a->argv[i], value, len);

        free(value);
        if (!ok)
            return tool_fail("could not write path %s", a->argv[i]);
    }
    return 0;
}

int tool_list(struct tool_args *a)
{
    for (int i = 0; i < a->argc; i++) {
        unsigned int n;
        char **names = xs_directory(a->h, a->t, a->argv[i], &n);

        if (!names)
            return tool_fail("could not list path %s", a->argv[i]);
        for (unsigned int k = 0; k < n; k++)
            tool_out("%s%s%s\n", a->prefix ? a->argv[i] : "", a->prefix ? "/" : "", names[k]);
        free(names);
    }
    return 0;
}

/* Removes the parents of @path that nothing is left of: no value, no children. */
static void tidy_above(struct tool_args *a, const char *path)
{
    char *up = xmemdup(path, strlen(path)), *slash;

    while ((slash = strrchr(up, '/')) && slash != up) {
        unsigned int len = 1, n = 1;
        *slash = '\0';
        free(xs_read(a->h, a->t, up, &len)); /* what fails leaves its count at 1 */
        free(xs_directory(a->h, a->t, up, &n));
        if (len || n || !xs_rm(a->h, a->t, up))
            break;
    }
    free(up);
}

int tool_rm(struct tool_args *a)
{
    for (int i = 0; i < a->argc; i++) {
        if (!xs_rm(a->h, a->t, a->argv[i]))
            return tool_fail("could not remove path %s", a->argv[i]);
        if (a->tidy)
            tidy_above(a, a->argv[i]);
    }
    return 0;
}

int tool_exists(struct tool_args *a)
{
    for (int i = 0; i < a->argc; i++) {
        char *value = xs_read(a->h, a->t, a->argv[i], NULL);

        if (!value)
            return 1;
        free(value);
    }
    return 0;
}

int tool_watch(struct tool_args *a)
{
    for (int i = 0; i < a->argc; i++)
        if (!xs_watch(a->h, a->argv[i], a->argv[i]))
            return tool_fail("Unable to add watch on %s", a->argv[i]);
    for (int left = a->count; left; left -= left > 0) {
        char **event = xs_read_watch(a->h, NULL);

        if (!event)
            return tool_fail("lost the connection to xenstored");
        printf("%s\n", event[XS_WATCH_PATH]);
        fflush(stdout);
        free(event);
    }
    return 0;
}

static int chmod_one(struct tool_args *a, const char *path, struct xs_permissions *perms,
                     unsigned int n)
{
    if (xs_set_permissions(a->h, a->t, path, perms, n))
        return 0;
    return tool_fail("Error occurred setting permissions on '%s': %s", path, strerror(errno));
}

static int chmod_below(struct tool_args *a, const char *path, struct xs_permissions *perms,
                       unsigned int n)
{
    unsigned int count;
    char **names = xs_directory(a->h, a->t, path, &count);
    int err = names ? 0 : tool_fail("could not list path %s", path);

    for (unsigned int i = 0; names && i < count && !err; i++) {
        char *child;

        if (asprintf(&child, "%s/%s", path[1] ? path : "", names[i]) < 0)
            child = xalloc_check(NULL);
        err = chmod_one(a, child, perms, n);
        err = err ? err : chmod_below(a, child, perms, n);
        free(child);
    }
    free(names);
    return err;
}

static int chmod_above(struct tool_args *a, const char *path, struct xs_permissions *perms,
                       unsigned int n)
{
    char *up = xmemdup(path, strlen(path)), *slash;
    int err = 0;

    while (!err && (slash = strrchr(up, '/')) && slash != up) {
        *slash = '\0';
        err = chmod_one(a, up, perms, n);
    }
    free(up);
    return err;
}

int tool_chmod(struct tool_args *a)
{
    unsigned int n = a->argc - 1;
    struct xs_permissions *perms = xcalloc(n, sizeof(*perms));
    int err;

    for (unsigned int i = 0; i < n; i++)
        if (!xs_perm_parse(a->argv[i + 1], &perms[i])) {
            free(perms);
            return tool_fail("Invalid permission specification: '%s'", a->argv[i + 1]);
        }
    err = chmod_one(a, a->argv[0], perms, n);
    if (!err && a->recurse)
        err = chmod_below(a, a->argv[0], perms, n);
    if (!err && a->upto)
        err = chmod_above(a, a->argv[0], perms, n);
    free(perms);
    return err;
}

int tool_control(struct tool_args *a)
{
    char data[XENSTORE_PAYLOAD_MAX], *reply;
    unsigned int len = 0;

    for (int i = 1; i < a->argc; i++) {
        size_t more = strlen(a->argv[i]) + 1;

        if (len + more > sizeof(data))
            return tool_fail("the command is longer than %u bytes", XENSTORE_PAYLOAD_MAX);
        memcpy(data + len, a->argv[i], more);
        len += (unsigned int)more;
    }
    reply = xs_control_command(a->h, a->argv[0], data, len);
    if (!reply)
        return tool_fail("control command %s: %s", a->argv[0], strerror(errno));
    if (strcmp(reply, "OK"))
        printf("%s\n", reply);
    free(reply);
    return 0;
}
