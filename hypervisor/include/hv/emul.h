/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoder for the few instructions that the hypervisor executes on a guest's
 * behalf: privileged ones, port I/O, and writes to page tables.  64-bit code
 * only.  Decodes, never executes, so it can be fuzzed on the host.
 */
#ifndef HV_EMUL_H
#define HV_EMUL_H

#include <hv/types.h>

struct insn {
    uint8_t len;   /* bytes in all */
    uint16_t op;   /* opcode; two-byte ones (0F xx) as 0x100 + xx */
    uint8_t bytes; /* operand size: 1, 2, 4 or 8 */
    bool lock, rep, repne, addr32;
    bool has_modrm, mem; /* mem: the r/m operand is memory */
    uint8_t reg, rm;     /* register numbers 0..15 (reg also: opcode extension in its low 3 bits) */
    uint8_t raw_modrm;
    bool rex;     /* a REX prefix was there: byte registers 4..7 are spl.. */
    uint64_t imm; /* sign-extended to the operand size */
};

#define INSN_MAX 15
/* False: too short, too long, or not an instruction this decoder knows. */
bool insn_decode(const uint8_t *code, unsigned n, struct insn *out);

#endif
