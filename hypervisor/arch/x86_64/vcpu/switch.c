/* SPDX-License-Identifier: BSD-2-Clause */
/* Context switch.  General registers live in struct vcpu already; what remains is below. */
#include <hv/sched.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/spec.h>
#include <asm/vcpu.h>

uint64_t dr7_hardware(uint64_t dr7)
{
    for (unsigned i = 0; i < 4; i++)
        if (dr7_on_ports(dr7, i))
            dr7 &= ~(3UL << 2 * i | 0xfUL << (16 + 4 * i));
    return dr7;
}

void load_debug_registers(struct vcpu *v)
{
    struct pcpu *p = this_pcpu();
    const uint64_t control = v->arch.dr[7] & 0xff ? dr7_hardware(v->arch.dr[7]) : 0;

    if (control & 0xff) {
        write_dr0(v->arch.dr[0]);
        write_dr1(v->arch.dr[1]);
        write_dr2(v->arch.dr[2]);
        write_dr3(v->arch.dr[3]);
        write_dr7(control);
        p->debug_control = control;
    } else if (p->debug_control) {
        write_dr7(0x400);
        p->debug_control = 0;
    }
}

#define CR4_LOADED (CR4_TSD | CR4_FSGSBASE)
void load_guest_cr4(const struct vcpu *v)
{
    struct pcpu *p = this_pcpu();
    uint64_t cr4 = (p->cr4 & ~CR4_LOADED) | (v->arch.cr4 & CR4_LOADED);

    if (cr4 != p->cr4) {
        p->cr4 = cr4;
        write_cr4(cr4);
    }
}

void load_idle_gdt(struct pcpu *p)
{
    struct table_pointer ptr = {16 * PAGE_SIZE - 1 - PAGE_SIZE, p->idle_gdt};

    __asm__ volatile("lgdt %0" ::"m"(ptr));
}

static void save(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;
    uint64_t gs = read_gsbase(), shadow = rdmsr(MSR_KERNEL_GS_BASE);

    save_selectors(v);
    a->fs_base = read_fsbase();
    a->gs_base_user = v->in_user ? gs : shadow;
    a->gs_base_kernel = v->in_user ? shadow : gs;
    fpu_save(v);
}

/* The tables of v's mode; nothing of what the TLB held survives. */
static void load_cr3(const struct vcpu *v)
{
    tlb_tick();
    write_cr3(mfn_paddr(v->root[v->in_user]).a);
}

static void restore(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;
    bool all;

    show_cpu_gdt(v);
    load_cr3(v);
    load_guest_gdt(v);
    load_guest_ldt(v);
    all = load_ds(a->ds);
    all &= load_es(a->es);
    all &= load_fs(a->fs);
    all &= load_gs(a->gs);
    /* its tables changed while it was away: it is told, with the selectors it had */
    if (unlikely(!all))
        atomic_fetch_or_explicit(&v->work, VCPU_WORK_FAILSAFE, memory_order_relaxed);
    load_guest_cr4(v);
    load_tsc_aux(v);
    write_fsbase(a->fs_base);
    write_gsbase(v->in_user ? a->gs_base_user : a->gs_base_kernel);
    wrmsr(MSR_KERNEL_GS_BASE, v->in_user ? a->gs_base_kernel : a->gs_base_user);
    fpu_restore(v);
    load_debug_registers(v);
}

void arch_context_switch(struct vcpu *prev, struct vcpu *next)
{
    struct pcpu *p = this_pcpu();

    if (!prev->domain->is_idle) {
        save(prev);
        load_idle_gdt(p); /* whatever CR3 is, an NMI or machine check needs a GDT */
    }
    if (next->domain->is_idle) {
        __asm__ volatile(
            "lldt %w0; mov %w0, %%ds; mov %w0, %%es; mov %w0, %%fs; mov %w0, %%gs" ::"r"(0));
        tlb_tick();
        write_cr3(virt_to_phys(hv_l4).a);
    } else {
        bit_set_atomic(&next->domain->dirty_cpus, p->cpu);
        p->current = next; /* whose LDT it is that segment loads may fault on */
        spec_switch_to(next);
        p->retries = 0; /* of trap/spurious.c: another guest may have used its tries up */
        restore(next);
        next->arch.stack = p->stack_top;
        p->tss.rsp0 = (uint64_t)&next->arch.regs + R_SIZE;
        p->stub->regs_end = p->tss.rsp0;
    }
    p->current = next;
    if (prev->domain != next->domain && !prev->domain->is_idle)
        bit_clear_atomic(&prev->domain->dirty_cpus, p->cpu);
    sched_switched(prev);
}

void arch_load_base(struct vcpu *v)
{
    if (this_pcpu()->current != v)
        return;
    load_cr3(v);
}

void arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned nargs)
{
    struct regs *r = &v->arch.regs;
    uint64_t *to[6] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9};

    (void)nr; /* the dispatcher stores it in rax as the handler's result */
    for (unsigned i = 0; i < nargs && i < 6; i++)
        *to[i] = args[i];
    r->rip -= 2; /* SYSCALL */
}

void arch_write_hypercall_page(void *page)
{
    /* 32 bytes a call: push %rcx; push %r11; mov $nr,%eax; syscall; pop %r11; pop %rcx; ret */
    for (unsigned i = 0; i < PAGE_SIZE / 32; i++) {
        uint8_t *c = (uint8_t *)page + i * 32;
        uint8_t code[15] = {0x51, 0x41, 0x53, 0xb8, (uint8_t)i, 0,    0,   0,
                            0x0f, 0x05, 0x41, 0x5b, 0x59,       0xc3, 0x90};

        __builtin_memset(c, 0xcc, 32);
        __builtin_memcpy(c, code, 14);
        if (i == __HYPERVISOR_iret) { /* push %rcx; push %r11; push %rax; mov $23,%eax; syscall */
            uint8_t iret[11] = {0x51, 0x41, 0x53, 0x50, 0xb8, (uint8_t)i, 0, 0, 0, 0x0f, 0x05};
            __builtin_memcpy(c, iret, 11);
        }
    }
}
