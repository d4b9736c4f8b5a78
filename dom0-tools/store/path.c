/* SPDX-License-Identifier: BSD-2-Clause */
/* Node paths: which are legal, and how relative ones become absolute. */
#include <stdint.h>
#include <string.h>

#include "store/path.h"

static bool legal_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '/' || c == '_' || c == '@';
}

static bool legal(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!legal_char(s[i]) || (s[i] == '/' && s[i + 1] == '/'))
            return false;
    return len == 1 || s[len - 1] != '/';
}

bool path_resolve(struct path *p, const char *in, const char *home)
{
    size_t len = strlen(in);

    p->base_len = in[0] == '/' ? 0 : strlen(home) + 1;
    if (!len || !legal(in, len) || p->base_len + len > XENSTORE_ABS_PATH_MAX)
        return false;
    if (p->base_len) {
        if (len > XENSTORE_REL_PATH_MAX)
            return false;
        memcpy(p->text, home, p->base_len - 1);
        p->text[p->base_len - 1] = '/';
    }
    memcpy(p->text + p->base_len, in, len + 1);
    return true;
}

bool path_is_special(const char *in)
{
    return in[0] == '@';
}

size_t path_parent_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash != path ? (size_t)(slash - path) : 1;
}

bool path_below(const char *parent, const char *child)
{
    size_t len = strlen(parent);

    if (len == 1 && parent[0] == '/')
        return child[0] == '/';
    return !strncmp(parent, child, len) && (child[len] == '/' || !child[len]);
}
