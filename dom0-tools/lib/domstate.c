/* SPDX-License-Identifier: BSD-2-Clause */
/* One domctl, XEN_DOMCTL_getdomaininfo, through /dev/xen/privcmd. */
#define __XEN_TOOLS__ 1
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/sys/privcmd.h>

#include "lib/domstate.h"

#define PAGE 4096UL

struct domstate_handle {
    int fd;
    struct xen_domctl *op; /* a page that stays in place while a hypercall uses it */
};

/*
 * A page the hypervisor may write to: from /dev/xen/hypercall, which is never migrated or
 * compacted away; kernels before 4.18 do not have it, there a locked page must do.
 */
static void *hypercall_page(void)
{
    int fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
    void *page = MAP_FAILED;

    if (fd >= 0) {
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        close(fd);
    }
    if (page == MAP_FAILED)
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED,
                    -1, 0);
    return page == MAP_FAILED ? NULL : page;
}

struct domstate_handle *domstate_open(void)
{
    struct domstate_handle *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (h->fd >= 0)
        h->op = hypercall_page();
    if (!h->op) {
        domstate_close(h);
        return NULL;
    }
    return h;
}

void domstate_close(struct domstate_handle *h)
{
    int saved = errno;

    if (!h)
        return;
    if (h->op)
        munmap(h->op, PAGE);
    if (h->fd >= 0)
        close(h->fd);
    free(h);
    errno = saved;
}

int domstate_get(struct domstate_handle *h, domid_t domid, struct domstate *state)
{
    privcmd_hypercall_t call = {.op = __HYPERVISOR_domctl, .arg = {(uintptr_t)h->op}};
    const struct xen_domctl_getdomaininfo *info = &h->op->u.getdomaininfo;

    memset(h->op, 0, sizeof(*h->op));
    memset(state, 0, sizeof(*state));
    h->op->cmd = XEN_DOMCTL_getdomaininfo;
    h->op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    h->op->domain = domid;
    if (ioctl(h->fd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0)
        return errno == ESRCH ? 0 : -1;
    /* The call answers for the next higher domain when this one is gone. */
    state->exists = info->domain == domid;
    if (state->exists) {
        state->dying = info->flags & XEN_DOMINF_dying;
        state->shutdown = info->flags & XEN_DOMINF_shutdown;
        state->reason = (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask;
    }
    return 0;
}
