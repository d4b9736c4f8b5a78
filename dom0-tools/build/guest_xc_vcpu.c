/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a vCPU's state, each by its own domctl. */
#include <errno.h>
#include <string.h>

#include "build/guest_xc.h"
#include "lib/unconst.h"
#include "stream/record.h"

/* A hypervisor that has nothing of that kind to keep. */
static int nothing(uint32_t *len)
{
    *len = 0;
    return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
}

static int get_basic(struct guest_xc *x, unsigned int vcpu, void *data, uint32_t *len)
{
    vcpu_guest_context_any_t any;

    if (*len < sizeof(any.c) || xc_vcpu_getcontext(x->xch, x->domid, vcpu, &any))
        return -1;
    memcpy(data, &any.c, sizeof(any.c));
    *len = sizeof(any.c);
    return 0;
}

static int set_basic(struct guest_xc *x, unsigned int vcpu, const void *data, uint32_t len)
{
    vcpu_guest_context_any_t any;

    if (len != sizeof(any.c)) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&any.c, data, len);
    return xc_vcpu_setcontext(x->xch, x->domid, vcpu, &any);
}

static int get_extended(struct guest_xc *x, unsigned int vcpu, void *data, uint32_t *len)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_get_ext_vcpucontext, .domain = x->domid};

    domctl.u.ext_vcpucontext.vcpu = vcpu;
    if (xc_domctl(x->xch, &domctl))
        return nothing(len);
    *len = domctl.u.ext_vcpucontext.size;
    if (*len > sizeof(domctl.u.ext_vcpucontext))
        *len = sizeof(domctl.u.ext_vcpucontext);
    memcpy(data, &domctl.u.ext_vcpucontext, *len);
    return 0;
}

static int set_extended(struct guest_xc *x, const void *data, uint32_t len)
{
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_set_ext_vcpucontext, .domain = x->domid};

    if (len > sizeof(domctl.u)) {
        errno = EINVAL;
        return -1;
    }
    memcpy(&domctl.u, data, len);
    return xc_domctl(x->xch, &domctl);
}

/* One call with a buffer of @size bytes, filled from or copied to @data.  @mask: the features that the
 * first call without a buffer has named, which the second has to say again. */
static int xsave(struct guest_xc *x, uint32_t cmd, unsigned int vcpu, void *data, uint64_t *size,
                 uint64_t *mask)
{
    struct xen_domctl domctl = {.cmd = cmd, .domain = x->domid};
    uint64_t bytes = *size;
    DECLARE_HYPERCALL_BUFFER(void, buf);
    int ret;

    buf = xc_hypercall_buffer_alloc(x->xch, buf, bytes ? bytes : 1);
    if (!buf)
        return -1;
    if (bytes)
        memcpy(buf, data, bytes);
    domctl.u.vcpuextstate.vcpu = vcpu;
    domctl.u.vcpuextstate.size = bytes;
    domctl.u.vcpuextstate.xfeature_mask = *mask;
    if (bytes)
        set_xen_guest_handle(domctl.u.vcpuextstate.buffer, buf);
    ret = xc_domctl(x->xch, &domctl);
    if (!ret && bytes)
        memcpy(data, buf, bytes);
    *size = domctl.u.vcpuextstate.size;
    *mask = domctl.u.vcpuextstate.xfeature_mask;
    xc_hypercall_buffer_free(x->xch, buf);
    return ret;
}

static int get_xsave(struct guest_xc *x, unsigned int vcpu, void *data, uint32_t *len)
{
    uint64_t size = 0, mask = 0;

    if (xsave(x, XEN_DOMCTL_getvcpuextstate, vcpu, NULL, &size, &mask))
        return nothing(len);
    if (size > *len) {
        errno = E2BIG;
        return -1;
    }
    if (xsave(x, XEN_DOMCTL_getvcpuextstate, vcpu, data, &size, &mask))
        return -1;
    *len = size;
    return 0;
}

static int msrs(struct guest_xc *x, uint32_t cmd, unsigned int vcpu, void *data, uint32_t *count)
{
    struct xen_domctl domctl = {.cmd = cmd, .domain = x->domid};
    size_t size = *count * sizeof(xen_domctl_vcpu_msr_t);
    DECLARE_HYPERCALL_BUFFER(xen_domctl_vcpu_msr_t, buf);
    int ret;

    buf = xc_hypercall_buffer_alloc(x->xch, buf, size ? size : 1);
    if (!buf)
        return -1;
    if (size)
        memcpy(buf, data, size);
    domctl.u.vcpu_msrs.vcpu = vcpu;
    domctl.u.vcpu_msrs.msr_count = *count;
    if (size)
        set_xen_guest_handle(domctl.u.vcpu_msrs.msrs, buf);
    ret = xc_domctl(x->xch, &domctl);
    *count = domctl.u.vcpu_msrs.msr_count;
    if (!ret && size)
        memcpy(data, buf, *count * sizeof(*buf));
    xc_hypercall_buffer_free(x->xch, buf);
    return ret;
}

static int get_msrs(struct guest_xc *x, unsigned int vcpu, void *data, uint32_t *len)
{
    uint32_t count = 0;

    if (msrs(x, XEN_DOMCTL_get_vcpu_msrs, vcpu, NULL, &count))
        return nothing(len);
    if (count > *len / sizeof(xen_domctl_vcpu_msr_t)) {
        errno = E2BIG;
        return -1;
    }
    if (count && msrs(x, XEN_DOMCTL_get_vcpu_msrs, vcpu, data, &count))
        return -1;
    *len = count * sizeof(xen_domctl_vcpu_msr_t);
    return 0;
}

int guest_xc_vcpu_get(void *ctx, unsigned int vcpu, uint32_t record, void *data, uint32_t *len)
{
    switch (record) {
    case RECORD_VCPU_BASIC:
        return get_basic(ctx, vcpu, data, len);
    case RECORD_VCPU_EXTENDED:
        return get_extended(ctx, vcpu, data, len);
    case RECORD_VCPU_XSAVE:
        return get_xsave(ctx, vcpu, data, len);
    default:
        return get_msrs(ctx, vcpu, data, len);
    }
}

int guest_xc_vcpu_set(void *ctx, unsigned int vcpu, uint32_t record, const void *data, uint32_t len)
{
    uint64_t size = len, mask = 0;
    uint32_t count = len / sizeof(xen_domctl_vcpu_msr_t);

    switch (record) {
    case RECORD_VCPU_BASIC:
        return set_basic(ctx, vcpu, data, len);
    case RECORD_VCPU_EXTENDED:
        return set_extended(ctx, data, len);
    case RECORD_VCPU_XSAVE:
        return xsave(ctx, XEN_DOMCTL_setvcpuextstate, vcpu, unconst(data), &size, &mask);
    default:
        return msrs(ctx, XEN_DOMCTL_set_vcpu_msrs, vcpu, unconst(data), &count);
    }
}
