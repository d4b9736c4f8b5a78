/* SPDX-License-Identifier: BSD-2-Clause */
/* The sockets that viewers of guests' displays connect to. */
#ifndef XEND_DISPLAY_H
#define XEND_DISPLAY_H

#include <stdbool.h>

#include "lib/fail.h"

#define DISPLAY_PORT 5900u /* of display 0 */

/*
 * Listens on @address ("127.0.0.1", "::1", "localhost") for display *@display, or, with @unused,
 * for the first free one from that on; *@display tells which.  The descriptor, or -1 with @f.
 */
int display_listen(const char *address, bool unused, unsigned int *display, struct fail *f);

#endif
