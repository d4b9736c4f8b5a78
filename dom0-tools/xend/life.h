/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains that shut down, reboot or crash get what their config says. */
#ifndef XEND_LIFE_H
#define XEND_LIFE_H

#include <xenstore.h>

/* 0, or -1 with errno.  Looks at once for domains that went down while nobody watched. */
int life_init(struct xs_handle *xs);

/* @releaseDomain: some domain went down or away. */
void life_event(void);

#endif
