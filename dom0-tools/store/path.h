/* SPDX-License-Identifier: BSD-2-Clause */
/* Node paths: which are legal, and how relative ones become absolute.  Pure. */
#ifndef STORE_PATH_H
#define STORE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>

struct path {
    char text[XENSTORE_ABS_PATH_MAX + 1];
    size_t base_len; /* of the home directory and its slash that were put in front, else 0 */
};

/*
 * Makes @in, a path from a request, absolute: a relative one is taken below @home.
 * False when it is empty, too long (XENSTORE_ABS_PATH_MAX and XENSTORE_REL_PATH_MAX), has a
 * character other than letters, digits and -/_@, a doubled slash, or a trailing one.
 */
bool path_resolve(struct path *p, const char *in, const char *home);

/* Is this one of the special watch names, which start with an at sign? */
bool path_is_special(const char *in);

/* Length of the parent's text: "/a/b" gives that of "/a", "/a" and "/" give 1. */
size_t path_parent_len(const char *path);

/* Is @child equal to @parent or below it?  Both absolute. */
bool path_below(const char *parent, const char *child);

#endif
