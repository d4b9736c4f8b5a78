/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder of hv/emul.h against hand-assembled instructions (objdump agrees with every one). */
#include <criterion/criterion.h>
#include <hv/emul.h>

#define DECODE(i, ...)                                                                             \
    insn_decode((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), i)

Test(decode, one_byte_privileged)
{
    struct insn i;

    cr_assert(DECODE(&i, 0xf4)); /* hlt */
    cr_assert(i.op == 0xf4 && i.len == 1 && !i.has_modrm);
    cr_assert(DECODE(&i, 0xe4, 0x61)); /* in $0x61,%al */
    cr_assert(i.op == 0xe4 && i.len == 2 && i.bytes == 1 && (uint8_t)i.imm == 0x61);
    cr_assert(DECODE(&i, 0x66, 0xef)); /* out %ax,(%dx) */
    cr_assert(i.op == 0xef && i.len == 2 && i.bytes == 2);
    cr_assert(DECODE(&i, 0xf3, 0x6d)); /* rep insl */
    cr_assert(i.op == 0x6d && i.rep && !i.repne && i.bytes == 4);
}

Test(decode, control_and_debug_registers)
{
    struct insn i;

    cr_assert(DECODE(&i, 0x0f, 0x20, 0xd8)); /* mov %cr3,%rax */
    cr_assert(i.op == 0x120 && i.reg == 3 && i.rm == 0 && !i.mem && i.len == 3);
    cr_assert(DECODE(&i, 0x44, 0x0f, 0x22, 0xc1)); /* mov %rcx,%cr8 */
    cr_assert(i.op == 0x122 && i.reg == 8 && i.rm == 1 && i.len == 4);
    cr_assert(DECODE(&i, 0x41, 0x0f, 0x23, 0xff)); /* mov %r15,%db7 */
    cr_assert(i.op == 0x123 && i.reg == 7 && i.rm == 15);
    cr_assert(DECODE(&i, 0x0f, 0x01, 0xd1)); /* xsetbv */
    cr_assert(i.op == 0x101 && i.raw_modrm == 0xd1 && i.len == 3);
}

Test(decode, stores)
{
    struct insn i;

    cr_assert(DECODE(&i, 0x48, 0x89, 0x07)); /* mov %rax,(%rdi) */
    cr_assert(i.op == 0x89 && i.bytes == 8 && i.mem && i.reg == 0 && i.rm == 7 && i.len == 3);
    cr_assert(DECODE(&i, 0x4c, 0x89, 0x44, 0xcb, 0x10)); /* mov %r8,0x10(%rbx,%rcx,8) */
    cr_assert(i.reg == 8 && i.mem && i.len == 5);
    /* movq $-2,d(%rip) */
    cr_assert(DECODE(&i, 0x48, 0xc7, 0x05, 1, 2, 3, 4, 0xfe, 0xff, 0xff, 0xff));
    cr_assert(i.len == 11 && i.bytes == 8 && i.imm == ~1UL, "immediates are sign-extended");
    cr_assert(DECODE(&i, 0x66, 0xc7, 0x00, 0x34, 0x82)); /* movw $0x8234,(%rax) */
    cr_assert(i.len == 5 && i.bytes == 2 && i.imm == 0xffffffffffff8234UL);
    cr_assert(DECODE(&i, 0x48, 0xc7, 0x04, 0x25, 1, 2, 3, 4, 0, 0, 0, 0)); /* movq $0,abs32 */
    cr_assert_eq(i.len, 12, "a SIB byte without base has 4 bytes of displacement");
    cr_assert(DECODE(&i, 0xc6, 0x80, 0, 1, 0, 0, 0x7f)); /* movb $0x7f,0x100(%rax) */
    cr_assert(i.len == 7 && i.bytes == 1 && i.imm == 0x7f);
    cr_assert(DECODE(&i, 0x48, 0x83, 0x27, 0xfe)); /* andq $-2,(%rdi) */
    cr_assert(i.op == 0x83 && i.len == 4 && i.imm == ~1UL, "of one byte, too");
}

Test(decode, locked_exchanges)
{
    struct insn i;

    cr_assert(DECODE(&i, 0xf0, 0x48, 0x0f, 0xb1, 0x0e)); /* lock cmpxchg %rcx,(%rsi) */
    cr_assert(i.op == 0x1b1 && i.lock && i.bytes == 8 && i.reg == 1 && i.len == 5);
    cr_assert(DECODE(&i, 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x06)); /* lock btrq $6,(%rdi) */
    cr_assert(i.op == 0x1ba && (i.raw_modrm >> 3 & 7) == 6 && i.imm == 6 && i.len == 6);
    cr_assert(DECODE(&i, 0x40, 0x86, 0x37)); /* xchg %sil,(%rdi) */
    cr_assert(i.rex && i.bytes == 1 && i.reg == 6, "with REX, byte register 6 is sil");
    cr_assert(DECODE(&i, 0x86, 0x37) && !i.rex, "without, dh");
}

Test(decode, rex_holds_only_right_before_the_opcode)
{
    struct insn i;

    cr_assert(!DECODE(&i, 0x48, 0x66, 0x89, 0x07), "REX, then a prefix: no opcode it knows");
    cr_assert(DECODE(&i, 0x66, 0x48, 0x89, 0x07) && i.bytes == 8, "REX.W beats 0x66");
}

Test(decode, refuses_what_it_does_not_know)
{
    struct insn i;

    cr_assert(!DECODE(&i, 0x90));       /* nop: nothing to execute for a guest */
    cr_assert(!DECODE(&i, 0x0f, 0x05)); /* syscall */
    cr_assert(!DECODE(&i, 0x0f, 0x38, 0xf1, 0x00));
    cr_assert(!DECODE(&i, 0xc5, 0xf8, 0x77)); /* VEX */
}

/* Every proper prefix of an instruction is too short, and bytes behind it do not matter. */
Test(decode, needs_all_bytes)
{
    const uint8_t code[] = {0xf0, 0x48, 0x81, 0x8c, 0x25, 1, 2, 3, 4, 5, 6, 7, 8, 0xcc, 0xcc};
    struct insn whole, longer;

    cr_assert(insn_decode(code, 13, &whole) && whole.len == 13); /* lock orq $imm32,d32(%rbp) */
    for (unsigned n = 0; n < 13; n++)
        cr_assert(!insn_decode(code, n, &longer), "%u bytes", n);
    cr_assert(insn_decode(code, 15, &longer) && longer.len == 13 && longer.imm == whole.imm);
}

/* Longer than 15 bytes is #GP on a CPU, however many prefixes repeat. */
Test(decode, length_limit)
{
    uint8_t code[32];
    struct insn i;

    memset(code, 0x66, sizeof(code));
    code[14] = 0xf4;
    cr_assert(insn_decode(code, sizeof(code), &i) && i.len == 15);
    code[14] = 0x66;
    code[15] = 0xf4;
    cr_assert(!insn_decode(code, sizeof(code), &i));
}
