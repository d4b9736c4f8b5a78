/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of hosts, as xend-config.sxp has them: regular expressions (POSIX, extended) with blanks
 * between, each of which a host's name or address must begin with.  An empty list has all hosts, as
 * it had with xend; one that cannot be compiled has none.
 */
#ifndef CONF_ALLOW_H
#define CONF_ALLOW_H

#include <stdbool.h>

bool allow_has(const char *list, const char *host);

#endif
