/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vCPU brings along: its context, FPU and debug registers; and its CPU's TLB. */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

#include <hv/budget.h>

#include "cpu.h"

static struct vcpu_guest_context context;
static uint8_t fpu[512] __attribute__((aligned(64)));

/* Every selector of a context is one of ring 3, and its flags hold no privilege. */
CPU_TEST(context, runs_in_ring_3)
{
    const struct regs *r = &vcpu.arch.regs;

    memset(&context, 0, sizeof(context));
    vcpu.arch.fpu = fpu;
    context.flags = VGCF_in_kernel;
    context.user_regs.cs = context.user_regs.ss = 0xe030;
    context.user_regs.rflags = RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP | RFLAGS_DF;
    context.user_regs.r8 = 88;
    for (unsigned i = 0; i < 256; i++) {
        context.trap_ctxt[i].address = HANDLER(i);
        context.trap_ctxt[i].cs = 0xe030;
        context.trap_ctxt[i].flags = 3;
    }
    arch_vcpu_set_context(&vcpu, &context);
    cr_expect(r->cs == 0xe033 && r->ss == 0xe033 && r->r8 == 88 && !vcpu.in_user);
    cr_expect_eq(r->rflags, RFLAGS_IF | RFLAGS_DF | 2);
    cr_expect_eq(vcpu.arch.iopl, 3, "a virtual one");
    for (unsigned i = 0; i < 256; i++)
        cr_expect(vcpu.arch.traps[i].cs == 0xe033 && vcpu.arch.traps[i].flags == 3 &&
                  vcpu.arch.traps[i].address == HANDLER(i));
}

/* FXRSTOR faults on bits of MXCSR that the CPU does not know. */
CPU_TEST(fpu, any_image_can_be_restored)
{
    uint8_t image[512];

    fpu_init_cpu();
    memset(image, 0xff, sizeof(image));
    fpu_set_legacy(fpu, image);
    cr_expect(fpu_area_valid(fpu));
    cr_expect(fpu[511] == 0xff && fpu[23] == 0xff);
    memset(fpu + 24, 0xff, 4);
    cr_expect(!fpu_area_valid(fpu));
}

/* A vCPU that has not enabled a part of the state has it all the same, as it is at first: whoever
 * enables it later finds nobody's values (XSA-62). */
CPU_TEST(fpu, what_is_not_enabled_is_not_another_guests)
{
    static uint8_t areas[2][PAGE_SIZE] __attribute__((aligned(64)));
    static struct vcpu secret;
    uint64_t upper[2];

    if (!__builtin_cpu_supports("avx"))
        return; /* XRSTOR runs as it is */
    cpu_has_xsave = true;
    hv_xcr0 = 7;
    vcpu.arch.xcr0 = 1;
    secret.arch.xcr0 = 7;
    vcpu.arch.fpu = areas[0];
    secret.arch.fpu = areas[1];
    for (unsigned i = 0; i < 2; i++)
        fpu_set_legacy(areas[i], (uint8_t[512]){0x7f, 3});
    *(uint64_t *)(areas[1] + 512) = 7;
    memset(areas[1] + 576, 0x5a, 16); /* YMM_Hi128 of ymm0 (SDM 1 13.4.3) */
    fpu_restore(&secret);
    cr_expect_eq(cpu.xcr0, 7);
    fpu_restore(&vcpu);
    __asm__ volatile("vextractf128 $1, %%ymm0, %0" : "=m"(upper));
    cr_expect(!upper[0] && !upper[1]);
    cr_expect_eq(cpu.xcr0, 1);
}

static unsigned resets; /* of the x87 pointers: EMMS and a load of ours behind it */
static void count_resets(int signal, siginfo_t *info, void *context)
{
    const uint8_t *code = (const uint8_t *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];

    (void)signal, (void)info;
    resets += code[0] == 0x0f && code[1] == 0x77;
}

/* On AMD's CPUs that keep them, an image without a pending exception would leave the pointers of
 * the one before: whatever FSW.ES of *that* one said (XSA-52, XSA-172). */
CPU_TEST(fpu, pointers_are_reset_where_the_cpu_keeps_them)
{
    struct sigaction action = {.sa_sigaction = count_resets, .sa_flags = SA_SIGINFO};

    sigaction(SIGTRAP, &action, NULL);
    memset(fpu, 0, sizeof(fpu));
    vcpu.arch.fpu = fpu;
    fpu[1] = 3;
    for (unsigned i = 0; i < 4; i++) {
        cpu_keeps_fpu_pointers = i & 1;
        fpu[2] = i & 2 ? 0x80 : 0; /* FSW.ES: then the image's own are loaded */
        resets = 0;
        __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq" ::: "memory", "cc");
        fpu_restore(&vcpu);
        __asm__ volatile("pushfq; andl $~0x100, (%%rsp); popfq" ::: "memory", "cc");
        cr_expect_eq(resets, i == 1, "%u", i);
    }
    __asm__ volatile("fninit");
}

/* What one vCPU armed is not there for the next. */
CPU_TEST(debug, breakpoints_are_their_vcpus)
{
    static struct vcpu other;

    vcpu.arch.dr[0] = 0x1000;
    vcpu.arch.dr[7] = 0x401;
    load_debug_registers(&vcpu);
    cr_expect(cpu.dr[0] == 0x1000 && cpu.dr[7] == 0x401);
    load_debug_registers(&other);
    cr_expect_eq(cpu.dr[7], 0x400);
    cpu.dr[7] = 0;
    load_debug_registers(&other);
    cr_expect_eq(cpu.dr[7], 0, "nothing to do");
    load_debug_registers(&vcpu);
    cr_expect_eq(cpu.dr[7], 0x401);
}

/* What a guest's processes may do is its kernel's choice, and goes with it; nothing else of CR4 does. */
CPU_TEST(cr4, has_what_each_guest_chose)
{
    const uint64_t ours = CR4_PAE | CR4_MCE, theirs = CR4_TSD | CR4_FSGSBASE;
    static struct vcpu other;

    this_pcpu()->cr4 = cpu.cr[4] = ours;
    vcpu.arch.cr4 = theirs | CR4_DE | CR4_PGE;
    load_guest_cr4(&vcpu);
    cr_expect_eq(cpu.cr[4], ours | theirs);
    load_guest_cr4(&other);
    cr_expect_eq(cpu.cr[4], ours);
    other.arch.cr4 = CR4_FSGSBASE;
    load_guest_cr4(&other);
    cr_expect_eq(cpu.cr[4], ours | CR4_FSGSBASE);
}

CPU_TEST(tlb, what_others_ask_for_is_done)
{
    struct pcpu *p = this_pcpu();
    const uint64_t before = p->flushed_at;

    p->flush_page = 0x7000;
    mailbox_post(&p->flush, 2); /* WANT_PAGE */
    tlb_serve(p);
    cr_expect(cpu.invlpg == 0x7000 && !cpu.cr3_loads && !mailbox_busy(&p->flush));
    cr_expect_eq(p->flushed_at, before);
    mailbox_post(&p->flush, 1); /* WANT_ALL */
    tlb_serve(p);
    cr_expect(cpu.cr3_loads == 1 && p->flushed_at > before && !mailbox_busy(&p->flush));
    tlb_serve(p);
    cr_expect_eq(cpu.cr3_loads, 1);
}

static struct pcpu in_a_turn;

static void its_turn_ends(int signal)
{
    uint32_t number;

    (void)signal;
    mailbox_take(&in_a_turn.flush, &number);
    mailbox_done(&in_a_turn.flush, number);
}

/* Another CPU comes by when it can; who waits for that has had its turn. */
CPU_TEST(tlb, a_wait_for_another_cpu_ends_the_turn)
{
    const struct itimerval soon = {.it_value.tv_usec = 2000};

    pcpus[1] = &in_a_turn;
    signal(SIGALRM, its_turn_ends);
    *arch_budget() = (struct budget){.left = BUDGET_TURN, .turn = BUDGET_TURN};
    setitimer(ITIMER_REAL, &soon, NULL);
    arch_tlb_flush(CPUSET(1));
    cr_expect(budget_spent());
    cr_expect_not(mailbox_busy(&in_a_turn.flush));
}

CPU_TEST(tlb, stale_until_flushed)
{
    uint32_t stamp = arch_tlb_stamp();

    pcpus[0] = this_pcpu();
    cr_expect_eq(arch_tlb_stale(CPUSET(0), stamp), CPUSET(0));
    arch_tlb_flush(CPUSET(0));
    cr_expect_eq(arch_tlb_stale(CPUSET(0), stamp), 0);
    cr_expect_eq(cpu.cr3_loads, 1);
    arch_tlb_flush_page(CPUSET(0), 0x9000);
    cr_expect(cpu.invlpg == 0x9000 && cpu.cr3_loads == 1);
}

/* The GDT of a switch.  A guest's is at an address that other tables need not map, and an NMI or a
 * machine check finds the hypervisor's code segment by it: so it is the CPU's own while CR3 changes.
 * What follows the GDT is no part of the test. */
static jmp_buf gdt_is_loaded;
static unsigned gdt_pages, guest_gdts;

void show_cpu_gdt(struct vcpu *v)
{
    (void)v;
    gdt_pages++;
    cr_expect_eq(cpu.cr3_loads, 0, "a TLB may have what it was before");
}
void load_guest_gdt(const struct vcpu *v)
{
    guest_gdts++;
    cr_expect_eq(cpu.cr[3], mfn_paddr(v->root[0]).a, "it is not mapped yet");
}
void load_guest_ldt(struct vcpu *v)
{
    (void)v;
    longjmp(gdt_is_loaded, 1);
}

static void switch_from(bool idle)
{
    static struct domain another;
    static struct vcpu next;

    guest.is_idle = idle;
    vcpu.arch.fpu = fpu;
    next = (struct vcpu){.domain = &another, .root = {MFN(0x33), MFN(0x44)}};
    gdt_pages = guest_gdts = 0;
    if (!setjmp(gdt_is_loaded))
        arch_context_switch(&vcpu, &next);
    cr_expect(gdt_pages == 1 && guest_gdts == 1);
    cr_expect_eq(cpu.gdt_loads, !idle, "an idle CPU has its own");
    cr_expect_eq(cpu.gdt_tables, 0);
}
CPU_TEST(gdt, is_mapped_throughout_a_switch_from_a_guest)
{
    switch_from(false);
}
CPU_TEST(gdt, is_mapped_throughout_a_switch_from_idle)
{
    switch_from(true);
}

/* What a guest's exits left on the page that isolated guests see is forgotten when another's vCPU
 * comes: also one that got the memory of the first. */
void hv_free_pages(void *p, unsigned order)
{
    (void)p, (void)order;
}
CPU_TEST(landing, is_nobodys_when_its_vcpu_is_gone)
{
    static struct vcpu another;

    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        pcpus[cpu] = this_pcpu();
    this_pcpu()->landed = &another;
    arch_vcpu_destroy(&vcpu);
    cr_expect_eq(this_pcpu()->landed, &another);
    this_pcpu()->landed = &vcpu;
    arch_vcpu_destroy(&vcpu);
    cr_expect_null(this_pcpu()->landed);
}
