/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU tables: the GDT page that every GDT in use here has as its page 14,
 * TSS, IDT (shared), syscall stubs and the control registers.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/mce.h>
#include <asm/paging.h>
#include <asm/policy.h>
#include <asm/spec.h>
#include <asm/trap.h>
#include <asm/vcpu.h>
#include <asm/xpti.h>

extern char boot_cpu_block[], gates[];
extern char stub64[], stub64_jump[], stub32[], stub32_jump[], stub_end[], syscall_entry[];
extern char xpti_stub64[], xpti_stub64_jump[], xpti_stub32[], xpti_stub32_jump[], xpti_stub_end[];
static const struct stub_code {
    const char *stub64, *stub32, *jump[2], *end;
} stub_codes[2] = {{stub64, stub32, {stub64_jump, stub32_jump}, stub_end},
                   {xpti_stub64, xpti_stub32, {xpti_stub64_jump, xpti_stub32_jump}, xpti_stub_end}};

struct gate {
    uint64_t lo, hi;
};
static struct gate idt[256] __attribute__((aligned(4096))); /* guests' tables may show it */
static uint64_t boot_gdt_page[512] __attribute__((aligned(4096)));
static uint64_t boot_stub[2][512] __attribute__((aligned(4096)));
static uint64_t zero_page[512] __attribute__((aligned(4096)));

/* Flat descriptors (SDM 3A 3.4.5): 64-bit code, data, 32-bit code, by privilege. */
#define DESC_CODE64(dpl) (0x00af9b000000ffffUL | (uint64_t)(dpl) << 45)
#define DESC_CODE32(dpl) (0x00cf9b000000ffffUL | (uint64_t)(dpl) << 45)
#define DESC_DATA(dpl)   (0x00cf93000000ffffUL | (uint64_t)(dpl) << 45)

static __init void fill_gdt_page(struct pcpu *p, uint64_t *page)
{
    uint64_t tss = xpti_on() ? (uint64_t)&p->stub->tss : (uint64_t)&p->tss,
             limit = sizeof(p->tss) - 1;
    unsigned first = 0xe000 / 8;

    page[HV_CS / 8 - first] = DESC_CODE64(0);
    page[HV_DS / 8 - first] = DESC_DATA(0);
    page[GUEST_CS32 / 8 - first] = DESC_CODE32(3);
    page[GUEST_SS / 8 - first] = DESC_DATA(3);
    page[GUEST_CS64 / 8 - first] = DESC_CODE64(3);
    page[TSS_SELECTOR / 8 - first] =
        limit | (tss & 0xffffff) << 16 | 0x89UL << 40 | (tss >> 24 & 0xff) << 56;
    page[TSS_SELECTOR / 8 + 1 - first] = tss >> 32;
}

/* The stub's code runs at STUB_BASE + cpu * 8 KiB, its data page follows. */
static __init struct stub_data *fill_stub(unsigned cpu, uint64_t *code)
{
    const struct stub_code *from = &stub_codes[xpti_on()];
    uint64_t va = STUB_BASE + cpu * 2 * PAGE_SIZE;

    memcpy(code, from->stub64, (size_t)(from->end - from->stub64));
    for (unsigned i = 0; i < 2; i++) {
        uint64_t off = (uint64_t)(from->jump[i] - from->stub64);
        int32_t rel = (int32_t)((uint64_t)syscall_entry - (va + off + 5));
        memcpy((char *)code + off + 1, &rel, 4);
    }
    hv_map(va, virt_to_phys(code), PAGE_SIZE, PTE_HV_CODE);
    hv_map(va + PAGE_SIZE, virt_to_phys(code + 512), PAGE_SIZE, PTE_HV_DATA);
    return (struct stub_data *)(va + PAGE_SIZE);
}

static __init struct pcpu *init_block(char *block, unsigned cpu, uint64_t *gdt, uint64_t *stub)
{
    struct pcpu *p = (struct pcpu *)(block + STACK_SIZE - sizeof(*p));

    p->gdt_page = gdt;
    p->stub = fill_stub(cpu, stub);
    p->cpu = cpu;
    p->budget = (struct budget){BUDGET_TURN, BUDGET_TURN};
    p->stack_top = (char *)p;
    p->tss.iomap_base = sizeof(p->tss);
    for (unsigned i = 1; i <= 4; i++)
        p->tss.ist[i - 1] = (uint64_t)block + STACK_IST(i);
    fill_gdt_page(p, p->gdt_page);
    if (xpti_on())
        xpti_init_cpu(p, idt);
    pcpus[cpu] = p;
    p->idle_gdt = window_reserve(16 * PAGE_SIZE);
    for (unsigned i = 0; i < 16; i++)
        hv_map(p->idle_gdt + i * PAGE_SIZE,
               virt_to_phys(i == GDT_RESERVED_PAGE ? p->gdt_page : zero_page), PAGE_SIZE,
               PTE_HV_DATA);
    return p;
}

/* In the device window, so that a stack that overflows meets a hole and not the direct map; 0: no
 * memory. */
static __init uint64_t stacks_alloc(void)
{
    uint64_t block = ROUND_UP(window_reserve(2 * STACK_SIZE), STACK_SIZE);

    for (unsigned i = 0; i < STACK_PAGES; i++) {
        void *page = STACK_HOLE(i) ? NULL : hv_alloc_pages(0);

        if (page)
            hv_map(block + i * PAGE_SIZE, virt_to_phys(page), PAGE_SIZE, PTE_HV_DATA);
        else if (!STACK_HOLE(i))
            return 0;
    }
    return block;
}

__init struct pcpu *percpu_alloc(unsigned cpu)
{
    uint64_t block = stacks_alloc();
    uint64_t *gdt = hv_alloc_pages(0), *stub = hv_alloc_pages(1);

    if (!block || !gdt || !stub)
        return NULL;
    return init_block((char *)block, cpu, gdt, stub);
}

__init void percpu_guard_boot_stacks(void)
{
    for (unsigned i = 0; i < STACK_PAGES; i++)
        if (STACK_HOLE(i))
            hv_map((uint64_t)boot_cpu_block + i * PAGE_SIZE, PADDR(0), PAGE_SIZE, 0);
}

static __init void set_gate(unsigned vector, unsigned dpl, unsigned ist)
{
    uint64_t to = (uint64_t)gates + vector * 16;

    idt[vector].lo = (to & 0xffff) | (uint64_t)HV_CS << 16 | (uint64_t)ist << 32 | 0x8eUL << 40 |
                     (uint64_t)dpl << 45 | (to >> 16 & 0xffff) << 48;
    idt[vector].hi = to >> 32;
}

__init void cpu_setup_boot(void)
{
    static const uint8_t stack[256] = {[TRAP_DF] = 1, [TRAP_NMI] = 2, [TRAP_MC] = 3, [TRAP_DB] = 4};
    struct pcpu *p;

    for (unsigned i = 0; i < 256; i++)
        set_gate(i, i == TRAP_BP || i == TRAP_OF || i == 0x80 ? 3 : 0, stack[i]);
    p = init_block(boot_cpu_block, 0, boot_gdt_page, boot_stub[0]);
    policy_init();
    fpu_features_init();
    cpu_setup(p);
}

static __init void load_segments(struct pcpu *p)
{
    struct table_pointer idtr = {sizeof(idt) - 1, (uint64_t)idt};

    load_idle_gdt(p);
    __asm__ volatile("pushq %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:" ::"i"(HV_CS)
                     : "rax", "memory");
    __asm__ volatile("mov %w0, %%ss" ::"r"(HV_DS));
    __asm__ volatile("mov %w0, %%ds; mov %w0, %%es; mov %w0, %%fs; mov %w0, %%gs" ::"r"(0));
    p->gdt_page[TSS_SELECTOR / 8 - 0xe000 / 8] &= ~(2UL << 40); /* not busy */
    __asm__ volatile("lidt %0; ltr %w1; lldt %w2" ::"m"(idtr), "r"(TSS_SELECTOR), "r"(0));
}

__init void cpu_setup(struct pcpu *p)
{
    uint64_t stub = STUB_BASE + p->cpu * 2 * PAGE_SIZE;
    uint64_t cr4 = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_DE;

    load_segments(p);
    write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG);
    cr4 |= spec_cr4();
    if (!xpti_on())
        cr4 |= CR4_PGE; /* */
    if (mce_init_cpu())
        cr4 |= CR4_MCE;
    if (cpu_has_fsgsbase)
        cr4 |= CR4_FSGSBASE;
    if (cpu_has_xsave)
        cr4 |= CR4_OSXSAVE;
    write_cr4(cr4); /* PCIDE wants tag 0 in CR3 (SDM 3A 4.10.1): C code has no other */
    p->cr4 = cr4;
    write_dr6(DR6_DEFAULT);                               /* whatever the firmware left */
    if (policy_has(&raw_policy, XEN_X86_FEATURE_DBEXT)) { /* XSA-444: wider than what was checked */
        for (unsigned i = 0; i < 3; i++)
            wrmsr(MSR_DR1_MASK + i, 0);
        wrmsr(MSR_DR0_MASK, 0);
    }
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
    wrmsr(MSR_PAT, 0x050100070406UL); /* what PV guests are told: WB WT UC- UC WC WP UC UC */
    wrmsr(MSR_STAR, (uint64_t)HV_CS << 32 | (uint64_t)(GUEST_CS64 - 16) << 48);
    wrmsr(MSR_LSTAR, stub);
    /* no SYSENTER: it would enter here with a stack of the firmware's choice */
    if (cpuid(1, 0).d >> 11 & 1) {
        wrmsr(MSR_SYSENTER_CS, 0);
        wrmsr(MSR_SYSENTER_ESP, 0);
        wrmsr(MSR_SYSENTER_EIP, 0);
    }
    wrmsr(MSR_CSTAR,
          stub + (uint64_t)(stub_codes[xpti_on()].stub32 - stub_codes[xpti_on()].stub64));
    wrmsr(MSR_SYSCALL_MASK, RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_RF |
                                RFLAGS_VM | RFLAGS_IOPL);
    if (policy_has(&raw_policy, XEN_X86_FEATURE_RDTSCP))
        wrmsr(MSR_TSC_AUX, p->tsc_aux); /* whatever the firmware left */
    fpu_init_cpu();
    spec_init_cpu();
}
