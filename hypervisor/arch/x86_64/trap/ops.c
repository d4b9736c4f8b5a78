/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls about the vCPU's own machine state: traps, callbacks, stacks, segments, FPU, debug
 * registers. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <asm/vcpu.h>

long op_set_trap_table(struct vcpu *cur, gva_t traps)
{
    struct trap_info t;

    budget_draw(256 / 4 * BUDGET_ENTRY); /* a copy from the guest for each */
    if (!traps.a) {
        for (unsigned i = 0; i < 256; i++)
            cur->arch.traps[i] = (struct trap_entry){0};
        return 0;
    }
    for (unsigned n = 0; n < 256; n++, traps = gva_add(traps, sizeof(t))) {
        if (guest_read_words(&t, traps, sizeof(t) / 8))
            return refuse(XEN_EFAULT);
        if (!t.address)
            return 0;
        if (!code_address_ok(t.address))
            return refuse(XEN_EINVAL);
        cur->arch.traps[t.vector] = (struct trap_entry){t.address, t.cs | 3, t.flags};
    }
    return 0;
}

long op_stack_switch(struct vcpu *cur, uint64_t ss, uint64_t sp)
{
    cur->arch.kernel_ss = ss | 3;
    cur->arch.kernel_sp = sp;
    return 0;
}

#define CALLBACK_TYPES                                                                             \
    (1u << CALLBACKTYPE_event | 1u << CALLBACKTYPE_failsafe | 1u << CALLBACKTYPE_syscall |         \
     1u << CALLBACKTYPE_syscall32 | 1u << CALLBACKTYPE_sysenter | 1u << CALLBACKTYPE_nmi)

static long register_callback(struct vcpu *cur, unsigned type, gva_t address, uint16_t flags)
{
    struct arch_vcpu *a = &cur->arch;

    if (type >= ARRAY_SIZE(a->callback) || !(CALLBACK_TYPES >> type & 1))
        return refuse(XEN_ENOSYS);
    if (address.a && !code_address_ok(address.a))
        return refuse(XEN_EINVAL);
    a->callback[index_nospec(type, ARRAY_SIZE(a->callback))] = address.a;
    if (flags & CALLBACKF_mask_events)
        a->cb_masks |= (uint8_t)(1u << type);
    else
        a->cb_masks &= (uint8_t) ~(1u << type);
    return 0;
}

long op_set_callbacks(struct vcpu *cur, gva_t event, gva_t failsafe, gva_t syscall)
{
    /* as Xen: an address that cannot be leaves that callback alone, and the call succeeds */
    (void)register_callback(cur, CALLBACKTYPE_event, event, 0);
    (void)register_callback(cur, CALLBACKTYPE_failsafe, failsafe, 0);
    (void)register_callback(cur, CALLBACKTYPE_syscall, syscall, 0);
    return 0;
}

long op_callback_op(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    struct callback_register reg;
    struct callback_unregister un;

    switch (cmd) {
    case CALLBACKOP_register:
        if (guest_read(&reg, arg, sizeof(reg)))
            return refuse(XEN_EFAULT);
        return register_callback(cur, reg.type, GVA(reg.address), reg.flags);
    case CALLBACKOP_unregister:
        if (guest_read(&un, arg, sizeof(un)))
            return refuse(XEN_EFAULT);
        if (un.type != CALLBACKTYPE_nmi) /* the others may not be absent (callback.h) */
            return refuse(XEN_EINVAL);
        return register_callback(cur, un.type, GVA_NONE, 0);
    }
    return refuse(XEN_ENOSYS);
}

long op_fpu_taskswitch(struct vcpu *cur, unsigned set)
{
    cur->arch.fpu_ts = set;
    if (set)
        write_cr0(read_cr0() | CR0_TS);
    else
        __asm__ volatile("clts");
    return 0;
}

long op_set_segment_base(struct vcpu *, unsigned which, uint64_t base)
{
    if (which != SEGBASE_GS_USER_SEL && !canonical(base))
        return refuse(XEN_EINVAL);
    if (likely(which == SEGBASE_FS)) { /* at every switch of processes */
        write_fsbase(base);
        return 0;
    }
    switch (which) {
    case SEGBASE_GS_USER: /* the guest kernel runs: its own base is the active one */
        wrmsr(MSR_KERNEL_GS_BASE, base);
        return 0;
    case SEGBASE_GS_KERNEL:
        write_gsbase(base);
        return 0;
    case SEGBASE_GS_USER_SEL: {
        uint64_t kernel = read_gsbase();
        load_gs((uint16_t)base); /* a bad selector loads as null */
        wrmsr(MSR_KERNEL_GS_BASE, read_gsbase());
        write_gsbase(kernel);
        return 0;
    }
    }
    return refuse(XEN_EINVAL);
}

/* DR4 and DR5 are other names of DR6 and DR7. */
static uint64_t *debugreg(struct vcpu *v, unsigned reg)
{
    return &v->arch.dr[index_nospec(reg == 4 || reg == 5 ? reg + 2 : reg, ARRAY_SIZE(v->arch.dr))];
}

long op_set_debugreg(struct vcpu *cur, unsigned reg, uint64_t val)
{
    int err = debugreg_check(reg, &val, cur->arch.cr4);

    if (err)
        return err;
    *debugreg(cur, reg) = val;
    load_debug_registers(cur);
    return 0;
}

long op_get_debugreg(struct vcpu *cur, unsigned reg)
{
    if (reg >= 8)
        return refuse(XEN_ENODEV);
    return (long)*debugreg(cur, reg);
}
