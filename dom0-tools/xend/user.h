/* SPDX-License-Identifier: BSD-2-Clause */
/* Users of the back-ends: a number for each device, nobody else's while it may be in use. */
#ifndef XEND_USER_H
#define XEND_USER_H

#include <sys/types.h>

/* Finds the numbers that an earlier xend gave away. */
void user_init(void);

/* A number that no device has had since this machine started, but for 2^28 devices ago. */
uid_t user_take(void);

#endif
