/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries to the hypervisor and exits to guests.
 *
 * Entering from a guest, the CPU (for interrupts and exceptions: TSS.rsp0) or
 * the stub (for SYSCALL) pushes straight into the current vCPU's arch.regs;
 * then the C stack of the CPU is taken.  %rbx is the vCPU and %rbp its
 * registers throughout.  Interrupts stay off until the guest runs again.
 * The names without a use here are where trap/xpti.S takes over or goes on.
 */
#include <asm/alternative.h>
#include <asm/layout.h>
#include <asm/regs.h>
#include <asm/offsets.h>

        .section .text.hot, "ax"
/*
 * Copied to each CPU's stub page (boot/desc.c); the page after it is struct stub_data.
 * SYSCALL left the return address in %rcx, the flags in %r11 and the guest's %rsp.
 * Those for isolated guests load the full table (trap/xpti.S).
 */
        .globl stub64, stub64_jump, stub32, stub32_jump, stub_end
        .globl xpti_stub64, xpti_stub64_jump, xpti_stub32, xpti_stub32_jump, xpti_stub_end
.macro STUB name, first, cs, vector
\name: mov %rsp, \first + 4096(%rip)
        .ifc \first, xpti_stub64
        mov %rax, \first + 4096 + STUB_SCRATCH(%rip)
        mov \first + 4096 + STUB_FULL_TABLE(%rip), %rax
        mov %rax, %cr3
        mov \first + 4096 + STUB_SCRATCH(%rip), %rax
        .endif
        mov \first + 4096 + STUB_REGS_END(%rip), %rsp
        push $GUEST_SS
        push \first + 4096(%rip)
        push %r11
        push $\cs
        push %rcx
        push $0
        push $\vector
\name\()_jump:
        .byte 0xe9
        .long 0
.endm
.macro STUBS prefix
        .balign 64
        STUB \prefix\()stub64, \prefix\()stub64, GUEST_CS64, VECTOR_SYSCALL
        .balign 16
        STUB \prefix\()stub32, \prefix\()stub64, GUEST_CS32, VECTOR_SYSCALL32
\prefix\()stub_end:
.endm
        STUBS
        STUBS xpti_

/* From here on speculation is what this CPU makes safe (cpu/barriers.S); %rsp is the C stack. */
        .macro ENTERED host:vararg
        ALT ALT_ENTRY, spec_entry, ALT_CALL, \host
        .endm

/* C code keeps %r12 to %r15, so they are saved only if another than this vCPU may run next. */
        .macro BY_SYSCALL
        SAVE_RCX_TO_RBP
        lea -4 * 8(%rsp), %rbp
        lea -VCPU_REGS(%rbp), %rbx
        mov VCPU_STACK(%rbx), %rsp
        ENTERED movl $BUDGET_FULL, PCPU_BUDGET(%rsp)
        .endm

        .balign 64
        .globl syscall_entry, hypercall, hypercall_rest, long_syscall, user_rest
syscall_entry:
        cmpb $0, VCPU_IN_USER - VCPU_REGS - R_VECTOR(%rsp)
        jne user_call
        cmp $HCALL_IRET, %rax
        je short_iret
hypercall:
        SAVE_RDI_TO_RDX
hypercall_rest:
        BY_SYSCALL
        cmp $HCALL_LIMIT, %rax
        cmovae hcall_none(%rip), %rax   /* no branch that could be mispredicted */
        mov VCPU_TABLE(%rbx), %r11
        mov %r8, %r9
        mov %r10, %r8
        mov %rdx, %rcx
        mov %rsi, %rdx
        mov %rdi, %rsi
        mov %rbx, %rdi
        ALT ALT_RETPOLINE, hcall_retpoline, ALT_JMP, call *(%r11, %rax, 8)
hcall_done:
        mov %rax, R_RAX(%rbp)
        cmpl $0, VCPU_WORK(%rbx)
        jne 1f
        mov VCPU_INFO(%rbx), %rax
        cmpb $0, (%rax)                 /* pending, perhaps masked */
        jne 1f
        cmpl $VECTOR_SYSCALL, R_VECTOR(%rbp)
        jne 1f
        mov R_RIP(%rbp), %rax
        sar $47, %rax                   /* SYSRET faults in ring 0 on a non-canonical address */
        inc %rax
        cmp $1, %rax
        ja 1f
exit_short:
        ALT ALT_EXIT, spec_exit, ALT_CALL, lea R_RBP(%rbp), %rsp
sysret_rest:
        RESTORE_RBP_TO_RDI r11=-, rcx=-
        mov R_RIP - R_VECTOR(%rsp), %rcx
        mov R_RFLAGS - R_VECTOR(%rsp), %r11
        mov R_RSP - R_VECTOR(%rsp), %rsp
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, sysretq
user_call:
        cmpl $VECTOR_SYSCALL, (%rsp)
        je short_syscall
long_syscall:
        SAVE_RDI_TO_RDX
user_rest:
        BY_SYSCALL
        mov %rbx, %rdi
        call user_syscall
1:      mov %r12, R_RBP - 8(%rbp)       /* the long way out */
        mov %r13, R_RBP - 16(%rbp)
        mov %r14, R_RBP - 24(%rbp)
        mov %r15, R_RBP - 32(%rbp)
        jmp exit_to_guest

/* %rbx: the vCPU that entered; it is still current unless exit_work says otherwise. */
        .globl exit_to_guest
exit_to_guest:
        cmpl $0, VCPU_WORK(%rbx)
        jne 3f
        mov VCPU_INFO(%rbx), %rax
        cmpw $1, (%rax)                 /* pending == 1, mask == 0 */
        je 3f
        cmpb $0, (%rax)
        jne 4f
5:
exit_long:
        ALT ALT_EXIT, spec_exit, ALT_CALL, mov R_RIP(%rbp), %rax
        cmpl $VECTOR_SYSCALL, R_VECTOR(%rbp)
        jne 6f
        sar $47, %rax                   /* SYSRET faults in ring 0 on a non-canonical address */
        inc %rax
        cmp $1, %rax
        ja 6f
        mov %rbp, %rsp
        RESTORE_R15_TO_R12
        jmp sysret_rest
6:
iret_rest:
        mov %rbp, %rsp
        RESTORE_GPRS
        .globl verw_iret
verw_iret:
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, add $16, %rsp
        .globl guest_iret
guest_iret:
        iretq
4:      cmpb $0, 1(%rax)                /* pending with odd values: masked? */
        jne 5b
3:      mov %rbx, %rdi
        call exit_work
        mov %rax, %rbx
        lea VCPU_REGS(%rax), %rbp
        testl $WORK_RESCHED, VCPU_WORK(%rbx)
        jz 5b                           /* not the flags again: its other vCPUs could keep us here */
        jmp 3b

/*
 * IRETQ refused the frame in the vCPU's registers.  The exception's own frame went onto the
 * general registers below it, whose values the CPU still holds: save them again, before
 * anything runs that needs a stack.  Our 7 words end at R_RIP rounded down to 16.
 */
#define FAULT_FRAME ((R_RIP & ~15) - 56)
bad_iret:
        popq R_VECTOR - FAULT_FRAME - 8(%rsp)
        popq R_ERROR - FAULT_FRAME - 16(%rsp)
        lea R_VECTOR - FAULT_FRAME - 16(%rsp), %rsp
bad_iret_of_guest:
        SAVE_GPRS
        lea -VCPU_REGS(%rsp), %rbx
        mov %rsp, %rbp
        mov VCPU_STACK(%rbx), %rsp
        ENTERED cld
        mov %rbx, %rdi
        call guest_bad_frame
        jmp exit_to_guest

/* void resume_guest(struct vcpu *v, char *stack): never returns */
        .globl resume_guest
resume_guest:
        mov %rsi, %rsp
        mov %rdi, %rbx
        lea VCPU_REGS(%rbx), %rbp
        jmp exit_to_guest

/* void run_on_stack(void (*fn)(void), char *stack): never returns */
        .globl run_on_stack
run_on_stack:
        mov %rsi, %rsp
        xor %ebp, %ebp
        call *%rdi
        ud2

/* ---- exceptions and interrupts: stack holds vector and error code ---- */
        .globl trap_entry, ist_entry, exit_short, exit_long, sysret_rest, iret_rest
        .globl trap_of_guest, bad_iret_of_guest, from_hypervisor
        .balign 64
trap_entry:
        ALT ALT_SMAP, 0, "clac", testb $3, 24(%rsp) /* gates leave AC as it was */
        jz own_fault
trap_of_guest:
        cld
        SAVE_GPRS
        lea -VCPU_REGS(%rsp), %rbx
        mov %rsp, %rbp
run_trap:
        mov VCPU_STACK(%rbx), %rsp
        ENTERED movl $BUDGET_FULL, PCPU_BUDGET(%rsp)
        mov %rbx, %rdi
        mov %rbp, %rsi
        mov R_VECTOR(%rbp), %rax
        lea guest_traps(%rip), %rdx
        cmp $32, %rax
        jae 1f
        ALT ALT_RETPOLINE, trap_retpoline, ALT_JMP, call *(%rdx, %rax, 8)
        jmp exit_to_guest
1:      call guest_interrupt
        jmp exit_to_guest

hcall_retpoline:
        mov (%r11, %rax, 8), %rax
        call __x86_indirect_thunk_rax
        jmp hcall_done
trap_retpoline:
        mov (%rdx, %rax, 8), %rax
        call __x86_indirect_thunk_rax
        jmp exit_to_guest

own_fault:
        push %rax
        lea guest_iret(%rip), %rax
        cmp %rax, 24(%rsp)
        pop %rax
        je bad_iret
from_hypervisor:
        cld
        SAVE_GPRS
        CALL_HYPERVISOR_TRAP
        RESTORE_GPRS
        add $16, %rsp
        iretq

/*
 * On stacks of their own (IST), because they can strike anywhere: #DB (a
 * breakpoint delayed by MOV SS fires on the first instruction of the SYSCALL
 * stub), NMI, #DF, #MC.  From a guest their frame is moved to the vCPU.
 */
ist_entry:
        ALT ALT_SMAP, 0, "clac", testb $3, 24(%rsp)
        jz ist_own
        cld
        SAVE_GPRS
        ENTERED mov %rsp, %rdi
        call ist_to_vcpu                /* %rax: the vCPU */
        mov %rax, %rbx
        lea VCPU_REGS(%rbx), %rbp
        jmp run_trap

ist_own: /* between a guest and the ENTERED of its entry or exit, perhaps */
        ENTERED cld
        jmp from_hypervisor

/* 256 gates of 16 bytes: push an error code where the CPU does not, push the vector. */
        .balign 16
        .globl gates
gates:
        vec = 0
        .rept 256
        .balign 16
        .if (vec != 8) && ((vec < 10) || (vec > 14)) && (vec != 17) && (vec != 21) && (vec != 29) && (vec != 30)
        push $0
        .endif
        push $vec
        .if (vec == 1) || (vec == 2) || (vec == 8) || (vec == 18)
        jmp ist_entry
        .else
        jmp trap_entry
        .endif
        vec = vec + 1
        .endr

        .section .rodata.hcall_none, "a"
        .balign 8
hcall_none:
        .quad HCALL_LIMIT - 1

        .section .note.GNU-stack, "", @progbits
