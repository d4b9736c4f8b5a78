/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps and callbacks of a PV kernel.  entry.S turns each bounce frame into a struct regs and calls
 * trap_dispatch(); a hook may consume the trap, otherwise a faulting instruction listed in the
 * exception table (TRAP_PROBE) resumes at its fix-up, otherwise the kernel reports and crashes.
 */
#ifndef FRONT_TRAP_H
#define FRONT_TRAP_H

#include <front/abi.h>

/* Saved registers, lowest address first; from `rip` on it is the frame the hypervisor made. */
struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error;
    uint64_t rip;
    uint32_t cs, saved_mask; /* saved_mask: evtchn_upcall_mask at the time of the trap */
    uint64_t rflags, rsp, ss;
};

#define TRAP_DE    0
#define TRAP_DB    1
#define TRAP_BP    3
#define TRAP_OF    4
#define TRAP_UD    6
#define TRAP_NM    7
#define TRAP_DF    8
#define TRAP_TS    10
#define TRAP_NP    11
#define TRAP_SS    12
#define TRAP_GP    13
#define TRAP_PF    14
#define TRAP_MF    16
#define TRAP_AC    17
#define TRAP_XM    19
#define TRAP_INT80 0x80

/* Pseudo vectors of the callbacks. */
#define TRAP_EVENT    0x100
#define TRAP_SYSCALL  0x101
#define TRAP_FAILSAFE 0x102

/* Consumes a trap (true) or passes it on (false).  May change the registers. */
typedef bool trap_hook_t(struct regs *r);
extern trap_hook_t *trap_hook;

/* The trap table that trap_init() installs; tests copy and change it. */
extern struct trap_info trap_table[];

/* Installs trap table and callbacks for vCPU 0. */
void trap_init(void);
/* Registers the three callbacks for the running vCPU. */
void trap_init_callbacks(void);

/* Called by entry.S. */
void trap_dispatch(struct regs *r);

/* Leaves a frame through HYPERVISOR_iret; never returns. */
void trap_return(struct regs *r) __attribute__((noreturn));

/* Entry points in entry.S. */
extern const char entry_event[], entry_failsafe[], entry_syscall[], entry_vcpu[];

/*
 * TRAP_PROBE(insn) wraps one instruction in an asm template: when it faults, execution goes on
 * behind it with rdi = TRAP_FAULT(vector, error).  The operand list must hold "+D"(uint64_t), 0
 * on entry.
 */
#define TRAP_PROBE(insn)                                                                           \
    "1: " insn "\n2:\n"                                                                            \
    ".pushsection .ex_table,\"a\"\n .quad 1b, 2b\n .popsection\n"
#define TRAP_FAULT(vector, error) (1ull << 63 | (uint64_t)(vector) << 32 | (uint32_t)(error))
#define TRAP_FAULT_VECTOR(f)      ((unsigned)((f) >> 32) & 0x1ff)
#define TRAP_FAULT_ERROR(f)       ((uint32_t)(f))

#endif
