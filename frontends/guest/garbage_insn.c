/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileged instructions with random operands, in kernel and in user mode.  User mode runs on a
 * table of its own that shares the kernel's image, so that its code and stack are where they are.
 */
#include "garbage.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>

/* Each faults or goes on behind itself; a in rax, rdx and rsi, c in rcx and r8. */
#define INSN(text)                                                                                 \
    ({                                                                                             \
        uint64_t f_ = 0, a_ = a, c_ = c;                                                           \
        asm volatile("mov %[c], %%r8\n" TRAP_PROBE(text)                                           \
                     : "+D"(f_), "+a"(a_), [c] "+c"(c_)                                            \
                     :                                                                             \
                     : "rdx", "rbx", "rsi", "r8", "memory", "cc");                                 \
    })
#define CASE(n, text)                                                                              \
    case n:                                                                                        \
        INSN(text);                                                                                \
        break;

void garbage_insn(void)
{
    uint64_t a = garbage_value(), c = garbage_value();

    switch (garbage_random() % 24) {
        CASE(0, "rdmsr")
        CASE(1, "wrmsr")
        CASE(2, "mov %%cr0, %%rax")
        CASE(3, "mov %%cr4, %%rax")
        CASE(4, "mov %%rax, %%cr4")
        CASE(5, "mov %%rax, %%cr2")
        CASE(6, "mov %%r8, %%cr0")
        CASE(7, "mov %%cr8, %%r8")
        CASE(8, "clts")
        CASE(9, "xsetbv")
        CASE(10, "in %%dx, %%al")
        CASE(11, "out %%eax, %%dx")
        CASE(12, "in $0x61, %%eax")
        CASE(13, "rep outsb")
        CASE(14, "cli")
        CASE(15, "lgdt (%%rsi)")
        CASE(16, "mov %%rax, %%dr6")
        CASE(17, "mov %%dr7, %%r8")
        CASE(18, "invlpg (%%rax)")
        CASE(19, "wbinvd")
        CASE(20, ".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid")
        CASE(21, "int $0x20")
        CASE(22, "mov %%eax, %%es")
        CASE(23, ".byte 0xf0; mov %%cr0, %%rax")
    }
}

static char user_l4[PAGE_SIZE] aligned_page;
static char user_stack[2][PAGE_SIZE] aligned_page;
static char trap_stack[2][STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static uint64_t kernel_sp[2];
static bool user_ready[2];

/* void garbage_enter(struct regs *frame, uint64_t *saved_sp): returns from garbage_back. */
asm(".text\n"
    "garbage_enter: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "mov %rsp, (%rsi); jmp trap_return\n"
    "garbage_back: pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
    "garbage_code: cmp $1, %rax; jb 1f; je 2f; cmp $3, %rax; jb 3f; je 4f; cmp $5, %rax; jb 5f; je "
    "6f\n"
    "hlt\n"
    "1: mov %rcx, %rax; syscall\n2: int $0x80\n3: in %dx, %al; int3\n4: mov (%rcx), %rax; int3\n"
    "5: mov %rcx, (%rsi); ud2\n6: mov %ecx, %fs; jmp *%rcx\n");
void garbage_enter(struct regs *frame, uint64_t *saved_sp);
extern const char garbage_back[], garbage_code[];

/* Whatever comes out of user mode ends the visit; in kernel mode, only what our own instructions
 * raise. */
static bool hook(struct regs *r)
{
    unsigned cpu = cpu_id();

    if ((r->cs & 3) != 3 && r->vector != TRAP_FAILSAFE)
        return r->vector == TRAP_DB || r->vector == TRAP_BP || r->vector == TRAP_OF ||
               r->vector == TRAP_INT80;
    *r = (struct regs){.rip = U64(garbage_back),
                       .cs = FLAT_KERNEL_CS & ~3u,
                       .rflags = 2,
                       .saved_mask = 1,
                       .rsp = kernel_sp[cpu],
                       .ss = FLAT_KERNEL_SS};
    return true;
}

void garbage_user_init(void)
{
    struct mmuext_op op = {.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = boot_mfn(user_l4)};
    unsigned cpu = cpu_id();

    trap_hook = hook;
    *(unsigned *)trap_stack[cpu] = cpu;
    hc_stack_switch(FLAT_KERNEL_SS, U64(trap_stack[cpu]) + STACK_SIZE);
    if (cpu == 0) {
        memcpy(user_l4 + 511 * 8, (char *)boot_info->pt_base + 511 * 8, 8);
        hc_update_va_mapping(U64(user_l4), boot_mfn(user_l4) << PAGE_SHIFT | PTE_P | PTE_U | PTE_A,
                             UVMF_INVLPG);
    }
    if (hc_mmuext_op(&op, 1, NULL, DOMID_SELF))
        boot_printf("garbage: no user mode\n");
    else
        user_ready[cpu] = true;
}

void garbage_user(void)
{
    unsigned cpu = cpu_id();
    struct regs frame = {.rip = U64(garbage_code),
                         .cs = FLAT_USER_CS,
                         .ss = FLAT_USER_SS,
                         .rsp = U64(user_stack[cpu]) + PAGE_SIZE,
                         .rflags = 2,
                         .rax = garbage_random() % 7,
                         .rcx = garbage_value(),
                         .rdx = garbage_value(),
                         .rsi = garbage_value()};

    if (!user_ready[cpu])
        return;
    if (frame.rcx >= FRONT_VIRT_BASE) /* its own image would suffer */
        frame.rcx = 0x10;
    if (frame.rsi >= FRONT_VIRT_BASE)
        frame.rsi = U64(user_stack[cpu]);
    switch (garbage_random() % 8) { /* one thing of the frame is not as it should be */
    case 0:
        frame.rip = frame.rcx;
        break;
    case 1:
        frame.cs = (uint32_t)garbage_value() | 3;
        break;
    case 2:
        frame.ss = garbage_value();
        break;
    case 3:
        frame.rflags = garbage_value() & ~0x100ul;
        break;
    case 4:
        frame.rsp = frame.rsi;
        break;
    }
    garbage_enter(&frame, &kernel_sp[cpu]);
}
