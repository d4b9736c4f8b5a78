/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames, time and pins of a domain; see guest_xc.h. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "build/guest_xc.h" /* <xenctrl.h> must come before other Xen headers */
#include "lib/unconst.h"
#include <xenforeignmemory.h>

static void *map(void *ctx, const uint64_t *mfns, unsigned int n, bool write, int *errors)
{
    struct guest_xc *x = ctx;

    return xenforeignmemory_map(x->fmem, x->domid, write ? PROT_READ | PROT_WRITE : PROT_READ, n,
                                mfns, errors);
}

static void unmap(void *ctx, const void *at, unsigned int n)
{
    struct guest_xc *x = ctx;

    xenforeignmemory_unmap(x->fmem, unconst(at), n);
}

static uint64_t pfn_of(void *ctx, uint64_t mfn)
{
    const struct guest_xc *x = ctx;

    return mfn < x->frames ? x->m2p[mfn] : NO_FRAME;
}

static int types(void *ctx, uint64_t *frames, unsigned int n)
{
    struct guest_xc *x = ctx;
    int ret = frames_types(x->xch, x->domid, frames, n);

    for (unsigned int i = 0; !ret && i < n; i++)
        frames[i] = frames[i] >> XEN_DOMCTL_PFINFO_LTAB_SHIFT & 15;
    return ret;
}

static int vcpu_online(void *ctx, unsigned int vcpu, bool *online)
{
    struct guest_xc *x = ctx;
    xc_vcpuinfo_t info;

    *online = false;
    if (xc_vcpu_getinfo(x->xch, x->domid, vcpu, &info))
        return errno == ESRCH ? 0 : -1;
    *online = info.online;
    return 0;
}

static int tsc_get(void *ctx, struct tsc_info *tsc)
{
    struct guest_xc *x = ctx;
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_gettscinfo, .domain = x->domid};
    int ret = xc_domctl(x->xch, &domctl);

    *tsc = (struct tsc_info){.mode = domctl.u.tsc_info.tsc_mode,
                             .khz = domctl.u.tsc_info.gtsc_khz,
                             .elapsed_ns = domctl.u.tsc_info.elapsed_nsec,
                             .incarnation = domctl.u.tsc_info.incarnation};
    return ret;
}

static int tsc_set(void *ctx, const struct tsc_info *tsc)
{
    struct guest_xc *x = ctx;

    return xc_domain_set_tsc_info(x->xch, x->domid, tsc->mode, tsc->elapsed_ns, tsc->khz,
                                  tsc->incarnation);
}

static int cpu_get(void *ctx, struct cpu_leaf *leaves, uint32_t *n)
{
    struct guest_xc *x = ctx;
    struct xen_domctl domctl = {.cmd = XEN_DOMCTL_get_cpu_policy, .domain = x->domid};
    DECLARE_HYPERCALL_BUFFER(xen_cpuid_leaf_t, buf);
    int ret;

    _Static_assert(sizeof(*leaves) == sizeof(*buf), "the record has the hypervisor's leaves");
    buf = xc_hypercall_buffer_alloc(x->xch, buf, *n * sizeof(*buf));
    if (!buf)
        return -1;
    domctl.u.cpu_policy.nr_leaves = *n;
    set_xen_guest_handle(domctl.u.cpu_policy.leaves, buf);
    ret = xc_domctl(x->xch, &domctl);
    if (!ret) {
        *n = domctl.u.cpu_policy.nr_leaves;
        memcpy(leaves, buf, *n * sizeof(*buf));
    }
    xc_hypercall_buffer_free(x->xch, buf);
    return ret;
}

static int populate(void *ctx, uint64_t *frames, unsigned int n)
{
    struct guest_xc *x = ctx;

    return xc_domain_populate_physmap_exact(x->xch, x->domid, n, 0, 0, frames);
}

static int pin(void *ctx, const uint64_t *mfns, const uint8_t *levels, unsigned int n)
{
    struct guest_xc *x = ctx;
    struct mmuext_op ops[BATCH];

    for (unsigned int i = 0; i < n; i++)
        ops[i] = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE + levels[i] - FRAME_L1,
                                    .arg1.mfn = mfns[i]};
    return xc_mmuext_op(x->xch, ops, n, x->domid);
}

static const struct guest_ops ops = {
    .map = map,
    .unmap = unmap,
    .pfn_of = pfn_of,
    .types = types,
    .vcpu_online = vcpu_online,
    .vcpu_get = guest_xc_vcpu_get,
    .tsc_get = tsc_get,
    .cpu_get = cpu_get,
    .populate = populate,
    .vcpu_set = guest_xc_vcpu_set,
    .tsc_set = tsc_set,
    .pin = pin,
};

int guest_xc_open(struct guest_xc *x, xc_interface *xch, uint32_t domid, bool saving,
                  struct fail *f)
{
    xc_domaininfo_t info;

    *x = (struct guest_xc){.xch = xch, .domid = domid, .fmem = xc_interface_fmem_handle(xch)};
    if (xc_domain_getinfolist(xch, domid, 1, &info) != 1 || info.domain != domid)
        return fail(f, "domain %u is gone", domid);
    x->guest = (struct guest){.ops = &ops,
                              .ctx = x,
                              .shared_info_mfn = info.shared_info_frame,
                              .vcpus = info.max_vcpu_id + 1,
                              .max_pages = info.max_pages,
                              .fail = f};
    if (!saving)
        return 0;
    x->m2p = frames_map_m2p(xch, &x->frames);
    return x->m2p ? 0 : fail(f, "cannot map the hypervisor's table of frames: %s", strerror(errno));
}

int guest_xc_keep_maps(void *ctx)
{
    struct guest_xc *x = ctx;

    x->fmem = xenforeignmemory_open(NULL, 0);
    return x->fmem ? xenforeignmemory_restrict(x->fmem, (domid_t)x->domid) : -1;
}

void guest_xc_close(struct guest_xc *x)
{
    frames_unmap_m2p(x->m2p, x->frames);
    x->m2p = NULL;
}
