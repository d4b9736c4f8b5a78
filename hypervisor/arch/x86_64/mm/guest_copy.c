/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies to and from the current guest's address space; a fault ends them with -XEN_EFAULT. */
#include <asm/port.h>

/* Eight bytes a step; the tail by bytes.  A fault anywhere between 1: and 2: leaves through 3:. */
#define COPY(dst, src, n, err)                                                                     \
    do {                                                                                           \
        uint64_t words_ = (n) / 8, rest_ = (n) % 8, t_;                                            \
        __asm__ volatile("1: test %[w], %[w]; jz 5f\n"                                             \
                         "4: mov (%[s]), %[t]; mov %[t], (%[d])\n"                                 \
                         "   add $8, %[s]; add $8, %[d]; dec %[w]; jnz 4b\n"                        \
                         "5: test %[r], %[r]; jz 2f\n"                                             \
                         "6: movb (%[s]), %b[t]; movb %b[t], (%[d])\n"                              \
                         "   inc %[s]; inc %[d]; dec %[r]; jnz 6b\n"                               \
                         "2:\n"                                                                    \
                         ".pushsection .fixup,\"ax\"\n3: movl $-14, %[e]; jmp 2b\n.popsection\n"   \
                         ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"          \
                         : [d] "+r"(dst), [s] "+r"(src), [w] "+r"(words_), [r] "+r"(rest_),        \
                           [t] "=&r"(t_), [e] "+r"(err)                                            \
                         :                                                                         \
                         : "memory", "cc");                                                        \
    } while (0)

int guest_read(void *dst, uint64_t gva, size_t n)
{
    int err = 0;

    if (unlikely(!guest_range_ok(gva, n)))
        return -14;
    COPY(dst, gva, n, err);
    return err;
}

int guest_write(uint64_t gva, const void *src, size_t n)
{
    int err = 0;

    if (unlikely(!guest_range_ok(gva, n)))
        return -14;
    COPY(gva, src, n, err);
    return err;
}
