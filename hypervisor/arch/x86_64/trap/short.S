/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two crossings that guests make most, by themselves: a system call of guest user mode to the
 * guest kernel (trap/bounce.c: user_syscall), and the guest kernel's return (op_iret).  They do what
 * that code does where nothing is unusual; else, and after a fault of theirs, that code does it all.
 *
 * Only the registers that are used here are saved.  No branch here is indirect and nothing returns,
 * so there is nothing for what a guest taught the predictors; a CPU that needs code at entries
 * nevertheless (ALT_ENTRY) goes the long way.  No division, and buffers are cleared at the end.
 *
 * %rdi vCPU, %rsi guest stack, %rdx and %rcx for all; %rsp is the C stack: accesses may fault.
 */
#include <asm/alternative.h>
#include <asm/layout.h>
#include <asm/regs.h>
#include <asm/offsets.h>

#define R(offset) VCPU_REGS + offset(%rdi)
/* struct iret_context */
#define C_RAX     0
#define C_R11     8
#define C_RCX     16
#define C_FLAGS   24
#define C_RIP     32
#define C_CS      40
#define C_RFLAGS  48
#define C_RSP     56
#define C_SS      64
#define FRAME     56 /* bytes of what a guest kernel finds on its stack */

/* %rdx: its vcpu_info */
.macro SHORT_BEGIN long
        ALT ALT_ENTRY, \long, ALT_JMP, push %rdi
        push %rsi
        push %rdx
        lea 24 - R_VECTOR - VCPU_REGS(%rsp), %rdi
        mov VCPU_STACK(%rdi), %rsp
        cmpl $0, VCPU_WORK(%rdi)
        jne long_way
        mov VCPU_DOMAIN(%rdi), %rdx
        testb $ASSIST_IOPL, DOMAIN_ASSIST(%rdx)
        jnz long_way
        mov VCPU_INFO(%rdi), %rdx
        cmpb $0, (%rdx)                 /* an event is pending, perhaps masked */
        jne long_way
.endm
/* What lies below the hypervisor's addresses is not canonical: the lowest access, which is the first, decides. */
.macro GUEST_ADDRESS lowest
        lea \lowest, %rcx
        sar $43, %rcx
        cmp $-(-HV_VIRT_START >> 43), %rcx
        je long_way
.endm
/* SYSRET faults in ring 0 on a non-canonical address */
.macro CANONICAL reg, else
        mov \reg, %rdx
        sar $47, %rdx
        inc %rdx
        cmp $1, %rdx
        ja \else
.endm
.macro USE_ROOT which
        mov \which(%rdi), %rdx
        shl $12, %rdx
        mov %rdx, %cr3
.endm
.macro RESTORE
        mov R(R_RDX), %rdx
        mov R(R_RDX + 8), %rsi
        mov R(R_RDX + 16), %rdi
.endm

        .section .text.hot, "ax"
        .balign 64
        .globl short_syscall
short_syscall:
        SHORT_BEGIN long_syscall
        cmpb $0, VCPU_AREAS_STALE(%rdi)
        jne long_way
        mov VCPU_KERNEL_SP(%rdi), %rsi
        and $~15, %rsi
        GUEST_ADDRESS -FRAME(%rsi)
        mov VCPU_SYSCALL(%rdi), %rcx
        test %rcx, %rcx
        jz long_way
        CANONICAL %rcx, long_way
        movb $0, VCPU_IN_USER(%rdi)
        swapgs
        USE_ROOT VCPU_KERNEL_ROOT
        mov VCPU_INFO(%rdi), %rdx
        mov R(R_RIP), %rcx
1:      ALT ALT_SMAP, 0, "stac", mov %rcx, -FRAME(%rsi)
        mov %r11, -48(%rsi)
        mov %rcx, -40(%rsi)
        movl $GUEST_CS64, -32(%rsi)
        movzbl 1(%rdx), %ecx
        mov %ecx, -28(%rsi)
        cmp $1, %ecx
        sbb %ecx, %ecx                  /* not masked: the frame says IF */
        and $RFLAGS_IF, %ecx
        and $~(RFLAGS_IF | RFLAGS_IOPL), %r11
        or %r11, %rcx
        mov %rcx, -24(%rsi)
        mov R(R_RSP), %rcx
        mov %rcx, -16(%rsi)
        movq $GUEST_SS, -8(%rsi)
2:      ALT ALT_SMAP, 0, "clac", and $~(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC), %r11
        or $RFLAGS_IF, %r11
        testb $MASK_SYSCALL, VCPU_CB_MASKS(%rdi)
        jz 3f
        movb $1, 1(%rdx)
3:      mov VCPU_SYSCALL(%rdi), %rcx
        lea -FRAME(%rsi), %rsp
        RESTORE
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, sysretq
4:      movb $1, VCPU_IN_USER(%rdi)     /* the stack cannot be written: as if nothing had been done */
        swapgs
        USE_ROOT VCPU_USER_ROOT
        jmp long_way
        .pushsection .fixup_table, "a"
        .quad 1b, 2b, 4b
        .popsection

        .balign 64
        .globl short_iret
short_iret:
        SHORT_BEGIN hypercall
        mov R(R_RSP), %rsi
        GUEST_ADDRESS (%rsi)
1:      ALT ALT_SMAP, 0, "stac", mov C_RAX(%rsi), %rax
        mov C_RIP(%rsi), %rcx
        mov C_RFLAGS(%rsi), %r11
        testl $IRET_IN_SYSCALL, C_FLAGS(%rsi)
        jz full_iret
        cmpw $GUEST_CS64, C_CS(%rsi)
        jne long_iret
        mov C_RSP(%rsi), %rsi
2:      ALT ALT_SMAP, 0, "clac", cmpq $-1, VCPU_USER_BASE(%rdi)
        je long_iret
        CANONICAL %rcx, long_iret
        mov VCPU_INFO(%rdi), %rdx
        bt $9, %r11d
        setnc 1(%rdx)                   /* an event that came since has sent an interrupt */
        and $~(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP), %r11
        or $RFLAGS_IF, %r11
        movb $1, VCPU_IN_USER(%rdi)
        swapgs
        USE_ROOT VCPU_USER_ROOT
        mov %rsi, %rsp
        RESTORE
        ALT ALT_VERW, verw_selector, ALT_VERW_CODE, sysretq
        .pushsection .fixup_table, "a"
        .quad 1b, 2b, long_iret
        .popsection

/* The return that gives back all registers, to either mode: IRETQ from the vCPU's own frame. */
full_iret:
        mov %r8, R(R_R8)
        mov %rcx, R(R_RIP)
        mov %r11, R(R_RFLAGS)
3:      movzwl C_SS(%rsi), %r8d
        or $3, %r8d
        mov %r8, R(R_RSP + 8)
        movzwl C_CS(%rsi), %r8d
        mov C_R11(%rsi), %r11
        mov C_RCX(%rsi), %rcx
        mov C_RSP(%rsi), %rsi
4:      ALT ALT_SMAP, 0, "clac", mov %r8d, %edx
        or $3, %r8d
        and $3, %edx
        cmp $3, %edx
        mov %r8, R(R_CS)
        mov R(R_R8), %r8
        je 6f
5:      mov VCPU_INFO(%rdi), %rdx
        btl $9, R(R_RFLAGS)
        setnc 1(%rdx)
        andl $~(RFLAGS_IOPL | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP), R(R_RFLAGS)
        orl $RFLAGS_IF, R(R_RFLAGS)
        mov %rsi, R(R_RSP)
        lea R(R_VECTOR), %rsp
        RESTORE
        jmp verw_iret
6:      cmpq $-1, VCPU_USER_BASE(%rdi)
        je long_iret
        movb $1, VCPU_IN_USER(%rdi)
        swapgs
        USE_ROOT VCPU_USER_ROOT
        jmp 5b
7:      mov R(R_R8), %r8
long_iret:
        mov $HCALL_IRET, %eax
long_way:
        ALT ALT_SMAP, 0, "clac", lea R(R_RDX), %rsp
        mov (%rsp), %rdx
        mov 8(%rsp), %rsi
        mov R_RIP - R_RDX(%rsp), %rcx   /* as SYSCALL left it, or the frame's */
        mov R_RFLAGS - R_RDX(%rsp), %r11
        cmpb $0, VCPU_IN_USER(%rdi)
        mov 16(%rsp), %rdi
        jne user_rest
        jmp hypercall_rest
        .pushsection .fixup_table, "a"
        .quad 3b, 4b, 7b
        .popsection

        .section .note.GNU-stack, "", @progbits
