/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypercall tables, calls by number, and multicall. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>

/* What a guest gets that asks for a call of the control domain. */
static long op_not_permitted(void)
{
    return refuse(XEN_EPERM);
}

#define FN(f)              ((hcall_fn)(void (*)(void))(f))
#define GUEST_ANY(name)    FN(op_##name)
#define GUEST_DOM0(name)   FN(op_not_permitted)
#define CONTROL_ANY(name)  FN(op_##name)
#define CONTROL_DOM0(name) FN(op_##name)

#define HCALL(name, nr, who, ...) STATIC_CHECK(nr == __HYPERVISOR_##name, "xen.h's number");
#include <hv/hypercall.def>
#undef HCALL

const hcall_fn hcall_table_guest[HCALL_MAX] = {
#define HCALL(name, nr, who, ...) [nr] = GUEST_##who(name),
#include <hv/hypercall.def>
#undef HCALL
};

const hcall_fn hcall_table_dom0[HCALL_MAX] = {
#define HCALL(name, nr, who, ...) [nr] = CONTROL_##who(name),
#include <hv/hypercall.def>
#undef HCALL
};

static inline long call(const hcall_fn *table, struct vcpu *cur, uint64_t nr, const uint64_t *a)
{
    const hcall_fn fn = table[index_nospec(nr, HCALL_MAX)];

    if (unlikely(nr >= HCALL_MAX || !fn))
        return refuse(XEN_ENOSYS);
    return fn(cur, a[0], a[1], a[2], a[3], a[4]);
}

/* One entry: 0; 1, if the list ends or is left with it; -EFAULT.  A preempted call leaves its progress
 * in the guest's entry, to be read again. */
static int multicall_one(struct vcpu *cur, const hcall_fn *table, gva_t entry)
{
    if (unlikely(guest_read_words(&cur->mc, entry, sizeof(cur->mc) / 8)))
        return -XEN_EFAULT;
    long ret = call(table, cur, cur->mc.op, cur->mc.args);
    if (likely(cur->mc_end == MC_NEXT))
        return guest_write_u64(gva_add(entry, offsetof(struct multicall_entry, result)),
                               (uint64_t)ret);
    if (cur->mc_end == MC_LEFT)
        cur->mc.result = (uint64_t)ret;
    const int err = guest_write(entry, &cur->mc, sizeof(cur->mc));
    /* a process' table need not map the list */
    return err && cur->mc_end != MC_LEFT ? err : 1;
}

long op_multicall(struct vcpu *cur, gva_t list, unsigned count)
{
    const hcall_fn *table = cur->domain->privileged ? hcall_table_dom0 : hcall_table_guest;
    unsigned i;
    int ret = 0;

    if (unlikely(cur->in_multicall))
        return refuse(XEN_EINVAL);
    cur->in_multicall = true;
    cur->mc_end = MC_NEXT;
    for (i = 0; i < count; i++, list = gva_add(list, sizeof(struct multicall_entry))) {
        if (i &&
            unlikely(atomic_load_explicit(&cur->work, memory_order_relaxed) & VCPU_WORK_RESCHED))
            break;
        ret = multicall_one(cur, table, list);
        if (unlikely(ret))
            break;
        budget_draw(BUDGET_OP);
        if (budget_look()) {
            i++, list = gva_add(list, sizeof(struct multicall_entry));
            break;
        }
    }
    cur->in_multicall = false;
    if (unlikely(ret < 0))
        return refuse(XEN_EFAULT);
    if (unlikely(cur->mc_end == MC_LEFT))
        return (int)cur->mc.result; /* RAX where the iret led: half of the frame's, as on Xen */
    if (unlikely(i < count))
        return hcall_continue_multicall(cur, list, count - i);
    return 0;
}
