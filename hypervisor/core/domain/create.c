/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making domains and vCPUs.  Each room sets up its part through one table, in order;
 * on a failure, and at the very end of a domain's life, the same table runs backwards.
 */
#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/grant.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/sched.h>

#include "room.h"

/* The region map is made here and not with the first frame, as frame_share cannot fail. */
static int memory_init(struct domain *d)
{
    lock_init(&d->lifecycle, LOCK_LIFECYCLE);
    lock_init(&d->page_lock, LOCK_PAGE);
    lock_init(&d->pt_lock, LOCK_PT);
    lock_init(&d->stash.lock, LOCK_STASH);
    d->regions = hv_alloc_pages(0);
    return d->regions ? 0 : -XEN_ENOMEM;
}

/* core/frame frees it with the last frame of a dying domain. */
static int memory_free(struct domain *d)
{
    dirty_free(d);
    hv_free_pages(d->regions, 0);
    return 0;
}

static int shared_info_init(struct domain *d)
{
    mfn_t mfn = frame_alloc(0, ALLOC_ZERO);

    if (mfn_eq(mfn, MFN_INVALID))
        return -XEN_ENOMEM;
    d->shared_info_mfn = mfn;
    d->shared_info = arch_frame_ptr(d->shared_info_mfn);
    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        d->shared_info->vcpu_info[i].evtchn_upcall_mask = 1;
    frame_share(d, d->shared_info_mfn);
    return 0;
}

/* Whoever mapped the page is gone by now: see domain_reap. */
static int shared_info_free(struct domain *d)
{
    CHECK(frame_unshare(d, d->shared_info_mfn) == 0);
    frame_free(d->shared_info_mfn, 0);
    return 0;
}

static int scheduling_init(struct domain *d)
{
    sched_domain_init(d);
    watchdogs_init(d);
    return 0;
}

static int scheduling_free(struct domain *d)
{
    watchdogs_kill(d);
    return 0;
}

static int machine_free(struct domain *d)
{
    arch_domain_destroy(d);
    return 0;
}

/* clang-format off */
static const struct room {
    int (*init)(struct domain *d);
    int (*free)(struct domain *d); /* -XEN_ERESTART */
} rooms[] = {
    {memory_init, memory_free},
    {shared_info_init, shared_info_free},
    {scheduling_init, scheduling_free},
    {evtchn_domain_init, evtchn_domain_free},
    {grant_domain_init, grant_domain_free},
    {arch_domain_init, machine_free},
};
/* clang-format on */

static int free_rooms(struct domain *d)
{
    for (; d->rooms; d->rooms--)
        if (rooms[d->rooms - 1].free(d))
            return -XEN_ERESTART;
    hv_free(d);
    return 0;
}

static int check_config(const struct xen_domctl_createdomain *cfg)
{
    if (cfg->flags & ~(uint32_t)(XEN_DOMCTL_CDF_xs_domain | XEN_DOMCTL_CDF_s3_integrity))
        return refuse(XEN_EINVAL); /* HVM, HAP, IOMMU...: PV guests only */
    if (cfg->max_vcpus < 1 || cfg->max_vcpus > HV_MAX_VCPUS || cfg->vmtrace_size ||
        cfg->cpupool_id || XEN_DOMCTL_GRANT_version(cfg->grant_opts) < 1 ||
        XEN_DOMCTL_GRANT_version(cfg->grant_opts) > cmdline.gnttab_max_ver)
        return refuse(XEN_EINVAL);
    return 0;
}

/* Reserves the id for d; the domain can be found from now on. */
static int publish(struct domain *d)
{
    struct domain **spare = hv_alloc(DOMAIN_CHUNK * sizeof(*spare));
    int ret = 0;

    if (!spare)
        return -XEN_ENOMEM;
    if (!domain_add(d, &spare))
        ret = -XEN_EEXIST;
    hv_free(spare);
    return ret;
}

int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg, bool privileged,
                  struct domain **out)
{
    struct domain *d;
    int ret = check_config(cfg);

    if (ret)
        return ret;
    /* Before any frame names it: a living domain would get at the new one's.  One is made at a
     * time, so it stays free until publish(). */
    if (domain_find(id))
        return -XEN_EEXIST;
    d = hv_alloc(sizeof(*d));
    if (!d)
        return -XEN_ENOMEM;
    d->id = id;
    d->privileged = privileged;
    d->vcpu_max = cfg->max_vcpus;
    d->hold_count = 1;
    d->pause_count = !privileged;
    d->create_flags = cfg->flags;
    d->ssidref = cfg->ssidref;
    memcpy(d->handle, cfg->handle, sizeof(d->handle));
    d->max_evtchn_port = min(cfg->max_evtchn_port, (uint32_t)INT32_MAX);
    d->max_grant_version = XEN_DOMCTL_GRANT_version(cfg->grant_opts);
    d->max_grant_frames =
        cfg->max_grant_frames < 0 ? GRANT_MAX_FRAMES_DEFAULT : (unsigned)cfg->max_grant_frames;
    d->max_maptrack_frames = cfg->max_maptrack_frames < 0 ? MAPTRACK_MAX_FRAMES_DEFAULT
                                                          : (unsigned)cfg->max_maptrack_frames;
    d->shared_info_mfn = MFN_INVALID;
    while (!ret && d->rooms < ARRAY_SIZE(rooms)) {
        ret = rooms[d->rooms].init(d);
        d->rooms += !ret;
    }
    if (!ret)
        ret = publish(d);
    if (ret) {
        while (free_rooms(d)) /* there is little in them yet */
            ;
        return ret;
    }
    if (privileged)
        dom0 = d;
    *out = d;
    return 0;
}

int domain_add_vcpu(struct domain *d, unsigned id, unsigned cpu)
{
    struct vcpu *v;
    int ret;

    if (id >= d->vcpu_max || domain_vcpu(d, id) || d->logging) /* it would have no roots of ours */
        return refuse(XEN_EINVAL);
    v = hv_alloc(sizeof(*v));
    if (!v)
        return -XEN_ENOMEM;
    v->domain = d;
    v->id = id;
    v->cr3 = v->user_cr3 = v->root[0] = v->root[1] = v->info_mfn = MFN_INVALID;
    vcpu_info_reset(v);
    sched_vcpu_init(v, cpu);
    vcpu_timers_init(v, cpu);
    v->sched.flags |= VPF_EMPTY;
    ret = arch_vcpu_init(v);
    if (ret) {
        vcpu_timers_kill(v);
        sched_vcpu_destroy(v);
        hv_free(v);
        return ret;
    }
    lock(&d->lifecycle);
    v->sched.pause_count = d->hold_count;
    shared_store_release(&d->vcpu[id], v);
    unlock(&d->lifecycle);
    return 0;
}

static void free_vcpu(struct vcpu *v)
{
    vcpu_timers_kill(v);
    sched_vcpu_destroy(v);
    arch_vcpu_destroy(v);
    hv_free(v);
}

int domain_free(struct domain *d)
{
    sched_domain_destroy(d); /* its timer wakes the vCPUs */
    for (unsigned i = 0; i < d->vcpu_max; i++) {
        struct vcpu *v = d->vcpu[i];
        if (!v)
            continue;
        if (budget_look())
            return -XEN_ERESTART;
        budget_draw(BUDGET_OP);
        d->vcpu[i] = NULL;
        free_vcpu(v);
    }
    return free_rooms(d);
}
