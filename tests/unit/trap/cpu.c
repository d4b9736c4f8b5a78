/* SPDX-License-Identifier: BSD-2-Clause */
/* See cpu.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <ucontext.h>
#include <unistd.h>

#include <hv/emul.h>
#include <hv/ptype.h>
#include <hv/sched.h>

#include <asm/policy.h>

#include "cpu.h"

/* The begin of the table of faults that are expected; linked first. */
__asm__(".pushsection .fixup_table,\"a\"\n.globl fixup_table\nfixup_table:\n.popsection");

struct fake_cpu cpu;
struct fake_calls calls;
uint64_t guest_stack[256] __attribute__((aligned(16)));
struct vcpu vcpu;
struct domain guest;
struct pcpu *pcpus[64];
static struct trap_entry traps[256];
static char block[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
void hypervisor_trap(struct regs *r);

/* ---- other rooms ---- */
void domain_crash(struct domain *d, const char *fmt, ...)
{
    (void)d, (void)fmt;
    calls.crashed++;
}
void sched_update_areas(struct vcpu *v)
{
    (void)v;
    calls.areas++;
}
bool emulate_pt_write(struct vcpu *v, uint64_t address)
{
    (void)v, (void)address;
    calls.pt_writes++;
    return true;
}
bool ptype_allows(mfn_t root, gva_t gva, bool write)
{
    (void)root, (void)gva, (void)write;
    calls.looked_up++;
    return cpu.tables_allow;
}
uint64_t policy_cr4(const struct cpu_policy *p, uint64_t wanted)
{
    (void)p;
    return wanted;
}
bool arch_ioport_allowed(const struct domain *d, unsigned port, unsigned bytes)
{
    (void)d, (void)port, (void)bytes;
    return false; /* an empty bus */
}
void arch_ldt_set(struct vcpu *v, gva_t base, unsigned entries)
{
    v->ldt_base = base;
    v->ldt_entries = entries;
}
void panic(const char *fmt, ...)
{
    fprintf(stderr, "panic: %s\n", fmt);
    _exit(3);
}
void hv_log(enum log_level level, const char *fmt, ...)
{
    (void)level, (void)fmt;
}
uint64_t hv_lookup(uint64_t vaddr)
{
    (void)vaddr;
    return 0;
}

/* ---- privileged instructions ---- */
static uint64_t *gpr(greg_t *g, unsigned n)
{
    static const uint8_t where[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                      REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                      REG_R12, REG_R13, REG_R14, REG_R15};
    return (uint64_t *)&g[where[n]];
}

static uint64_t *msr(uint64_t n)
{
    return n == MSR_FS_BASE          ? &cpu.msr_fs_base
           : n == MSR_GS_BASE        ? &cpu.msr_gs_base
           : n == MSR_KERNEL_GS_BASE ? &cpu.msr_kernel_gs_base
           : n == MSR_SPEC_CTRL      ? &cpu.msr_spec_ctrl
           : n == MSR_PRED_CMD       ? &cpu.msr_pred_cmd
           : n == 0x179              ? &cpu.mcg_cap
           : n == 0x17a              ? &cpu.mcg_status
           : n >= 0x400 && n < 0x408 ? &cpu.bank[(n - 0x400) / 4][n % 4]
           : n == 0x17               ? &cpu.msr_platform
           : n == MSR_BIOS_SIGN_ID   ? &cpu.msr_revision
           : !cpu.has_loader         ? NULL
           : n == 0x79               ? &cpu.loaded[0]
           : n == 0xc0010020         ? &cpu.loaded[1]
                                     : NULL;
}

/* A base that is not canonical is refused, as by the CPU. */
static bool move_msr(greg_t *g, bool write)
{
    uint64_t *m = msr((uint32_t)g[REG_RCX]), v = (uint32_t)g[REG_RAX] | (uint64_t)g[REG_RDX] << 32;

    if (!m || (write && !canonical(v)))
        return false;
    cpu.msr_writes += write;
    if (write) {
        if (m == &cpu.loaded[0] || m == &cpu.loaded[1])
            cpu.msr_revision = cpu.revision_then;
        if (m != &cpu.msr_revision) /* CPUID, which nothing stops here, would write it again */
            *m = v;
    } else {
        g[REG_RAX] = (uint32_t)*m;
        g[REG_RDX] = (greg_t)(*m >> 32);
    }
    return true;
}

/* INVLPG of what a register points to; r12 and rsp need one more byte to say so.  Before it stand the
 * prefixes of an alternative that is off. */
static bool flush_page(greg_t *g, const uint8_t *code)
{
    while (*code == 0x3e)
        code++;
    const unsigned rex = (code[0] & 0xf0) == 0x40, rm = code[rex + 2] & 7;

    if (code[rex] != 0x0f || code[rex + 1] != 0x01 || (code[rex + 2] & 0xf8) != 0x38 || rm == 5)
        return false;
    cpu.invlpg = *gpr(g, rm | (rex ? code[0] & 1u : 0u) << 3);
    g[REG_RIP] = (greg_t)(code + rex + 3 + (rm == 4));
    return true;
}

static bool privileged(greg_t *g)
{
    const uint8_t *code = (const uint8_t *)g[REG_RIP];
    struct insn i;

    if (code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xf8) {
        uint64_t t = cpu.msr_gs_base;
        cpu.msr_gs_base = cpu.msr_kernel_gs_base;
        cpu.msr_kernel_gs_base = t;
        cpu.swapgs++;
        g[REG_RIP] += 3;
        return true;
    }
    if (flush_page(g, code))
        return true;
    if (!insn_decode(code, INSN_MAX, &i))
        return false;
    if (i.op == 0x131 || (i.op == 0x101 && i.raw_modrm == 0xf9)) { /* RDTSC, RDTSCP */
        cpu.tsc += 1000;
        g[REG_RAX] = (uint32_t)cpu.tsc;
        g[REG_RDX] = (greg_t)(cpu.tsc >> 32);
        g[REG_RIP] += i.len;
        return true;
    }
    if (i.op == 0x101 && i.raw_modrm == 0xd1) { /* XSETBV */
        cpu.xcr0 = (uint32_t)g[REG_RAX];
        g[REG_RIP] += i.len;
        return true;
    }
    cpu.cr3_loads += i.op == 0x122 && i.reg == 3;
    if (i.op == 0x101 && i.mem && (i.raw_modrm >> 3 & 7) == 2) {
        cpu.gdt_loads++;
        cpu.gdt_tables = cpu.cr3_loads;
    } else if (i.op == 0x106)
        cpu.cr[0] &= ~CR0_TS;
    else if (i.op == 0x109) /* WBINVD */
        cpu.cache_flushes++;
    else if (i.op == 0x120 || i.op == 0x121)
        *gpr(g, i.rm) = i.op == 0x120 ? cpu.cr[i.reg] : cpu.dr[i.reg & 7];
    else if (i.op == 0x122 || i.op == 0x123)
        *(i.op == 0x122 ? &cpu.cr[i.reg] : &cpu.dr[i.reg & 7]) = *gpr(g, i.rm);
    else if ((i.op != 0x130 && i.op != 0x132) || !move_msr(g, i.op == 0x130))
        return false;
    g[REG_RIP] += i.len;
    return true;
}

/* si_code SI_KERNEL: #GP; else a page fault. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
    greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;
    const bool gp = info->si_code == SI_KERNEL;
    struct regs r = {.vector = gp ? TRAP_GP : TRAP_PF, .rip = (uint64_t)g[REG_RIP]};

    (void)sig;
    if (!r.rip) {
        fputs("something was called that is not there\n", stderr);
        _exit(3);
    }
    if (gp && privileged(g))
        return;
    cpu.cr[2] = gp ? 0 : (uint64_t)info->si_addr;
    cpu.in_hypervisor += !gp && !guest_range_ok(GVA(cpu.cr[2]), 1);
    hypervisor_trap(&r);
    if (cpu.tables_allow && !--cpu.tables_allow)
        mprotect((void *)(cpu.cr[2] & -PAGE_SIZE), PAGE_SIZE, PROT_READ | PROT_WRITE);
    g[REG_RIP] = (greg_t)r.rip;
}

/* ---- the test's frame ---- */
static void reset(void)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(&calls, 0, sizeof(calls));
    memset(guest_stack, 0, sizeof(guest_stack));
    memset(&guest, 0, sizeof(guest));
    vcpu = (struct vcpu){
        .domain = &guest, .cr3 = MFN(0x51), .user_cr3 = MFN(0x52), .root = {MFN(0x11), MFN(0x22)}};
    vcpu.info = &vcpu.own_info;
    vcpu.arch.traps = traps;
    for (unsigned i = 0; i < 256; i++)
        traps[i] = (struct trap_entry){HANDLER(i), GUEST_CS64, 0};
    for (unsigned i = 0; i < 8; i++)
        vcpu.arch.callback[i] = CALLBACK(i);
    vcpu.arch.kernel_sp = GUEST_STACK_END;
    vcpu.arch.regs = (struct regs){.rip = 0x1234,
                                   .cs = GUEST_CS64,
                                   .ss = GUEST_SS,
                                   .rsp = GUEST_STACK_END,
                                   .rflags = RFLAGS_IF | 2};
}

void on_cpu(void (*fn)(void))
{
    struct pcpu *p = (struct pcpu *)(block + STACK_SIZE) - 1;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

    reset();
    memset(p, 0, sizeof(*p));
    p->current = &vcpu;
    if (sigaction(SIGSEGV, &action, NULL) || prctl(PR_SET_TSC, PR_TSC_SIGSEGV))
        abort();
    __asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; call *%1; mov %%rbx, %%rsp"
                     :
                     : "r"((uint64_t)p & ~63UL), "r"(fn)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory",
                       "cc");
    prctl(PR_SET_TSC, PR_TSC_ENABLE);
    cr_expect_eq(cpu.in_hypervisor, 0, "the hypervisor's own memory was touched for a guest");
}
