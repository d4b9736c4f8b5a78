/* SPDX-License-Identifier: BSD-2-Clause */
/* Short forms for xenstore; see store.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/store.h"
#include "lib/xs_post.h"

/* Formats a path into a local buffer `path`; needs `fmt` as the last named parameter. */
#define FORMAT_PATH                                                                                \
    char path[STORE_PATH_MAX];                                                                     \
    va_list args;                                                                                  \
    va_start(args, fmt);                                                                           \
    vsnprintf(path, sizeof(path), fmt, args);                                                      \
    va_end(args)

char *store_read(struct xs_handle *xs, const char *fmt, ...)
{
    unsigned int len;

    FORMAT_PATH;
    return xs_read(xs, XBT_NULL, path, &len);
}

long store_number(struct xs_handle *xs, long absent, const char *fmt, ...)
{
    char *text, *end;
    unsigned int len;
    long n;

    FORMAT_PATH;
    text = xs_read(xs, XBT_NULL, path, &len);
    if (!text)
        return absent;
    errno = 0;
    n = strtol(text, &end, 10);
    if (errno || end == text || *end)
        n = absent;
    free(text);
    return n;
}

bool store_write(struct xs_handle *xs, xs_transaction_t t, const char *value, const char *fmt, ...)
{
    FORMAT_PATH;
    return xs_write(xs, t, path, value, strlen(value));
}

bool store_put(struct xs_handle *xs, xs_transaction_t t, const char *dir, const char *key,
               const char *fmt, ...)
{
    char path[STORE_PATH_MAX], value[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(value, sizeof(value), fmt, args);
    va_end(args);
    snprintf(path, sizeof(path), "%s/%s", dir, key);
    return xs_write(xs, t, path, value, strlen(value));
}

bool store_own(struct xs_handle *xs, xs_transaction_t t, uint32_t owner, uint32_t reader,
               const char *fmt, ...)
{
    struct xs_permissions perms[2] = {
        {.id = owner, .perms = XS_PERM_NONE},
        {.id = reader, .perms = XS_PERM_READ},
    };

    FORMAT_PATH;
    return xs_set_permissions(xs, t, path, perms, owner == reader ? 1 : 2);
}

bool store_mkdir(struct xs_handle *xs, xs_transaction_t t, uint32_t owner, uint32_t reader,
                 const char *fmt, ...)
{
    FORMAT_PATH;
    return xs_mkdir(xs, t, path) && store_own(xs, t, owner, reader, "%s", path);
}

bool store_is_own(struct xs_handle *xs, uint32_t owner, const char *fmt, ...)
{
    struct xs_permissions *perms;
    unsigned int count = 0;
    bool own;

    FORMAT_PATH;
    perms = xs_get_permissions(xs, XBT_NULL, path, &count);
    own = perms && count &&
          perms[0].id == owner; /* the first names the owner, who may always write */
    for (unsigned int i = 0; own && i < count; i++)
        own = !(perms[i].perms & XS_PERM_WRITE);
    free(perms);
    return own;
}

void store_remove(struct xs_handle *xs, const char *fmt, ...)
{
    FORMAT_PATH;
    xs_rm(xs, XBT_NULL, path);
}

char **store_list(struct xs_handle *xs, unsigned int *count, const char *fmt, ...)
{
    char **list;

    FORMAT_PATH;
    list = xs_directory(xs, XBT_NULL, path, count);
    if (!list)
        *count = 0;
    return list;
}

bool store_transact(struct xs_handle *xs, bool (*write)(xs_transaction_t t, void *arg), void *arg)
{
    do {
        xs_transaction_t t = xs_transaction_start(xs);
        bool ok;

        if (t == XBT_NULL)
            return false;
        xs_post_begin(xs);
        ok = write(t, arg);
        ok = xs_post_end(xs) && ok;
        if (!ok) {
            int err = errno;

            xs_transaction_end(xs, t, true);
            errno = err;
            return false;
        }
        if (xs_transaction_end(xs, t, false))
            return true;
    } while (errno == EAGAIN); /* somebody else wrote meanwhile */
    return false;
}
