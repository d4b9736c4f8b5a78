/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process that hears callers may do. */
#ifndef HTTP_RIGHTS_H
#define HTTP_RIGHTS_H

#include <sys/types.h>

/* No file, user @uid (if it was root), only what serving open sockets takes: 0, or -1 and says why. */
int rights_drop(uid_t uid);

#endif
