/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's architectural state from and to struct vcpu_guest_context (xen/arch-x86/xen.h). */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <asm/policy.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

hcall_fn entry_table[2][HCALL_MAX];

int arch_vcpu_init(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    a->stack = pcpus[v->domain->is_idle ? v->id : 0]->stack_top;
    if (v->domain->is_idle) {
        pcpus[v->id]->current = v;
        return 0;
    }
    a->hcall_table = entry_table[v->domain->privileged];
    a->traps = hv_alloc_pages(0);
    a->fpu = fpu_alloc();
    a->xcr0 = 1;
    a->cr0 = CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE;
    a->cr4 = policy_cr4(v->domain->arch.policy, 0);
    a->dr[6] = 0xffff0ff0;
    a->dr[7] = 0x400;
    a->regs.rflags = RFLAGS_IF | 2;
    if (a->traps && a->fpu && window_init(v))
        return 0;
    arch_vcpu_destroy(v);
    return -XEN_ENOMEM;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    hv_free_pages(v->arch.traps, 0);
    hv_free(v->arch.fpu);
    v->arch.traps = NULL;
    v->arch.fpu = NULL;
    /* X-4 of asm/xpti.h: the next one in its place in memory is another */
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        if (pcpus[cpu]->landed == v)
            pcpus[cpu]->landed = NULL;
}

/* Local and global enables, LE/GE, conditions; never GD, on ports only with CR4.DE. */
static bool dr7_ok(uint64_t val, uint64_t cr4)
{
    if (val >> 32 || (val & 0x2000))
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (dr7_on_ports(val, i) && !(cr4 & CR4_DE))
            return false;
    return true;
}

int debugreg_check(unsigned reg, uint64_t *val, uint64_t cr4)
{
    if (reg < 4) {
        if (!guest_range_ok(GVA(*val), 8) || !canonical(*val))
            return refuse(XEN_EPERM);
    } else if (reg == 4 || reg == 6) {
        *val = (*val & 0xe00fUL) | 0xffff0ff0UL;
    } else if (reg == 5 || reg == 7) {
        *val = (*val & ~0xd000UL) | 0x400;
        if (!dr7_ok(*val, cr4))
            return refuse(XEN_EPERM);
    } else {
        return refuse(XEN_ENODEV);
    }
    return 0;
}

int arch_vcpu_check_context(const struct vcpu_guest_context *c)
{
    const uint64_t addresses[] = {
        c->user_regs.rip, c->event_callback_eip, c->failsafe_callback_eip, c->syscall_callback_eip,
        c->fs_base,       c->gs_base_kernel,     c->gs_base_user};

    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++)
        if (!canonical(addresses[i]) || (i < 4 && !guest_range_ok(GVA(addresses[i]), 1)))
            return -XEN_EINVAL;
    for (unsigned i = 0; i < 256; i++)
        if (!canonical(c->trap_ctxt[i].address))
            return -XEN_EINVAL;
    if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1]) /* user mode without its table */
        return -XEN_EINVAL;
    if (c->gdt_ents > 14 * 512 || c->ldt_ents > 8192 ||
        (c->ldt_ents && (c->ldt_base & (PAGE_SIZE - 1) || !canonical(c->ldt_base) ||
                         !guest_range_ok(GVA(c->ldt_base), c->ldt_ents * 8))))
        return -XEN_EINVAL;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t val = c->debugreg[i];
        if (debugreg_check(i, &val, c->ctrlreg[4]))
            return -XEN_EINVAL;
    }
    return 0;
}

/* The general registers, which come first and in the same order. */
#define GPR_BYTES offsetof(struct regs, vector)
STATIC_CHECK(offsetof(struct cpu_user_regs, error_code) == GPR_BYTES &&
                 offsetof(struct cpu_user_regs, rdi) == offsetof(struct regs, rdi) &&
                 offsetof(struct cpu_user_regs, rbx) == offsetof(struct regs, rbx),
             "one order of registers");

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    const struct cpu_user_regs *u = &c->user_regs;
    struct regs *r = &v->arch.regs;

    *r = (struct regs){.rip = u->rip, .rsp = u->rsp, .cs = u->cs | 3u, .ss = u->ss | 3u};
    memcpy(r, u, GPR_BYTES);
    r->rflags = (u->rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP)) |
                RFLAGS_IF | 2;
    v->arch.iopl = (u->rflags >> 12) & 3; /* virtual: the real one stays 0 */
    v->arch.ds = u->ds;
    v->arch.es = u->es;
    v->arch.fs = u->fs;
    v->arch.gs = u->gs;
    v->arch.fs_base = c->fs_base;
    v->arch.gs_base_kernel = c->gs_base_kernel;
    v->arch.gs_base_user = c->gs_base_user;
    v->arch.kernel_ss = c->kernel_ss;
    v->arch.kernel_sp = c->kernel_sp;
    v->arch.callback[CALLBACKTYPE_event] = c->event_callback_eip;
    v->arch.callback[CALLBACKTYPE_failsafe] = c->failsafe_callback_eip;
    v->arch.callback[CALLBACKTYPE_syscall] = c->syscall_callback_eip;
    v->arch.cb_masks =
        (uint8_t)((c->flags & VGCF_failsafe_disables_events ? 1u << CALLBACKTYPE_failsafe : 0) |
                  (c->flags & VGCF_syscall_disables_events ? 1u << CALLBACKTYPE_syscall : 0));
    for (unsigned i = 0; i < 256; i++)
        v->arch.traps[i] = (struct trap_entry){c->trap_ctxt[i].address, c->trap_ctxt[i].cs | 3u,
                                               c->trap_ctxt[i].flags};
    v->arch.cr4 = policy_cr4(v->domain->arch.policy, c->ctrlreg[4]);
    for (unsigned i = 0; i < 8; i++) {
        v->arch.dr[i] = c->debugreg[i];
        (void)debugreg_check(i, &v->arch.dr[i], c->ctrlreg[4]);
    }
    if (c->flags & VGCF_I387_VALID)
        fpu_set_legacy(v->arch.fpu, &c->fpu_ctxt);
}

void arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    set_registers(v, c);
    v->in_user = !(c->flags & VGCF_in_kernel) && v->user_cr3.n != MFN_INVALID.n;
    arch_ldt_set(v, GVA(c->ldt_base), (unsigned)c->ldt_ents);
}

void arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    const struct regs *r = &v->arch.regs;
    struct cpu_user_regs *u = &c->user_regs;

    memset(c, 0, sizeof(*c));
    memcpy(u, r, GPR_BYTES);
    u->rip = r->rip;
    u->rsp = r->rsp;
    u->rflags = r->rflags | (uint64_t)v->arch.iopl << 12;
    u->cs = (uint16_t)(v->in_user ? r->cs : r->cs & ~3UL);
    u->ss = (uint16_t)r->ss;
    u->ds = v->arch.ds;
    u->es = v->arch.es;
    u->fs = v->arch.fs;
    u->gs = v->arch.gs;
    if (v->info)
        u->saved_upcall_mask = v->info->evtchn_upcall_mask;
    c->flags = VGCF_online | VGCF_I387_VALID | (v->in_user ? 0 : VGCF_in_kernel);
    if (v->arch.cb_masks & (1u << CALLBACKTYPE_failsafe))
        c->flags |= VGCF_failsafe_disables_events;
    if (v->arch.cb_masks & (1u << CALLBACKTYPE_syscall))
        c->flags |= VGCF_syscall_disables_events;
    memcpy(&c->fpu_ctxt, v->arch.fpu, 512);
    for (unsigned i = 0; i < 256; i++) {
        c->trap_ctxt[i].vector = (uint8_t)i;
        c->trap_ctxt[i].flags = v->arch.traps[i].flags;
        c->trap_ctxt[i].cs = v->arch.traps[i].cs;
        c->trap_ctxt[i].address = v->arch.traps[i].address;
    }
    c->fs_base = v->arch.fs_base;
    c->gs_base_kernel = v->arch.gs_base_kernel;
    c->gs_base_user = v->arch.gs_base_user;
    c->kernel_ss = v->arch.kernel_ss;
    c->kernel_sp = v->arch.kernel_sp;
    c->event_callback_eip = v->arch.callback[CALLBACKTYPE_event];
    c->failsafe_callback_eip = v->arch.callback[CALLBACKTYPE_failsafe];
    c->syscall_callback_eip = v->arch.callback[CALLBACKTYPE_syscall];
    c->gdt_ents = v->gdt_entries;
    for (unsigned i = 0; i < v->gdt_count; i++)
        c->gdt_frames[i] = v->gdt_frames[i].n;
    c->ldt_base = v->ldt_base.a;
    c->ldt_ents = v->ldt_entries;
    c->ctrlreg[0] = v->arch.cr0;
    c->ctrlreg[4] = v->arch.cr4;
    if (v->cr3.n != MFN_INVALID.n)
        c->ctrlreg[3] = mfn_paddr(v->cr3).a;
    if (v->user_cr3.n != MFN_INVALID.n)
        c->ctrlreg[1] = mfn_paddr(v->user_cr3).a | 1;
    memcpy(c->debugreg, v->arch.dr, sizeof(c->debugreg));
    c->vm_assist = v->domain->vm_assist;
}
