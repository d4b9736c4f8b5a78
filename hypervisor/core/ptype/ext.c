/* SPDX-License-Identifier: BSD-2-Clause */
/* mmuext_op: pins, base pointers, flushes, descriptor table, page copies. */
#include <hv/dirty.h>

#include "ptype_int.h"

struct ext {
    struct vcpu *cur;
    struct domain *pg; /* whose frames: the caller's own but for pins, clears and copies */
    struct mmuext_op op;
};

static int flush_mask(struct ext *x, bool page)
{
    cpuset_t cpus;
    if (ptype_cpus_of_mask(x->cur, GUEST_PTR(x->op.arg2.vcpumask), &cpus))
        return refuse(XEN_EINVAL);
    if (page)
        arch_tlb_flush_page(cpus, x->op.arg1.linear_addr);
    else
        arch_tlb_flush(cpus);
    return 0;
}

static int set_ldt(const struct ext *x)
{
    struct vcpu *v = x->cur;
    const gva_t base = GVA(x->op.arg1.linear_addr);
    const unsigned entries = x->op.arg2.nr_ents;

    if (base.a & (PAGE_SIZE - 1) || entries > 8192 ||
        (entries &&
         (!ptype_guest_address(base) || !ptype_guest_address(gva_add(base, entries * 8UL - 1)))))
        return refuse(XEN_EINVAL);
    if (v->ldt_base.a == base.a && v->ldt_entries == entries)
        return 0;
    v->ldt_base = base;
    v->ldt_entries = entries;
    arch_ldt_set(v, base, entries);
    return 0;
}

/* CLEAR_PAGE, COPY_PAGE: no locks, the page is held as writable meanwhile. */
static int fill_page(const struct ext *x, bool copy)
{
    struct frame *dst, *src = NULL;

    if (ptype_get_frame(x->pg, MFN(x->op.arg1.mfn), PT_WRITABLE, &dst))
        return refuse(XEN_EINVAL);
    if (copy && !(src = frame_get_mfn(MFN(x->op.arg2.src_mfn), x->pg))) {
        ptype_put_frame(x->pg, dst, PT_WRITABLE);
        return refuse(XEN_EINVAL);
    }
    budget_draw(BUDGET_PAGE);
    if (copy) {
        copy_page(arch_frame_ptr(frame_mfn(dst)), arch_frame_ptr(frame_mfn(src)));
        frame_put(src);
    } else {
        clear_page(arch_frame_ptr(frame_mfn(dst)));
    }
    dirty_frame(x->pg, dst);
    ptype_put_frame(x->pg, dst, PT_WRITABLE);
    return 0;
}

/* What only makes sense for the caller itself: all but pins, clears and copies. */
static bool own_only(unsigned cmd)
{
    return (cmd >= MMUEXT_NEW_BASEPTR && cmd <= MMUEXT_SET_LDT) || cmd == MMUEXT_NEW_USER_BASEPTR ||
           cmd == MMUEXT_FLUSH_CACHE_GLOBAL;
}

static int run(struct ext *x)
{
    struct vcpu *v = x->cur;

    if (unlikely(x->pg != v->domain) && own_only(x->op.cmd))
        return refuse(XEN_EPERM);
    switch (x->op.cmd) {
    case MMUEXT_PIN_L1_TABLE:
    case MMUEXT_PIN_L2_TABLE:
    case MMUEXT_PIN_L3_TABLE:
    case MMUEXT_PIN_L4_TABLE:
        return ptype_pin(x->pg, MFN(x->op.arg1.mfn), PT_L1 + (x->op.cmd - MMUEXT_PIN_L1_TABLE));
    case MMUEXT_UNPIN_TABLE:
        return ptype_unpin(x->pg, MFN(x->op.arg1.mfn));
    case MMUEXT_NEW_BASEPTR:
    case MMUEXT_NEW_USER_BASEPTR:
        return ptype_switch_base(v, MFN(x->op.arg1.mfn), x->op.cmd == MMUEXT_NEW_USER_BASEPTR);
    case MMUEXT_TLB_FLUSH_LOCAL:
        arch_tlb_flush(CPUSET(arch_cpu()));
        return 0;
    case MMUEXT_INVLPG_LOCAL:
        arch_tlb_flush_page(CPUSET(arch_cpu()), x->op.arg1.linear_addr);
        return 0;
    case MMUEXT_TLB_FLUSH_MULTI:
    case MMUEXT_INVLPG_MULTI:
        return flush_mask(x, x->op.cmd == MMUEXT_INVLPG_MULTI);
    case MMUEXT_TLB_FLUSH_ALL:
        arch_tlb_flush(domain_dirty_cpus(v->domain));
        return 0;
    case MMUEXT_INVLPG_ALL:
        arch_tlb_flush_page(domain_dirty_cpus(v->domain), x->op.arg1.linear_addr);
        return 0;
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        if (!v->domain->privileged)
            return refuse(XEN_EACCES);
        arch_cache_flush();
        return 0;
    case MMUEXT_SET_LDT:
        return set_ldt(x);
    case MMUEXT_CLEAR_PAGE:
    case MMUEXT_COPY_PAGE:
        return fill_page(x, x->op.cmd == MMUEXT_COPY_PAGE);
    case MMUEXT_MARK_SUPER:
    case MMUEXT_UNMARK_SUPER:
        return refuse(XEN_EOPNOTSUPP);
    default:
        return refuse(XEN_ENOSYS);
    }
}

long op_mmuext_op(struct vcpu *cur, gva_t uops, unsigned ucount, gva_t pdone, unsigned foreigndom)
{
    struct ext x;
    uint32_t count = ucount, before = 0, done = 0;

    x.cur = cur;
    if (unlikely(count & MMU_UPDATE_PREEMPTED)) {
        count &= ~MMU_UPDATE_PREEMPTED;
        if (pdone.a && guest_read_u32(&before, pdone))
            return refuse(XEN_EFAULT);
    }
    int rc = ptype_frame_owner(cur, (domid_t)foreigndom, &x.pg);
    if (unlikely(rc))
        return rc;
    /* All may be done but taking apart the tables that wait for it. */
    if (unlikely(ucount == MMU_UPDATE_PREEMPTED)) {
        rc = pt_begin(x.pg);
        if (!rc)
            pt_end(x.pg);
    }
    while (!rc && done < count) {
        const gva_t op = gva_add(uops, done * sizeof(x.op));
        rc = likely(!guest_read_words(&x.op, op, sizeof(x.op) / 8)) ? run(&x) : refuse(XEN_EFAULT);
        if (unlikely(rc) || likely(++done == count))
            break;
        budget_draw(BUDGET_OP);
        if (unlikely(budget_spent()))
            break;
    }
    if (pdone.a && guest_write_u32(pdone, before + done))
        rc = refuse(XEN_EFAULT);
    if (unlikely(rc == -XEN_ERESTART || (!rc && (done < count || x.pg->pt_undo))))
        return hcall_continue_mmuext_op(cur, gva_add(uops, done * sizeof(struct mmuext_op)),
                                        (count - done) | MMU_UPDATE_PREEMPTED, pdone, foreigndom);
    return rc;
}
