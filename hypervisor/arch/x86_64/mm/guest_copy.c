/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies to and from the current guest's address space; a fault ends them with -XEN_EFAULT. */
#include <asm/port.h>

/*
 * By words, indexed from the end, so that a step is four instructions; the tail by bytes.  A fault
 * anywhere between 1: and 2: leaves through 3:.
 */
#define COPY(dst, src, n, err)                                                                     \
    do {                                                                                           \
        uint64_t i_ = -((n) & ~7UL), rest_ = (n) % 8, t_;                                          \
        dst -= i_;                                                                                 \
        src -= i_;                                                                                 \
        __asm__ volatile("1: " STAC "test %[i], %[i]; jz 5f\n"                                     \
                         "6: mov (%[s], %[i]), %[t]; mov %[t], (%[d], %[i])\n"                     \
                         "   add $8, %[i]; jnz 6b\n"                                               \
                         "5: cmp %[i], %[r]; je 2f\n"                                              \
                         "7: movb (%[s], %[i]), %b[t]; movb %b[t], (%[d], %[i])\n"                 \
                         "   inc %[i]; cmp %[i], %[r]; jne 7b\n"                                   \
                         "2: " CLAC "xorl %[e], %[e]\n4:\n" GUEST_FIXUP("%[e]")                    \
                         : [i] "+r"(i_), [t] "=&r"(t_), [e] "=&r"(err)                             \
                         : [d] "r"(dst), [s] "r"(src), [r] "r"(rest_)                              \
                         : "memory", "cc");                                                        \
    } while (0)

int guest_read(void *dst, gva_t gva, size_t n)
{
    int err;

    if (unlikely(!guest_range_ok(gva, n)))
        return -14;
    COPY(dst, gva.a, n, err);
    return err;
}

int guest_write(gva_t gva, const void *src, size_t n)
{
    int err;

    if (unlikely(!guest_range_ok(gva, n)))
        return -14;
    COPY(gva.a, src, n, err);
    return err;
}
