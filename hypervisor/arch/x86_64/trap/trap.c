/* SPDX-License-Identifier: BSD-2-Clause */
/* Routes exceptions and interrupts; the slow half of the exit to a guest; the idle loop. */
#include <hv/check.h>
#include <hv/dirty.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/kexec.h>
#include <asm/mce.h>
#include <asm/paging.h>
#include <asm/spec.h>
#include <asm/trap.h>
#include <asm/vcpu.h>

typedef void trap_fn(struct vcpu *v, struct regs *r);

static void guest_fault(struct vcpu *v, struct regs *r)
{
    inject_trap(v, (unsigned)r->vector, (uint32_t)r->error);
}

/* Status bits of breakpoints that match but are not the guest's (SDM 3B 17.2.3 allows them) stay
 * here. */
static void guest_debug(struct vcpu *v, struct regs *r)
{
    uint64_t hit = read_dr6() & DR6_STATUS, control = dr7_hardware(v->arch.dr[7]);

    write_dr6(DR6_DEFAULT);
    for (unsigned i = 0; i < 4; i++)
        if (!(control >> 2 * i & 3))
            hit &= ~(1UL << i);
    v->arch.dr[6] |= hit; /* sticky, as in hardware */
    guest_fault(v, r);
}

/* INT3 and INTO, whose gates are open to user mode. */
static void guest_breakpoint(struct vcpu *v, struct regs *r)
{
    uint8_t last = 0;

    (void)guest_read(&last, GVA(r->rip - 1), 1);
    inject_software(v, (unsigned)r->vector, last == 0xcc || last == 0xce ? 1 : 2);
}

static void guest_invalid_opcode(struct vcpu *v, struct regs *r)
{
    if (!emulate_forced(v))
        guest_fault(v, r);
}

static void guest_no_device(struct vcpu *v, struct regs *r)
{
    write_cr0(read_cr0() & ~CR0_TS);
    if (v->arch.fpu_ts) {
        v->arch.fpu_ts = false; /* the ABI's lazy FPU: TS is cleared for the guest as it is told */
        guest_fault(v, r);
    }
}

static void guest_protection(struct vcpu *v, struct regs *r)
{
    if (r->error & 2) { /* INT n through a gate closed to ring 3 */
        unsigned vector = (r->error >> 3) & 0xff;
        const struct trap_entry *t = &v->arch.traps[vector];

        if (t->address && TI_GET_DPL(t) >= (v->in_user ? 3 : 1)) {
            r->rip += 2;
            inject_software(v, vector, 2);
            return;
        }
    } else if (!r->error && emulate_privileged(v)) {
        return;
    }
    guest_fault(v, r);
}

static void guest_page_fault(struct vcpu *v, struct regs *r)
{
    uint64_t address = read_cr2();
    uint32_t error = (uint32_t)r->error;

    if (unlikely(address - HV_VIRT_START < HV_VIRT_END - HV_VIRT_START)) {
        if (address >> 39 == PERDOM_BASE >> 39) {
            window_fault(v, address, error);
            return;
        }
    } else if (unlikely(v->domain->logging) && !(error & PF_RSVD) &&
               shadow_fault(v, v->in_user, GVA(address), error & PF_WRITE, error & PF_PRESENT)) {
        return;
    } else if ((error & (PF_PRESENT | PF_WRITE | PF_RSVD)) == (PF_PRESENT | PF_WRITE) &&
               !v->in_user && (v->domain->vm_assist & (1UL << VMASST_TYPE_writable_pagetables)) &&
               emulate_pt_write(v, address)) {
        return;
    }
    inject_page_fault(v, address, error);
}

/* The exit may be by SYSRET, or another vCPU's: only an IRET lets the next NMI in (SDM 3A
 * 6.7.1). */
static void nmi(struct vcpu *, struct regs *r)
{
    kexec_nmi(r);
    unblock_nmi();
    log_warn("NMI on CPU %u\n", arch_cpu());
}

/* What reads lost memory cannot be done; as a rule Linux ends the process that did. */
static void machine_check(struct vcpu *v, struct regs *)
{
    if (mce_handle(v))
        inject_trap(v, TRAP_GP, 0);
}

static void double_fault(struct vcpu *v, struct regs *r)
{
    panic("double fault on CPU %u in d%uv%u at %lx\n", arch_cpu(), v->domain->id, v->id, r->rip);
}

trap_fn *const guest_traps[32] = {
    [TRAP_DE] = guest_fault,          [TRAP_DB] = guest_debug,      [TRAP_NMI] = nmi,
    [TRAP_BP] = guest_breakpoint,     [TRAP_OF] = guest_breakpoint, [5] = guest_fault,
    [TRAP_UD] = guest_invalid_opcode, [TRAP_NM] = guest_no_device,  [TRAP_DF] = double_fault,
    [9 ... TRAP_SS] = guest_fault,    [TRAP_GP] = guest_protection, [TRAP_PF] = guest_page_fault,
    [15 ... TRAP_AC] = guest_fault,   [TRAP_MC] = machine_check,    [19 ... 31] = guest_fault,
};

/* A vector of 32 and above while a guest ran. */
void guest_interrupt(struct vcpu *v, struct regs *r)
{
    if (r->vector == 0x80) {
        inject_software(v, 0x80, 2);
        return;
    }
    irq_dispatch((unsigned)r->vector);
    if (sched_pending())
        atomic_fetch_or_explicit(&v->work, VCPU_WORK_RESCHED, memory_order_relaxed);
}

struct vcpu *ist_to_vcpu(const struct regs *frame)
{
    struct vcpu *v = this_pcpu()->current;
    v->arch.regs = *frame;
    return v;
}

/* ---- faults of the hypervisor itself ---- */

struct fixup {
    uint64_t start, end, to;
};
extern const struct fixup fixup_table[], fixup_table_end[];

static bool fix_up(struct regs *r)
{
    for (const struct fixup *f = fixup_table; f < fixup_table_end; f++) {
        if (r->rip >= f->start && r->rip < f->end) {
            r->rip = f->to;
            return true;
        }
    }
    return false;
}

static void print_state(const struct regs *r)
{
    const uint64_t *sp = (const uint64_t *)r->rsp;
    struct vcpu *v = this_pcpu()->current;

    log_err("CPU %u, d%dv%d: vector %lu error %lx cr2 %lx cr3 %lx\n", arch_cpu(),
            v ? v->domain->id : -1, v ? (int)v->id : -1, r->vector, r->error, read_cr2(),
            read_cr3());
    log_err("rip %lx rflags %lx rsp %lx\n", r->rip, r->rflags, r->rsp);
    log_err("rax %lx rbx %lx rcx %lx rdx %lx\nrsi %lx rdi %lx rbp %lx r8 %lx\n", r->rax, r->rbx,
            r->rcx, r->rdx, r->rsi, r->rdi, r->rbp, r->r8);
    log_err("r9 %lx r10 %lx r11 %lx r12 %lx\nr13 %lx r14 %lx r15 %lx\n", r->r9, r->r10, r->r11,
            r->r12, r->r13, r->r14, r->r15);
    for (unsigned i = 0; i < 96 && hv_lookup((uint64_t)&sp[i]); i++) {
        if (sp[i] >= (uint64_t)text_start && sp[i] < (uint64_t)text_end)
            log_err("  called from %lx\n", sp[i]);
    }
}

void hypervisor_trap(struct regs *r)
{
    if (r->vector >= 32) { /* in the idle loop or a preemption window */
        irq_dispatch((unsigned)r->vector);
        return;
    }
    if (r->vector == TRAP_NMI) {
        kexec_nmi(r);
        return;
    }
    if (r->vector == TRAP_MC) {
        mce_handle(NULL);
        return;
    }
    if (r->vector == TRAP_DB) { /* MOV SS delayed it onto an entry; nothing of ours uses it */
        write_dr6(DR6_DEFAULT);
        r->rflags &= ~(uint64_t)RFLAGS_TF;
        return;
    }
    if (r->vector == TRAP_PF && read_cr2() >> 39 == PERDOM_BASE >> 39 && this_pcpu()->current &&
        !this_pcpu()->current->domain->is_idle && ldt_fault(this_pcpu()->current, read_cr2()))
        return; /* a segment load on the guest's behalf */
    if (r->vector == TRAP_PF && spurious_fault(this_pcpu(), read_cr2(), (uint32_t)r->error))
        return;
    if (r->vector != TRAP_DF && fix_up(r))
        return;
    print_state(r);
    panic("fatal exception %lu in the hypervisor\n", r->vector);
}

/* ---- leaving ---- */

/* What is asked of this CPU, until nothing is: freeing a domain has windows, in which interrupts
 * that ask for the next decision are taken. */
static void decide(void)
{
    while (sched_pending()) {
        sched_softirq();
        domain_reap();
    }
}

/* The scheduler's decision: who runs now; v keeps its other work for its next turn. */
static struct vcpu *reschedule(struct vcpu *v, uint32_t other_work)
{
    if (other_work)
        atomic_fetch_or_explicit(&v->work, other_work, memory_order_release);
    if (unlikely(atomic_load(&this_pcpu()->call_want)))
        arch_quiescent(); /* asked for in a window of what ends here */
    decide();
    v = this_pcpu()->current;
    if (v->domain->is_idle)
        run_on_stack(idle_loop, this_pcpu()->stack_top);
    return v;
}

/* What v->work asks for: another vCPU, perhaps. */
static __attribute__((noinline)) struct vcpu *do_work(struct vcpu *v)
{
    uint32_t work;

    while ((work = atomic_exchange_explicit(&v->work, 0, memory_order_acq_rel)) & VCPU_WORK_RESCHED)
        v = reschedule(v, work & ~VCPU_WORK_RESCHED);
    if (work & VCPU_WORK_TIME)
        sched_enter_guest(v);
    if (work & VCPU_WORK_FAILSAFE && v->arch.callback[CALLBACKTYPE_failsafe])
        deliver_failsafe(v);
    if (work & VCPU_WORK_NMI)
        deliver_nmi(v);
    return v;
}

/*
 * What must happen before this CPU is in a guest again; returns whose.  Each kind at most once,
 * then the guest runs: its other vCPUs may raise NMIs and write to its event flags as fast as they
 * like, and each bounce is a frame on its stack.  What they raised meanwhile has sent an interrupt,
 * which brings it back.
 */
struct vcpu *exit_work(struct vcpu *v)
{
    if (atomic_load_explicit(&v->work, memory_order_relaxed))
        v = do_work(v);
    if (v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask)
        deliver_event(v);
    return v;
}

void idle_sleep(void)
{
    spec_before_idle();
    __asm__ volatile("sti; hlt; cli" ::: "memory");
}

void idle_loop(void)
{
    struct pcpu *p = this_pcpu();

    for (;;) {
        domain_reap();
        decide();
        if (!p->current->domain->is_idle)
            resume_guest(p->current, p->stack_top);
        if (sched_pending())
            continue;
        if (unlikely(!(online_cpus() & CPUSET(p->cpu))))
            park();
        else
            idle_sleep();
    }
}

bool arch_preempt(void)
{
    struct pcpu *p = this_pcpu();

    p->in_window = true;
    __asm__ volatile("sti; nop; nop; cli" ::: "memory");
    p->in_window = false;
    return sched_pending() || atomic_load(&p->call_want);
}
