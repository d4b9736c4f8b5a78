/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test asks about its own domain. */
#ifndef GUEST_SELF_H
#define GUEST_SELF_H

#include <front/boot.h>

/* This domain's number, which grants and ports must name; error() if it cannot be found out. */
domid_t self_id(void);
/* Its frames as the hypervisor counts them. */
long self_frames(void);

/* The result of naming a domain that does not exist: -ESRCH, as from the hypervisor; but a domain
 * without privilege need not be told who exists, so there -EPERM stands for it. */
static inline long of_nobody(long rc)
{
    return rc == -EPERM && !boot_is_dom0() ? -ESRCH : rc;
}

#endif
