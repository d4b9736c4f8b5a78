/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that boot switches on where this CPU needs it (cpu/alternative.c).
 *
 * Until then there are DS prefixes in its place, which belong to the instruction behind (the host)
 * and mean nothing in 64-bit mode (AMD APM 3 1.2.4): what is off costs no instruction.  With them
 * the host is at most 15 bytes long.  Readable by the assembler too.
 */
#ifndef ASM_ALTERNATIVE_H
#define ASM_ALTERNATIVE_H

/* What can be switched on; bits of the argument of alternatives_apply(). */
#define ALT_SMAP       0 /* the CPU has STAC and CLAC */
#define ALT_ENTRY      1 /* any of those of spec_entry */
#define ALT_EXIT       2 /* any of those of spec_exit */
#define ALT_VERW       3 /* buffers are cleared when the guest goes on */
#define ALT_IBRS       4 /* IBRS is set at entry and cleared at exit */
#define ALT_IBPB_ENTRY 5
#define ALT_RSB_ENTRY  6
#define ALT_BHB_ENTRY  7
#define ALT_DIV        8 /* the divider forgets at exit */
#define ALT_RETPOLINE  9
#define ALT_XPTI       10 /* guests run on tables of their own: trap/xpti.S */
#define ALT_PCID       11 /* and these have tags: asm/pcid.h */

#ifdef __ASSEMBLER__
/* clang-format off */
/* `code`, then `host`.  With a target that is not 0, the last 4 bytes of code become its distance
 * from the host. */
        .macro ALT feature, target, code, host:vararg
        .pushsection .alt_table, "a"
        .quad 774f, \target
        .byte \feature, 773f - 772f
772:    \code
773:    .skip 14 - (773b - 772b)
        .popsection
774:    .skip 773b - 772b, 0x3e
775:    \host
776:    .if 776b - 775b + 773b - 772b > 15
        .error "\host is too long a host"
        .endif
        .endm
/* As code: to the target. */
#define ALT_CALL ".byte 0xe8; .long 0"
#define ALT_JMP  ".byte 0xe9; .long 0"
#define ALT_VERW_CODE ".byte 0x0f, 0x00, 0x25; .long 0"
/* clang-format on */
#else

#include <hv/types.h>

/* In inline assembly: the host is whatever follows, at most 12 bytes. */
#define ALT_CODE(feature, code)                                                                    \
    ".pushsection .alt_table,\"a\"\n.quad 774f, 0\n.byte " #feature ", 773f - 772f\n"              \
    "772: " code "\n773: .skip 14 - (773b - 772b)\n.popsection\n"                                  \
    "774: .skip 773b - 772b, 0x3e\n"
/* The same, a call of a function that keeps all registers (no_caller_saved_registers). */
#define ALT_CALL_OF(feature, function)                                                             \
    ".pushsection .alt_table,\"a\"\n.quad 774f, " #function "\n.byte " #feature ", 5, 0xe8\n"      \
    ".skip 13\n.popsection\n774: .skip 5, 0x3e\n"
/* Around accesses to guest memory, which SMAP forbids elsewhere. */
#define STAC ALT_CODE(0, "stac")
#define CLAC ALT_CODE(0, "clac")

struct alternative {
    uint64_t at, target;
    uint8_t feature, length, code[14];
};
/* Puts the code of each that `features` has in its place; while nothing else runs, and before text
 * is read-only. */
void alternatives_apply(const struct alternative *from, const struct alternative *end,
                        uint32_t features);

#endif
#endif
