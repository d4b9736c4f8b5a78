/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries and exits of guests that run on tables of their own (asm/xpti.h): these pieces take the place of the
 * usual code where it is named below.  An entry lands in struct stub_data, whose page its stack pointer tells;
 * loads the full table; moves the frame to where the usual code expects it, and goes on there.
 */
#include <asm/alternative.h>
#include <asm/layout.h>
#include <asm/regs.h>
#include <asm/offsets.h>

        .macro INSTEAD_OF at, target, code, feature=ALT_XPTI
        .pushsection .alt_table_last, "a"
        .quad \at, \target
        .byte \feature, 5
        \code
        .skip 9
        .popsection
        .endm
        INSTEAD_OF trap_entry, xpti_trap, ALT_JMP
        INSTEAD_OF ist_entry, xpti_ist, ALT_JMP
        INSTEAD_OF exit_short, xpti_exit, ALT_CALL
        INSTEAD_OF exit_long, xpti_exit, ALT_CALL
        INSTEAD_OF sysret_rest, xpti_sysret, ALT_JMP
        INSTEAD_OF iret_rest, xpti_iret, ALT_JMP
        INSTEAD_OF short_syscall, long_syscall, ALT_JMP
        INSTEAD_OF short_iret, hypercall, ALT_JMP
        INSTEAD_OF xpti_exit, xpti_prepare_tagged, ALT_CALL, ALT_PCID

        .section .text.hot, "ax"
/* %rsp is in a landing, with vector and error code: to the full table; both are in the vCPU, %rdx is their end. */
.macro TO_FULL_TABLE
        push %rax
        push %rdx
        mov %rsp, %rdx
        and $-4096, %rdx
        mov STUB_FULL_TABLE(%rdx), %rax
        mov %rax, %cr3
        mov STUB_REGS_END(%rdx), %rdx
        popq R_RDX - R_SIZE(%rdx)
        popq R_RAX - R_SIZE(%rdx)
        popq R_VECTOR - R_SIZE(%rdx)
        popq R_ERROR - R_SIZE(%rdx)
.endm
.macro TO_VCPU
        lea R_VECTOR - R_SIZE(%rdx), %rsp
        mov R_RAX - R_VECTOR(%rsp), %rax
        mov R_RDX - R_VECTOR(%rsp), %rdx
.endm

xpti_trap:
        ALT ALT_SMAP, 0, "clac", testb $3, 24(%rsp)
        jz own
from_guest:
        TO_FULL_TABLE
        popq R_RIP - R_SIZE(%rdx)
        popq R_CS - R_SIZE(%rdx)
        popq R_RFLAGS - R_SIZE(%rdx)
        popq R_RSP - R_SIZE(%rdx)
        popq R_RSP + 8 - R_SIZE(%rdx)
        TO_VCPU
        jmp trap_of_guest
own:
        push %rax
        lea xpti_iretq(%rip), %rax
        cmp %rax, 24(%rsp)
        pop %rax
        jne from_hypervisor
        TO_FULL_TABLE                   /* the frame that IRETQ refused is still in the vCPU */
        TO_VCPU
        jmp bad_iret_of_guest

/*
 * From the hypervisor it may have hit a piece that runs on either table, and goes back to the same.
 * (Bit 63 is never read from CR3; without it there the guest's tag is forgotten, no more.)
 */
xpti_ist:
        ALT ALT_SMAP, 0, "clac", testb $3, 24(%rsp)
        jnz from_guest
        push %rax
        push %rdx
        mov %rsp, %rdx
        and $-4096, %rdx
        mov %cr3, %rax
        guest_table = STUB_GUEST_TABLE
        ALT ALT_PCID, 0, "btrq $63, guest_table(%rdx)", cmp %rax, guest_table(%rdx)
        jne 1f
        mov STUB_FULL_TABLE(%rdx), %rdx
        mov %rdx, %cr3
1:      mov %rsp, %rdx
        mov 72(%rsp), %rsp              /* landing.stack[0] */
        push %rax
        push %rdx
        offset = 64
        .rept 7
        pushq offset(%rdx)
        offset = offset - 8
        .endr
        mov 8(%rdx), %rax
        mov (%rdx), %rdx
        SAVE_GPRS
        ALT ALT_ENTRY, spec_entry, ALT_CALL, cld
        CALL_HYPERVISOR_TRAP
        mov R_SIZE(%rsp), %rdx
        mov R_RFLAGS(%rsp), %rax        /* all that is ever changed */
        mov %rax, 48(%rdx)
        mov R_SIZE + 8(%rsp), %rax
        mov %rax, 16(%rdx)
        movq $0, (%rdx)
        RESTORE_GPRS
        mov R_SIZE - R_VECTOR(%rsp), %rsp
        mov 16(%rsp), %rax
        mov %rax, %cr3
        mov 8(%rsp), %rax
        movq $0, 8(%rsp)
        add $32, %rsp
        iretq

/* In place of spec_exit, or of nothing. */
xpti_exit:
        call xpti_prepare
        jmp spec_exit

/* %rsp: the vCPU's %rbp; all that follows is saved. */
xpti_sysret:
        mov VCPU_STACK - VCPU_REGS - R_RBP(%rsp), %rbp
        mov PCPU_STUB(%rbp), %rbp
        RESTORE_RBP_TO_RDI rbp=-, r11=-, rax=STUB_SCRATCH+8(%rbp), rcx=-
        mov R_RIP - R_VECTOR(%rsp), %rcx
        mov R_RFLAGS - R_VECTOR(%rsp), %r11
        mov R_RBP - R_VECTOR(%rsp), %rax
        mov %rax, STUB_SCRATCH(%rbp)
        mov R_RSP - R_VECTOR(%rsp), %rax
        mov %rax, STUB_SCRATCH + 16(%rbp)
        lea STUB_SCRATCH(%rbp), %rsp
        mov STUB_GUEST_TABLE(%rbp), %rax
        mov %rax, %cr3
        pop %rbp
        pop %rax
        pop %rsp
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, sysretq

/* %rbp: the vCPU's registers. */
xpti_iret:
        mov VCPU_STACK - VCPU_REGS(%rbp), %rbx
        mov PCPU_STUB(%rbx), %rbx
        lea STUB_LANDING(%rbx), %rsp
        pushq R_RSP + 8(%rbp)
        pushq R_RSP(%rbp)
        pushq R_RFLAGS(%rbp)
        pushq R_CS(%rbp)
        pushq R_RIP(%rbp)
        pushq R_RAX(%rbp)
        pushq R_RBP + 8(%rbp)
        pushq R_RBP(%rbp)
        mov %rbp, %rsp
        RESTORE_R15_TO_R12
        RESTORE_RBP_TO_RDI rbp=-, rbx=-, rax=-
        lea STUB_LANDING - 64(%rbx), %rsp
        mov STUB_GUEST_TABLE(%rbx), %rax
        mov %rax, %cr3
        pop %rbp
        pop %rbx
        pop %rax
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, nop
xpti_iretq:
        iretq

        .section .note.GNU-stack, "", @progbits
