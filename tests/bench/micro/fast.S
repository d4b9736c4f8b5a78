/* SPDX-License-Identifier: BSD-2-Clause */
/* The shortest possible handlers, so that a row measures the hypervisor and not the guest. */
#define __ASSEMBLY__
#include <front/abi.h>

#define IRET_STUB (hypercall_page + __HYPERVISOR_iret * 32)

    .text
    /* Page fault: go on behind the faulting instruction, which is 8 bytes long. */
    .globl fast_page_fault
fast_page_fault:
    pop %rcx
    pop %r11
    addq $8, 8(%rsp)
    add $8, %rsp
    push $0
    jmp IRET_STUB

    /* System call and software interrupt: return at once. */
    .globl fast_syscall
fast_syscall:
    pop %rcx
    pop %r11
    push $0x100 /* VGCF_in_syscall: rcx and r11 need not be kept */
    jmp IRET_STUB
    .globl fast_int80
fast_int80:
    pop %rcx
    pop %r11
    push $0
    jmp IRET_STUB

    /* Event upcall: acknowledge the one port in use. */
    .globl fast_event
fast_event:
    pop %rcx
    pop %r11
    push %rax
    mov boot_shared(%rip), %rax
    movb $0, (%rax)        /* vcpu_info[0].evtchn_upcall_pending */
    movq $0, 8(%rax)       /* vcpu_info[0].evtchn_pending_sel */
    push %rbx
    mov fast_pending_word(%rip), %rbx
    movq $0, (%rbx)
    pop %rbx
    incq fast_events(%rip)
    pop %rax
    push $0
    jmp IRET_STUB

    /* The same of the FIFO ABI: its queue is read no further than to the one event in it. */
    .globl fast_fifo
fast_fifo:
    pop %rcx
    pop %r11
    push %rax
    mov boot_shared(%rip), %rax
    movb $0, (%rax)
    mov fast_ready(%rip), %rax
    movl $0, (%rax)
    mov fast_word(%rip), %rax
    movl $0, (%rax)
    incq fast_events(%rip)
    pop %rax
    push $0
    jmp IRET_STUB

    .bss
    .balign 8
    .globl fast_pending_word, fast_events, fast_ready, fast_word
fast_ready:
    .quad 0
fast_word:
    .quad 0
fast_pending_word:
    .quad 0
fast_events:
    .quad 0

    /* User programs: rdi iterations, then ud2. */
    .section .rodata
    .globl loop_syscall, loop_syscall_end
loop_syscall:
1:  syscall
    dec %rdi
    jnz 1b
    ud2
loop_syscall_end:
    .globl loop_int80, loop_int80_end
loop_int80:
1:  int $0x80
    dec %rdi
    jnz 1b
    ud2
loop_int80_end:
    .globl loop_fault, loop_fault_end
loop_fault:
1:  mov 0x10, %rax /* 8 bytes */
    dec %rdi
    jnz 1b
    ud2
loop_fault_end:
    .globl loop_empty, loop_empty_end
loop_empty:
    ud2
loop_empty_end:
    .section .note.GNU-stack, "", @progbits
