/* SPDX-License-Identifier: BSD-2-Clause */
/* Which exception goes where. */
#include <sys/mman.h>

#include "../step.h"
#include "cpu.h"

struct vcpu *exit_work(struct vcpu *v);
extern void (*const guest_traps[32])(struct vcpu *v, struct regs *r);

static void trap(unsigned vector, uint32_t error)
{
    vcpu.arch.regs.vector = vector;
    vcpu.arch.regs.error = error;
    vcpu.arch.regs.rip = 0x1234;
    vcpu.arch.regs.rsp = GUEST_STACK_END;
    guest_traps[vector](&vcpu, &vcpu.arch.regs);
}

/* INT n of a process only through a gate that its kernel opened to it; the kernel's own is ring 1.
 */
CPU_TEST(traps, software_interrupts_by_the_gates_level)
{
    const unsigned n = 0x33;

    for (unsigned dpl = 0; dpl < 4; dpl++)
        for (unsigned user = 0; user < 2; user++) {
            vcpu.arch.traps[n].flags = (uint8_t)dpl;
            vcpu.in_user = user;
            trap(TRAP_GP, n << 3 | 2);
            const bool may = dpl >= (user ? 3 : 1);
            cr_expect_eq(vcpu.arch.regs.rip, HANDLER(may ? n : TRAP_GP), "dpl %u user %u", dpl,
                         user);
        }
}

CPU_TEST(traps, lazy_fpu)
{
    cpu.cr[0] = CR0_TS | CR0_WP;
    vcpu.arch.fpu_ts = true;
    trap(TRAP_NM, 0);
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_NM));
    cr_expect(!vcpu.arch.fpu_ts && cpu.cr[0] == CR0_WP, "TS is cleared as the guest is told");
    cpu.cr[0] |= CR0_TS;
    trap(TRAP_NM, 0);
    cr_expect(vcpu.arch.regs.rip == 0x1234 && cpu.cr[0] == CR0_WP,
              "not the guest's TS: none of its business");
}

/* The kernel's writes to its page tables are done for it, never a process'. */
CPU_TEST(traps, processes_write_no_page_tables)
{
    guest.vm_assist = 1ul << VMASST_TYPE_writable_pagetables;
    cpu.cr[2] = 0x5000;
    trap(TRAP_PF, PF_PRESENT | PF_WRITE | PF_USER);
    cr_expect(calls.pt_writes == 1 && vcpu.arch.regs.rip == 0x1234);
    vcpu.in_user = true;
    trap(TRAP_PF, PF_PRESENT | PF_WRITE | PF_USER);
    cr_expect(calls.pt_writes == 1 && vcpu.arch.regs.rip == HANDLER(TRAP_PF));
    vcpu.in_user = false;
    trap(TRAP_PF, PF_PRESENT | PF_USER);
    trap(TRAP_PF, PF_WRITE | PF_USER);
    trap(TRAP_PF, PF_PRESENT | PF_WRITE | PF_RSVD | PF_USER);
    cr_expect_eq(calls.pt_writes, 1, "nor other faults");
}

/* Status of breakpoints that the guest did not set is not its. */
CPU_TEST(traps, debug_status)
{
    vcpu.arch.dr[7] = 1 << 2; /* L1 */
    cpu.dr[6] = DR6_DEFAULT | 3 | 0x4000;
    trap(TRAP_DB, 0);
    cr_expect_eq(vcpu.arch.dr[6], 2 | 0x4000);
    cr_expect_eq(cpu.dr[6], DR6_DEFAULT);
    cr_expect_eq(vcpu.arch.regs.rip, HANDLER(TRAP_DB));
}

/* Any instruction of an access to guest memory may be the one that faults, the first as well. */
CPU_TEST(traps, faults_on_guest_memory_are_errors)
{
    static uint64_t there[4] = {1, 2, 3, 4};
    uint64_t buf[4] = {0};
    uint32_t word;

    cr_expect_eq(guest_read(buf, GVA((uint64_t)there), sizeof(there)), 0);
    cr_expect_eq(buf[3], 4);
    for (uint64_t hole = 0x100; hole; hole = hole == 0x100 ? 1ul << 63 : 0) {
        cr_expect_eq(guest_read(buf, GVA(hole), 32), -XEN_EFAULT);
        cr_expect_eq(guest_read(buf, GVA(hole), 3), -XEN_EFAULT);
        cr_expect_eq(guest_write(GVA(hole), buf, 32), -XEN_EFAULT);
        cr_expect_eq(guest_read_u64(buf, GVA(hole)), -XEN_EFAULT);
        cr_expect_eq(buf[0], 0);
        cr_expect_eq(guest_read_u32(&word, GVA(hole)), -XEN_EFAULT);
        cr_expect_eq(guest_write_u64(GVA(hole), 1), -XEN_EFAULT);
    }
    cr_expect_eq(guest_read_u64(buf, GVA(HV_VIRT_START)), -XEN_EFAULT);
    cr_expect_eq(guest_write_u64(GVA(HV_VIRT_END - 8), 1), -XEN_EFAULT);
}

/* Exactly n bytes, whatever the length and the alignment; and what ends at a hole faults. */
CPU_TEST(traps, copies_of_every_length)
{
    static uint8_t from[400], to[400];
    uint8_t *end = (uint8_t *)mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) +
                   PAGE_SIZE;

    mprotect(end, PAGE_SIZE, PROT_NONE);
    for (unsigned i = 0; i < sizeof(from); i++)
        from[i] = (uint8_t)(i * 7 + 1);
    for (unsigned n = 0; n <= 300; n++) {
        memset(to, 0xee, sizeof(to));
        cr_expect_eq(guest_read(to + n % 5, GVA((uint64_t)from), n), 0);
        cr_expect(!memcmp(to + n % 5, from, n) && to[n % 5 + n] == 0xee, "%u bytes", n);
        memset(to, 0xee, sizeof(to));
        cr_expect_eq(guest_write(GVA((uint64_t)to), from + n % 3, n), 0);
        cr_expect(!memcmp(to, from + n % 3, n) && to[n] == 0xee, "%u bytes", n);
        cr_expect_eq(guest_read(to, GVA((uint64_t)end - n), n), 0);
        for (unsigned past = 1; past <= n; past += past)
            cr_expect_eq(guest_write(GVA((uint64_t)end - n + past), from, n), -XEN_EFAULT, "%u", n);
    }
}

/* cpu.c asks after each test whether the hypervisor's own memory was touched. */
CPU_TEST(traps, the_hypervisors_addresses_are_nobodys)
{
    static const uint64_t places[] = {HV_VIRT_START, HV_VIRT_START + 0x12345, HV_VIRT_END - 1,
                                      HV_VIRT_START - 4, 1UL << 63};
    uint64_t buf[4] = {0};
    uint32_t half;

    cr_expect_neq(canonical(guest_hole), true);
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
        const gva_t at = GVA(places[i]);
        cr_expect_eq(guest_read(buf, at, 3), -XEN_EFAULT, "%lx", at.a);
        cr_expect_eq(guest_read(buf, at, 32), -XEN_EFAULT);
        cr_expect_eq(guest_write(at, buf, 32), -XEN_EFAULT);
        cr_expect_eq(guest_read_words(buf, at, 2), -XEN_EFAULT);
        cr_expect_eq(guest_read_words(buf, at, 4), -XEN_EFAULT);
        cr_expect_eq(guest_write_words(at, buf, 2), -XEN_EFAULT);
        cr_expect_eq(guest_read_u32(&half, at), -XEN_EFAULT);
        cr_expect_eq(guest_write_u16(at, 1), -XEN_EFAULT);
    }
}

/* The CPU may fault once more by what its TLB held when the guest's tables allow the access: the
 * hypervisor tries again, but not for ever. */
CPU_TEST(traps, spurious_faults_are_tried_again)
{
    uint64_t *page = mmap(NULL, PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), word;

    cr_expect_eq(guest_read_u64(&word, GVA((uint64_t)page)), -XEN_EFAULT);
    calls.looked_up = 0;
    cpu.tables_allow = 3;
    cr_expect_eq(guest_write_u64(GVA((uint64_t)page), 77), 0);
    cr_expect(page[0] == 77 && calls.looked_up == 3 && cpu.invlpg == (uint64_t)page);
    mprotect(page, PAGE_SIZE, PROT_NONE);
    calls.looked_up = 0;
    cpu.tables_allow = 1u << 30;
    cr_expect_eq(guest_read_u64(&word, GVA((uint64_t)page)), -XEN_EFAULT,
                 "another vCPU takes it away each time");
    cr_expect_eq(calls.looked_up, 17 - 3, "16 tries in a million ticks");
}

static unsigned irets;

static void count_irets(int signal, siginfo_t *info, void *context)
{
    const uint8_t *at = (uint8_t *)((ucontext_t *)context)->uc_mcontext.gregs[STEP_REG_RIP];

    (void)signal, (void)info;
    irets += at[0] == 0x48 && at[1] == 0xcf;
}
static void take_nmi(void)
{
    trap(TRAP_NMI, 0);
}

/* An NMI's handler goes on in the guest, and lets the next NMI in itself: the way back may be by SYSRET,
 * if an event is due. */
CPU_TEST(traps, nmi_goes_on)
{
    step_handle(count_irets);
    step_call(take_nmi, STEP_TRAP_FLAG);
    cr_expect_eq(vcpu.arch.regs.rip, 0x1234);
    cr_expect_eq(irets, 1);
}

static void leave(void)
{
    exit_work(&vcpu);
}
/* Another vCPU of the guest. */
static void tease(void)
{
    vcpu.info->evtchn_upcall_pending = 1;
    vcpu.info->evtchn_upcall_mask = 0;
    __atomic_or_fetch(&vcpu.work, VCPU_WORK_NMI, __ATOMIC_RELAXED);
}

/* A selector whose descriptor is gone becomes null when a vCPU comes back to a CPU, and its guest is told
 * by the callback of last resort, once, which selectors it had. */
CPU_TEST(traps, failsafe_for_a_segment_that_is_gone)
{
    const uint16_t gone = 0xfff3;
    const uint64_t rip = vcpu.arch.regs.rip;
    uint16_t es;

    cr_expect(!load_es(gone), "this CPU has no such descriptor, either");
    __asm__("mov %%es, %0" : "=r"(es));
    cr_expect_eq(es, 0);
    cr_expect(load_es(0));
    vcpu.arch.ds = gone, vcpu.arch.es = 1, vcpu.arch.fs = 2, vcpu.arch.gs = 3;
    vcpu.work = VCPU_WORK_FAILSAFE;
    exit_work(&vcpu);
    cr_expect_eq(vcpu.arch.regs.rip, CALLBACK(CALLBACKTYPE_failsafe));
    const uint64_t *f = (const uint64_t *)vcpu.arch.regs.rsp; /* rcx, r11, ds, es, fs, gs, rip */
    cr_expect(f[2] == gone && f[3] == 1 && f[4] == 2 && f[5] == 3 && f[6] == rip);
    exit_work(&vcpu);
    cr_expect_eq((uint64_t)f, vcpu.arch.regs.rsp, "once");
}

/* The way out is not begun anew for what another vCPU raises meanwhile, at whatever instruction. */
CPU_TEST(traps, one_bounce_of_each_kind_and_the_guest_runs)
{
    const uint64_t frame = 7 * 8, two = 64 + frame; /* each from a multiple of 16 on */

    for (unsigned nmi = 0; nmi < 2; nmi++) {
        bool happened = true;
        for (unsigned long n = 0; happened; n++) {
            vcpu.arch.regs.rsp = GUEST_STACK_END;
            tease();
            vcpu.work = nmi ? VCPU_WORK_NMI : 0;
            happened = step_run(n, leave, tease);
            cr_assert_leq(GUEST_STACK_END - vcpu.arch.regs.rsp, nmi ? two : frame,
                          "instruction %lu", n);
        }
    }
}
