/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions: routing, delivery to guests, emulation.  All run with interrupts off on the CPU's
 * stack. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <hv/domain.h>

/* Intel SDM 3A table 6-1. */
/* clang-format off */
enum {
    TRAP_DE = 0, TRAP_DB = 1, TRAP_NMI = 2, TRAP_BP = 3, TRAP_OF = 4, TRAP_UD = 6, TRAP_NM = 7,
    TRAP_DF = 8, TRAP_TS = 10, TRAP_NP = 11, TRAP_SS = 12, TRAP_GP = 13, TRAP_PF = 14, TRAP_AC = 17,
    TRAP_MC = 18,
};
/* clang-format on */
#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_USER    4u
#define PF_RSVD    8u
/* Error code of a fault about a gate of the IDT (SDM 3A 6.13): its number << 3 with these. */
#define ERROR_EXT 1u /* not by INT n, INT3 or INTO */
#define ERROR_IDT 2u

/*
 * ---- delivery (bounce.c): the guest continues in its handler ----
 * B-1 a bounce goes only to an address that the guest registered, and that was checked when it did
 * B-2 a vector without a handler becomes #GP, then #DF, then the failsafe callback; the domain
 *     crashes only if its kernel registered none of them or its stack cannot take the frame
 */
/* Exception as registered by set_trap_table; error code only for vectors that have one. */
void inject_trap(struct vcpu *v, unsigned vector, uint32_t error);
/* INT n, INT3, INTO of `len` bytes, rip behind it: never has an error code. */
void inject_software(struct vcpu *v, unsigned vector, unsigned len);
void inject_page_fault(struct vcpu *v, uint64_t address, uint32_t error);
void deliver_event(struct vcpu *v);
void deliver_nmi(struct vcpu *v);
/* To the failsafe callback, which the guest must have: v->arch.ds to gs go into the frame. */
void deliver_failsafe(struct vcpu *v);
void user_syscall(struct vcpu *v);
void guest_bad_frame(struct vcpu *v);
/* Guest kernel <-> guest user: base pointer and GS. */
void toggle_mode(struct vcpu *v);

/* ---- emulation ---- */
/* Does the guest run 64-bit code?  Its own GDT may hold such segments beside the ABI's: Linux
 * starts secondary vCPUs in one.  LAR gives descriptor bytes 4..7: L, S and the code bit must be
 * set. */
static inline bool runs_64bit(const struct regs *r)
{
    uint32_t access = 0;

    if (likely(r->cs == GUEST_CS64))
        return true;
    if (!(r->cs & 4))                  /* not of the LDT, which may not be mapped */
        __asm__("1: lar %k1, %0\n2:\n" /* its page of the GDT may be gone by now: then not */
                ".pushsection .fixup,\"ax\"\n3: xor %0, %0; jmp 2b\n.popsection\n"
                ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"
                : "+r"(access)
                : "r"(r->cs)
                : "cc");
    return (access & 0x201800) == 0x201800;
}
/* A #GP with error 0 (or #UD): true if the instruction was one that PV kernels may use, now
 * done. */
bool emulate_privileged(struct vcpu *v);
/* ud2 "xen" cpuid at rip: true if done. */
bool emulate_forced(struct vcpu *v);
/* A write fault on a page table at cr2: true if it was performed. */
bool emulate_pt_write(struct vcpu *v, uint64_t address);
/* Up to 15 bytes of the instruction at rip; how many could be read. */
unsigned fetch_insn(struct vcpu *v, uint8_t buf[15]);
/* An instruction of @len bytes at rip is over: as in hardware, RF is used up, and who single-steps,
 * or has breakpoints that were hit (bits of DR6), gets #DB behind it. */
void insn_done(struct vcpu *v, unsigned len, uint64_t hits);
uint64_t *reg_ptr(struct regs *r, unsigned index);
void guest_io(struct vcpu *v, unsigned port, unsigned bytes, bool in, uint32_t *val);

/* By the policy of v's domain (asm/policy.h). */
void guest_cpuid(struct vcpu *v, uint32_t leaf, uint32_t sub, uint32_t out[4]);
bool guest_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *val);
/* The same for those that are v's alone (SPEC_CTRL, TSC_AUX), which need not run: they are loaded
 * with it. */
bool guest_msr_store(struct vcpu *v, uint32_t msr, uint64_t val);
bool guest_wrmsr(struct vcpu *v, uint32_t msr, uint64_t val);

/* A fault of the hypervisor on a guest's memory: does the guest's table allow the access, so that
 * it was of an old TLB entry?  Then it may be tried again; not for ever. */
bool spurious_fault(struct pcpu *p, uint64_t address, uint32_t error);
/* A page of v's LDT window was touched by the hypervisor on its behalf: true if it is there now. */
bool ldt_fault(struct vcpu *v, uint64_t address);
/* The guest touched its GDT or LDT window: there now, or told what a bare machine would. */
void window_fault(struct vcpu *v, uint64_t address, uint32_t error);

/* ---- called by entry.S ---- */
void guest_interrupt(struct vcpu *v, struct regs *r);
/* The vCPU that an exception on a stack of its own interrupted, with the frame in its registers;
 * NULL: none. */
struct vcpu *ist_to_vcpu(const struct regs *frame);
void hypervisor_trap(struct regs *r);
/* What is due before the guest goes on; the vCPU that runs next. */
struct vcpu *exit_work(struct vcpu *v);

__attribute__((noreturn)) void resume_guest(struct vcpu *v, char *stack);
__attribute__((noreturn)) void run_on_stack(void (*fn)(void), char *stack);
__attribute__((noreturn)) void idle_loop(void);
void idle_sleep(
    void); /* until an interrupt, which is taken; called, and returns, with interrupts off */
/* Nothing is to be done and this CPU was taken out: sleeps until it is taken in again. */
void park(void);

#endif
