/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies to and from the current guest's address space; a fault ends them with -XEN_EFAULT. */
#include <asm/port.h>

/* In memory, as operands: a constant of 64 bits would be an instruction more. */
const uint64_t guest_slots_end = HV_VIRT_END, guest_hole = 1UL << 63;

/*
 * By words, indexed from the end, so that a step is four instructions; the tail by halves.  What has
 * 16 words or more goes by REP MOVS, whose start costs as much as a loop of that length.  A fault
 * anywhere between 1: and 2: leaves through 3:.
 */
static inline int copy(uint64_t dst, uint64_t src, size_t n)
{
    uint64_t i = -(n & ~7UL), t;
    int err;

    dst -= i;
    src -= i;
    __asm__ volatile(
        "1: " STAC "lea 127(%[i]), %[t]; cmp $119, %[t]; ja 8f\n" /* not 1 to 15 words */
        "6: mov (%[s], %[i]), %[t]; mov %[t], (%[d], %[i])\n"
        "   add $8, %[i]; jnz 6b\n"
        "5: test $7, %b[n]; jz 2f\n"
        "   test $4, %b[n]; jz 9f\n"
        "   mov (%[s], %[i]), %k[t]; mov %k[t], (%[d], %[i]); add $4, %[i]\n"
        "9: test $2, %b[n]; jz 7f\n"
        "   mov (%[s], %[i]), %w[t]; mov %w[t], (%[d], %[i]); add $2, %[i]\n"
        "7: test $1, %b[n]; jz 2f\n"
        "   mov (%[s], %[i]), %b[t]; mov %b[t], (%[d], %[i])\n"
        "   jmp 2f\n"
        "8: test %[t], %[t]; jns 5b\n"
        "   add %[i], %[d]; add %[i], %[s]; neg %[i]; shr $3, %[i]; rep movsq; jmp 5b\n"
        "2: " CLAC "xorl %[e], %[e]\n4:\n" GUEST_FIXUP("%[e]")
        : [i] "+c"(i), [t] "=&r"(t), [d] "+D"(dst), [s] "+S"(src), [e] "=r"(err)
        : [n] "r"(n)
        : "memory", "cc");
    return err;
}

int guest_read(void *dst, gva_t gva, size_t n)
{
    return copy((uint64_t)dst, guest_clip(gva).a, n);
}

int guest_write(gva_t gva, const void *src, size_t n)
{
    return copy(guest_clip(gva).a, (uint64_t)src, n);
}
