/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain as the streams see it (stream/guest.h), through the hypervisor. */
#ifndef BUILD_GUEST_XC_H
#define BUILD_GUEST_XC_H

#include "libxenctrl/frames.h"
#include "stream/guest.h"

struct guest_xc {
    xc_interface *xch;
    uint32_t domid;
    struct xenforeignmemory_handle *fmem; /* maps its frames */
    const xen_pfn_t *m2p;                 /* of a domain that is saved, */
    unsigned long frames;                 /* so many entries */
    struct guest guest;                   /* its ctx is this struct, which must stay in place */
};

/* Opens domain @domid, with the M2P if @saving: 0, or -1 with @f.  guest_xc_close() undoes it. */
int guest_xc_open(struct guest_xc *x, xc_interface *xch, uint32_t domid, bool saving,
                  struct fail *f);
void guest_xc_close(struct guest_xc *x);

/*
 * In a child that has closed the parent's descriptors: maps from now on by a handle of its own that the
 * kernel lets map this domain's frames and nothing else.  0, or -1 with errno.  (apart_restore()'s.)
 */
int guest_xc_keep_maps(void *ctx);

/* Parts of a vCPU by their records (guest_xc_vcpu.c). */
int guest_xc_vcpu_get(void *ctx, unsigned int vcpu, uint32_t record, void *data, uint32_t *len);
int guest_xc_vcpu_set(void *ctx, unsigned int vcpu, uint32_t record, const void *data,
                      uint32_t len);

#endif
