/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done at entries and exits, and in place of indirect branches, where the CPU needs it
 * (cpu/spec.c).  The calls to this code are alternatives.
 */
#include <asm/alternative.h>
#include <asm/layout.h>
#include <asm/offsets.h>

        .section .text.hot, "ax"

/* After the C stack is taken, before any indirect branch or return of ours: keeps all registers. */
        .balign 64
        .globl spec_entry
spec_entry:
        push %rax
        push %rcx
        push %rdx
        ALT ALT_IBPB_ENTRY, barrier, ALT_CALL, nop
        ALT ALT_IBRS, ibrs_on, ALT_CALL, nop
        ALT ALT_RSB_ENTRY, rsb_fill, ALT_CALL, nop
        ALT ALT_BHB_ENTRY, bhb_clear, ALT_CALL, nop
        pop %rdx
        pop %rcx
        pop %rax
        ret

/* Nothing but the guest's registers is loaded after it; changes %rax, %rcx, %rdx. */
        .globl spec_exit
spec_exit:
        ALT ALT_DIV, divide, ALT_CALL, nop
        ALT ALT_IBRS, ibrs_off, ALT_CALL, nop
        ret

barrier:
        mov $MSR_PRED_CMD, %ecx
        mov $1, %eax
        xor %edx, %edx
        wrmsr
        ret
ibrs_on:
        mov $1, %eax
        jmp 1f
ibrs_off:
        xor %eax, %eax
1:      mov $MSR_SPEC_CTRL, %ecx
        xor %edx, %edx
        wrmsr
        ret
divide:
        mov $1, %eax
        xor %edx, %edx
        div %eax
        ret

/* 32 return addresses that lead to a trap for speculation only; changes %rax. */
        .globl rsb_fill
rsb_fill:
        mov $16, %eax
1:      call 3f
2:      pause
        lfence
        jmp 2b
3:      call 5f
4:      pause
        lfence
        jmp 4b
5:      dec %eax
        jnz 1b
        add $32 * 8, %rsp
        ret

/* Intel, "Branch History Injection", sequence for CPUs without BHI_DIS_S: taken branches fill the history. */
        .balign 64
bhb_clear:
        movzbl bhb_rounds(%rip), %ecx
        call 1f
        jmp 5f
        .balign 64
1:      call 2f
        ret
        .balign 64
2:      movzbl bhb_rounds + 1(%rip), %eax
3:      jmp 4f
        nop
4:      sub $1, %eax
        jnz 3b
        sub $1, %ecx
        jnz 1b
        ret
5:      lfence
        ret

/* call *%reg, compiled as a call of this. */
        .macro THUNK reg
        .balign 32
        .globl __x86_indirect_thunk_\reg
__x86_indirect_thunk_\reg:
        ALT ALT_RETPOLINE, 1f, ALT_JMP, jmp *%\reg
1:      call 3f
2:      pause
        lfence
        jmp 2b
3:      mov %\reg, (%rsp)
        ret
        .endm
        .irp reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
        THUNK \reg
        .endr

        .section .data.bhb_rounds, "aw"
        .globl bhb_rounds
bhb_rounds:
        .byte 5, 5
        .section .rodata.verw_selector, "a"
        .balign 2
        .globl verw_selector
verw_selector:
        .short HV_DS

        .section .note.GNU-stack, "", @progbits
