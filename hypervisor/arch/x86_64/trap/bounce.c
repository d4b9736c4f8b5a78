/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery into a PV guest: exceptions, events, system calls and NMIs all
 * continue the guest kernel at a registered address with a frame on its stack:
 *     rcx r11 [error code] rip cs|(saved event mask << 32) rflags rsp ss
 * (xen/arch-x86/xen-x86_64.h; the layout was checked against real Xen).
 */
#include <hv/hcall.h>
#include <hv/sched.h>
#include <asm/cpu.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

void toggle_mode(struct vcpu *v)
{
    v->in_user = !v->in_user;
    __asm__ volatile("swapgs" ::: "memory");
    write_cr3(mfn_paddr(v->root[v->in_user]).a);
    if (unlikely(v->sched.areas_stale) && !v->in_user)
        sched_update_areas(v);
}

enum { MASK_EVENTS = 1, HAS_ERROR = 2, HAS_SEGMENTS = 4 };

/* Only what the guest registered is a target: each caller looks first. */
static inline __attribute__((always_inline)) void bounce(struct vcpu *v, uint64_t target,
                                                         unsigned how, uint32_t error)
{
    struct regs *r = &v->arch.regs;
    vcpu_info_t *info = v->info;
    uint64_t saved = info->evtchn_upcall_mask, sp, cs, flags;
    NOT_ZEROED uint64_t f[12];
    uint64_t *w = f + ARRAY_SIZE(f);
    int fault;

    if (v->in_user) {
        toggle_mode(v);
        sp = v->arch.kernel_sp;
        cs = r->cs;
    } else {
        sp = r->rsp;
        cs = r->cs & ~3UL; /* "ring 0": the guest kernel itself was interrupted */
    }
    flags = r->rflags & ~(uint64_t)(RFLAGS_IF | RFLAGS_IOPL);
    if (!saved)
        flags |= RFLAGS_IF;
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        flags |= (uint64_t)v->arch.iopl << 12;
    *--w = r->ss;
    *--w = r->rsp;
    *--w = flags;
    *--w = cs | (saved & 0xff) << 32;
    *--w = r->rip;
    if (how & HAS_ERROR)
        *--w = error;
    if (unlikely(how & HAS_SEGMENTS)) {
        *--w = v->arch.gs;
        *--w = v->arch.fs;
        *--w = v->arch.es;
        *--w = v->arch.ds;
    }
    *--w = r->r11;
    *--w = r->rcx;
    sp &= ~0xfUL;
    if (how & HAS_SEGMENTS)
        fault = guest_write_words(GVA(sp -= 11 * 8), w, 11);
    else if (how & HAS_ERROR)
        fault = guest_write_words(GVA(sp -= 8 * 8), w, 8);
    else
        fault = guest_write_words(GVA(sp -= 7 * 8), w, 7);
    if (unlikely(fault)) {
        domain_crash(v->domain,
                     "vCPU %u: cannot deliver to %lx with stack %lx (rip %lx, vector %lx)\n", v->id,
                     target, sp, r->rip, r->vector);
        return;
    }
    if (how & MASK_EVENTS)
        info->evtchn_upcall_mask = 1;
    r->rip = target;
    r->cs = GUEST_CS64;
    r->ss = GUEST_SS;
    r->rsp = sp;
    r->rflags &= ~(uint64_t)(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC);
    r->vector = VECTOR_SYSCALL; /* rcx and r11 are on the stack: SYSRET may take them */
}

#define ERROR_CODE_VECTORS                                                                         \
    (1u << TRAP_DF | 1u << TRAP_TS | 1u << TRAP_NP | 1u << TRAP_SS | 1u << TRAP_GP |               \
     1u << TRAP_PF | 1u << TRAP_AC | 1u << 21)

/* To the handler registered for a vector. */
static void bounce_trap(struct vcpu *v, unsigned vector, unsigned how, uint32_t error)
{
    const struct trap_entry *t = &v->arch.traps[vector];

    bounce(v, t->address, how | (TI_GET_IF(t) ? MASK_EVENTS : 0), error);
}

static inline bool registered(const struct vcpu *v, unsigned vector)
{
    return likely(v->arch.traps[vector].address);
}

void deliver_failsafe(struct vcpu *v)
{
    bounce(v, v->arch.callback[CALLBACKTYPE_failsafe],
           HAS_SEGMENTS | (v->arch.cb_masks >> CALLBACKTYPE_failsafe & 1 ? MASK_EVENTS : 0), 0);
}

/*
 * The guest registered nothing for this vector.  Then what a CPU does at a gate that is not there:
 * a #GP whose error code names the gate, failing that a double fault; then the callback of last
 * resort.  A guest without any of these cannot be told, and ends as by a triple fault.
 */
static __attribute__((cold, noinline)) void no_handler(struct vcpu *v, unsigned vector,
                                                       uint32_t external)
{
    if (vector != TRAP_GP && vector != TRAP_DF && registered(v, TRAP_GP)) {
        bounce_trap(v, TRAP_GP, HAS_ERROR, vector << 3 | ERROR_IDT | external);
    } else if (vector != TRAP_DF && registered(v, TRAP_DF)) {
        bounce_trap(v, TRAP_DF, HAS_ERROR, 0);
    } else if (v->arch.callback[CALLBACKTYPE_failsafe]) {
        save_selectors(v);
        deliver_failsafe(v);
    } else {
        domain_crash(v->domain,
                     "vCPU %u: no handler for vector %u, nor for what follows it (rip %lx)\n",
                     v->id, vector, v->arch.regs.rip);
    }
}

void inject_trap(struct vcpu *v, unsigned vector, uint32_t error)
{
    if (registered(v, vector))
        bounce_trap(v, vector, ERROR_CODE_VECTORS >> vector & 1 ? HAS_ERROR : 0, error);
    else
        no_handler(v, vector, ERROR_EXT);
}

void inject_software(struct vcpu *v, unsigned vector, unsigned len)
{
    if (registered(v, vector)) {
        bounce_trap(v, vector, 0, 0);
    } else {
        v->arch.regs.rip -= len; /* a fault of the instruction, not a trap behind it */
        no_handler(v, vector, 0);
    }
}

void inject_page_fault(struct vcpu *v, uint64_t address, uint32_t error)
{
    const struct trap_entry *t = &v->arch.traps[TRAP_PF];

    /* the guest kernel runs in ring 3 too: the U bit says which mode the *guest* was in */
    error = v->in_user ? error | PF_USER : error & ~PF_USER;
    v->info->arch.cr2 = address;
    if (likely(t->address))
        bounce(v, t->address, HAS_ERROR | (TI_GET_IF(t) ? MASK_EVENTS : 0), error);
    else
        no_handler(v, TRAP_PF, ERROR_EXT);
}

void deliver_event(struct vcpu *v)
{
    if (likely(v->arch.callback[CALLBACKTYPE_event])) /* else it stays pending */
        bounce(v, v->arch.callback[CALLBACKTYPE_event], MASK_EVENTS, 0);
}

void deliver_nmi(struct vcpu *v)
{
    if (v->arch.callback[CALLBACKTYPE_nmi])
        bounce(v, v->arch.callback[CALLBACKTYPE_nmi], MASK_EVENTS, 0);
}

/* SYSCALL in guest user mode: to the guest kernel's entry point. */
void user_syscall(struct vcpu *v)
{
    unsigned type =
        v->arch.regs.vector == VECTOR_SYSCALL32 ? CALLBACKTYPE_syscall32 : CALLBACKTYPE_syscall;
    uint64_t target = v->arch.callback[type];

    if (!target) {
        v->arch.regs.rip -= 2; /* as on a CPU where SYSCALL is not enabled */
        inject_trap(v, TRAP_UD, 0);
        return;
    }
    bounce(v, target, v->arch.cb_masks >> type & 1 ? MASK_EVENTS : 0, 0);
}

/*
 * IRETQ refused what the guest kernel wants to return to; the registers hold that and the
 * exception.  As if the guest had taken it there; a page of the LDT may only have to appear.
 */
void guest_bad_frame(struct vcpu *v)
{
    struct regs *r = &v->arch.regs;

    if (r->vector == TRAP_PF)
        window_fault(v, read_cr2(), (uint32_t)r->error);
    else
        inject_trap(v, (unsigned)r->vector, (uint32_t)r->error);
}

/* The iret hypercall: struct iret_context on the guest's stack says where to go. */
long op_iret(struct vcpu *v)
{
    struct regs *r = &v->arch.regs;
    NOT_ZEROED struct iret_context c;

    if (unlikely(guest_read(&c, GVA(r->rsp), sizeof(c)))) {
        domain_crash(v->domain, "vCPU %u: iret with an unreadable stack %lx\n", v->id, r->rsp);
        return 0;
    }
    if ((c.cs & 3) == 3) {
        if (unlikely(v->user_cr3.n == MFN_INVALID.n)) {
            domain_crash(v->domain, "vCPU %u: iret to user mode without user page tables\n", v->id);
            return 0;
        }
        toggle_mode(v);
    }
    if (v->domain->vm_assist & (1UL << VMASST_TYPE_architectural_iopl))
        v->arch.iopl = (c.rflags >> 12) & 3;
    r->rip = c.rip;
    r->cs = (uint16_t)(c.cs | 3);
    r->rflags =
        (c.rflags & ~(uint64_t)(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP)) | RFLAGS_IF;
    r->rsp = c.rsp;
    r->ss = (uint16_t)(c.ss | 3);
    if (!(c.flags & VGCF_in_syscall)) {
        r->vector = 0;
        r->r11 = c.r11;
        r->rcx = c.rcx;
    } else if (r->cs != GUEST_CS64) {
        r->vector = 0; /* SYSRET would change the code segment */
        r->rcx = r->rip;
        r->r11 = r->rflags;
    }
    v->info->evtchn_upcall_mask = !(c.rflags & RFLAGS_IF);
    v->mc_end = MC_LEFT;
    return (long)c.rax;
}
