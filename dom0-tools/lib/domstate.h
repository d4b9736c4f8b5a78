/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a domain there, dying, shut down?  For the daemons, which need nothing else of the control
 * interface and therefore do not pull in libxenctrl.
 */
#ifndef LIB_DOMSTATE_H
#define LIB_DOMSTATE_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/xen.h>

struct domstate {
    bool exists;
    bool dying;
    bool shutdown;
    unsigned int reason; /* SHUTDOWN_*, when shutdown */
};

struct domstate_handle;

/* Opens the privileged command device; NULL with errno set. */
struct domstate_handle *domstate_open(void);
void domstate_close(struct domstate_handle *h);

/* Asks the hypervisor; 0 or -1 with errno.  A domain that is not there is no error. */
int domstate_get(struct domstate_handle *h, domid_t domid, struct domstate *state);

#endif
