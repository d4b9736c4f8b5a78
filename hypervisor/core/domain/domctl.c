/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * domctl: the control domain's operations on a domain as a whole; those on vCPUs are in
 * domctl_vcpu.c, those that need the machine in arch_domctl.  Operations come one at a time.
 */
#include <hv/budget.h>
#include <hv/dirty.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>

#include "domctl.h"

/* An id nobody has, going round so that the number of a domain just gone is not seen again soon; 0:
 * none. */
static domid_t free_id(void)
{
    static domid_t last;

    for (unsigned n = 1; n < DOMID_FIRST_RESERVED; n++) {
        last = last + 1u < DOMID_FIRST_RESERVED ? (domid_t)(last + 1) : 1;
        if (!domain_find(last))
            return last;
    }
    return 0;
}

static long do_createdomain(struct xen_domctl *op)
{
    domid_t id = op->domain;
    struct domain *d;
    int ret;

    if (!id || id >= DOMID_FIRST_RESERVED)
        id = free_id();
    if (!id)
        return -XEN_ENOMEM;
    ret = domain_create(id, &op->u.createdomain, false, &d);
    if (!ret)
        op->domain = id;
    return ret;
}

static long do_pause(struct call *c)
{
    if (c->d == c->cur->domain)
        return refuse(XEN_EINVAL);
    if (c->d->pause_count >= 255)
        return refuse(XEN_EOVERFLOW);
    c->d->pause_count++;
    domain_pause(c->d);
    return 0;
}

static long do_unpause(struct call *c)
{
    if (!c->d->pause_count)
        return refuse(XEN_EINVAL);
    c->d->pause_count--;
    c->d->started = true;
    domain_unpause(c->d);
    return 0;
}

static long do_hypercall_init(struct call *c)
{
    struct frame *f;

    if (ptype_get_frame(c->d, MFN(c->op->u.hypercall_init.gmfn), PT_WRITABLE, &f))
        return refuse(XEN_EACCES);
    arch_write_hypercall_page(arch_frame_ptr(frame_mfn(f)));
    dirty_frame(c->d, f);
    ptype_put_frame(c->d, f, PT_WRITABLE);
    return 0;
}

static long do_gettsc(struct call *c)
{
    c->op->u.tsc_info = (struct xen_domctl_tsc_info){
        .tsc_mode = c->d->tsc_mode,
        .gtsc_khz = c->d->tsc_khz,
        .incarnation = c->d->tsc_incarnation,
    };
    return copyback(c);
}

static long do_settsc(struct call *c)
{
    const struct xen_domctl_tsc_info *t = &c->op->u.tsc_info;

    if (c->d == c->cur->domain || t->tsc_mode > 2)
        return refuse(XEN_EINVAL);
    c->d->tsc_mode = (uint8_t)t->tsc_mode;
    c->d->tsc_khz = t->gtsc_khz;
    c->d->tsc_incarnation = t->incarnation;
    return 0;
}

/* XEN_DOMCTL_PFINFO_* of a frame. */
static uint64_t frame_info(struct domain *d, uint64_t mfn)
{
    struct frame *f = frame_get_mfn(MFN(mfn), d);
    uint64_t info = XEN_DOMCTL_PFINFO_NOTAB, type;

    if (!f)
        return XEN_DOMCTL_PFINFO_XTAB;
    type = atomic_load_explicit(&f->type, memory_order_relaxed);
    if (ptype_of(f) >= PT_L1 && ptype_of(f) <= PT_L4 && type & PTYPE_COUNT) {
        info = (uint64_t)ptype_of(f) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
        if (type & PTYPE_PINNED)
            info |= XEN_DOMCTL_PFINFO_LPINTAB;
    }
    frame_put(f);
    return info;
}

static long do_getpageframeinfo3(struct call *c)
{
    gva_t array = GUEST_PTR(c->op->u.getpageframeinfo3.array);
    uint64_t n = c->op->u.getpageframeinfo3.num, v;

    if (n > 1024)
        return refuse(XEN_E2BIG);
    /* Answers overwrite questions, so it cannot begin again: a full turn must do. */
    if (budget_short((int)n * BUDGET_ENTRY) && budget_new_turn())
        return -XEN_ERESTART;
    budget_draw((int)n * BUDGET_ENTRY);
    for (; n; n--, array = gva_add(array, sizeof(v))) {
        if (guest_read_u64(&v, array) || guest_write_u64(array, frame_info(c->d, v)))
            return refuse(XEN_EFAULT);
    }
    return 0;
}

static long do_shadow_op(struct call *c)
{
    struct xen_domctl_shadow_op *op = &c->op->u.shadow_op;
    const bool clean = op->op == XEN_DOMCTL_SHADOW_OP_CLEAN;
    int rc = 0;

    if (c->d == c->cur->domain || op->mode & ~(uint32_t)XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL)
        return refuse(XEN_EINVAL);
    switch (op->op) {
    case XEN_DOMCTL_SHADOW_OP_OFF:
    case XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY:
        domain_pause(c->d);
        if (op->op == XEN_DOMCTL_SHADOW_OP_OFF)
            dirty_stop(c->d);
        else
            rc = dirty_start(c->d);
        domain_unpause(c->d);
        return rc;
    case XEN_DOMCTL_SHADOW_OP_CLEAN:
    case XEN_DOMCTL_SHADOW_OP_PEEK:
        rc = dirty_report(c->d, clean, GUEST_PTR(op->dirty_bitmap), &op->pages, &op->stats);
        return rc ? rc : copyback(c);
    default:
        return refuse(XEN_EOPNOTSUPP);
    }
}

static const domctl_fn table[] = {
    [XEN_DOMCTL_shadow_op] = do_shadow_op,
    [XEN_DOMCTL_pausedomain] = do_pause,
    [XEN_DOMCTL_unpausedomain] = do_unpause,
    [XEN_DOMCTL_getpageframeinfo3] = do_getpageframeinfo3,
    [XEN_DOMCTL_setvcpucontext] = domctl_setvcpucontext,
    [XEN_DOMCTL_getvcpucontext] = domctl_getvcpucontext,
    [XEN_DOMCTL_getvcpuinfo] = domctl_getvcpuinfo,
    [XEN_DOMCTL_max_vcpus] = domctl_max_vcpus,
    [XEN_DOMCTL_setvcpuaffinity] = domctl_vcpuaffinity,
    [XEN_DOMCTL_getvcpuaffinity] = domctl_vcpuaffinity,
    [XEN_DOMCTL_scheduler_op] = domctl_scheduler_op,
    [XEN_DOMCTL_sendtrigger] = domctl_sendtrigger,
    [XEN_DOMCTL_hypercall_init] = do_hypercall_init,
    [XEN_DOMCTL_gettscinfo] = do_gettsc,
    [XEN_DOMCTL_settscinfo] = do_settsc,
};

/* Operations of a line or two; what is not known may be the machine's. */
static long run_small(struct call *c)
{
    switch (c->op->cmd) {
    case XEN_DOMCTL_destroydomain:
        return domain_kill(c->d);
    case XEN_DOMCTL_resumedomain:
        if (c->d == c->cur->domain)
            return refuse(XEN_EINVAL);
        domain_resume(c->d);
        return 0;
    case XEN_DOMCTL_getdomaininfo:
        domain_info(c->d, &c->op->u.getdomaininfo);
        c->op->domain = c->d->id;
        return copyback(c);
    case XEN_DOMCTL_setdebugging:
        if (c->d == c->cur->domain)
            return refuse(XEN_EINVAL);
        c->d->debugged = c->op->u.setdebugging.enable;
        return 0;
    case XEN_DOMCTL_settimeoffset:
        c->d->time_offset = (int32_t)c->op->u.settimeoffset.time_offset_seconds;
        arch_wallclock_set(arch_wallclock_base()); /* shows every domain its clock anew */
        return 0;
    case XEN_DOMCTL_max_mem:
        c->d->max_pages = min(c->op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10), (uint64_t)INT32_MAX);
        return 0;
    case XEN_DOMCTL_setdomainhandle:
        memcpy(c->d->handle, c->op->u.setdomainhandle.handle, sizeof(c->d->handle));
        return 0;
    case XEN_DOMCTL_get_address_size:
        c->op->u.address_size.size = 64;
        return copyback(c);
    case XEN_DOMCTL_set_address_size:
        return c->op->u.address_size.size == 64 ? 0 : refuse(XEN_EINVAL);
    case XEN_DOMCTL_set_virq_handler:
        return domain_set_virq_handler(c->d, c->op->u.set_virq_handler.virq);
    case XEN_DOMCTL_subscribe:
        c->d->suspend_port = c->op->u.subscribe.port;
        return 0;
    case XEN_DOMCTL_setnodeaffinity: /* one node: any choice is granted */
        return 0;
    case XEN_DOMCTL_getnodeaffinity:
        return cpuset_to_guest(&c->op->u.nodeaffinity.nodemap, 1);
    default:
        return arch_domctl(c->op, c->d, c->write);
    }
}

static long run(struct vcpu *cur, struct xen_domctl *op, bool *write)
{
    struct call c = {.cur = cur, .op = op, .write = write};
    long ret;

    if (op->cmd == XEN_DOMCTL_createdomain) {
        ret = do_createdomain(op);
        *write = !ret;
        return ret;
    }
    c.d = domain_find(op->domain); /* DOMID_SELF is nobody here */
    /* of the next, if it is none: tools list domains so */
    if (op->cmd == XEN_DOMCTL_getdomaininfo) {
        if (op->domain >= DOMID_FIRST_RESERVED)
            return refuse(XEN_EINVAL);
        c.d = domain_next(op->domain);
    }
    if (!c.d)
        return refuse(XEN_ESRCH);
    if (c.d->dying && op->cmd != XEN_DOMCTL_destroydomain && op->cmd != XEN_DOMCTL_getdomaininfo)
        return refuse(XEN_ESRCH);
    const domctl_fn fn = table[index_nospec(op->cmd, ARRAY_SIZE(table))];
    return op->cmd < ARRAY_SIZE(table) && fn ? fn(&c) : run_small(&c);
}

long op_domctl(struct vcpu *cur, gva_t arg)
{
    /* never waited for: a holder may itself wait for this CPU */
    static struct spinlock busy = {.rank = LOCK_BUSY};
    struct xen_domctl op;
    bool write = false;
    long ret;

    if (guest_read(&op, arg, sizeof(op)))
        return refuse(XEN_EFAULT);
    if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
        return refuse(XEN_EACCES);
    if (!trylock(&busy))
        return hcall_continue_domctl(cur, arg);
    ret = run(cur, &op, &write);
    unlock(&busy);
    domain_reap(); /* every CPU may be asleep or busy: do not wait for an idle one */
    if (write && guest_write(arg, &op, sizeof(op)))
        return refuse(XEN_EFAULT);
    if (ret == -XEN_ERESTART)
        return hcall_continue_domctl(cur, arg);
    return ret;
}
