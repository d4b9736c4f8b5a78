/* SPDX-License-Identifier: BSD-2-Clause */
/* See hv/emul.h.  Encodings: Intel SDM 2, chapter 2 and appendix A. */
#include <hv/emul.h>

enum {
    NONE = 0,
    PLAIN = 1, /* known, no ModRM, no immediate */
    MODRM = 2,
    IMM8 = 4,  /* one byte, sign-extended */
    IMMZ = 8,  /* operand size, at most 4 bytes */
    BYTE = 16, /* operand is one byte */
};

/* clang-format off */
static uint8_t kind_one_byte(uint8_t op)
{
    switch (op) {
    case 0x08: case 0x20: case 0x30: case 0x86: case 0x88:
        return MODRM | BYTE;
    case 0x09: case 0x21: case 0x31: case 0x87: case 0x89:
        return MODRM;
    case 0x80: case 0xc6:
        return MODRM | IMM8 | BYTE;
    case 0x81: case 0xc7:
        return MODRM | IMMZ;
    case 0x83:
        return MODRM | IMM8;
    case 0x6c: case 0x6e: case 0xec: case 0xee:
        return PLAIN | BYTE;
    case 0x6d: case 0x6f: case 0xed: case 0xef: case 0xf4: case 0xfa: case 0xfb: case 0x9c:
    case 0x9d:
        return PLAIN;
    case 0xe4: case 0xe6:
        return PLAIN | IMM8 | BYTE;
    case 0xe5: case 0xe7:
        return PLAIN | IMM8;
    }
    return NONE;
}

static uint8_t kind_two_byte(uint8_t op)
{
    switch (op) {
    case 0x06: case 0x08: case 0x09: case 0x0b: case 0x30: case 0x31: case 0x32: case 0x33:
    case 0xa2:
        return PLAIN;
    case 0x01: case 0x20: case 0x21: case 0x22: case 0x23: case 0xab: case 0xb1: case 0xb3:
    case 0xbb: case 0xc1:
        return MODRM;
    case 0xb0: case 0xc0:
        return MODRM | BYTE;
    case 0xba:
        return MODRM | IMM8;
    }
    return NONE;
}

/* clang-format on */
/* Prefixes; returns the index of the opcode, and what they said. */
static unsigned prefixes(const uint8_t *c, unsigned n, struct insn *o, bool *opsize, uint8_t *rex)
{
    unsigned i = 0;

    *opsize = false;
    *rex = 0;
    for (; i < n; i++) {
        if (c[i] == 0x66)
            *opsize = true;
        else if (c[i] == 0x67)
            o->addr32 = true;
        else if (c[i] == 0xf0)
            o->lock = true;
        else if (c[i] == 0xf2)
            o->repne = true;
        else if (c[i] == 0xf3)
            o->rep = true;
        else if (c[i] != 0x26 && c[i] != 0x2e && c[i] != 0x36 && c[i] != 0x3e && c[i] != 0x64 &&
                 c[i] != 0x65)
            break;
    }
    if (i < n && (c[i] & 0xf0) == 0x40)
        *rex = c[i++];
    return i;
}

/* Length of SIB and displacement that follow this ModRM byte; 0xff: runs off the end. */
static unsigned modrm_tail(const uint8_t *c, unsigned i, unsigned n)
{
    uint8_t mod = c[i] >> 6, rm = c[i] & 7;
    unsigned len = 0;

    if (mod == 3)
        return 0;
    if (rm == 4) {
        if (i + 1 >= n)
            return 0xff;
        len = 1;
        if (mod == 0 && (c[i + 1] & 7) == 5)
            return 5;
    } else if (mod == 0 && rm == 5) {
        return 4;
    }
    return len + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

bool insn_decode(const uint8_t *c, unsigned n, struct insn *o)
{
    uint8_t rex, kind;
    bool opsize;
    unsigned i, imm_len = 0;

    *o = (struct insn){0};
    n = min(n, (unsigned)INSN_MAX);
    i = prefixes(c, n, o, &opsize, &rex);
    if (i >= n)
        return false;
    if (c[i] == 0x0f) {
        if (++i >= n)
            return false;
        o->op = 0x100 + c[i];
        kind = kind_two_byte(c[i++]);
    } else {
        o->op = c[i];
        kind = kind_one_byte(c[i++]);
    }
    if (kind == NONE)
        return false;
    o->rex = rex != 0;
    o->bytes = kind & BYTE ? 1 : rex & 8 ? 8 : opsize ? 2 : 4;
    if (kind & MODRM) {
        unsigned tail;

        if (i >= n || (tail = modrm_tail(c, i, n)) == 0xff)
            return false;
        o->has_modrm = true;
        o->raw_modrm = c[i];
        o->mem = c[i] >> 6 != 3;
        o->reg = (uint8_t)(((c[i] >> 3) & 7) | (rex & 4) << 1);
        o->rm = (uint8_t)((c[i] & 7) | (rex & 1) << 3);
        i += 1 + tail;
    }
    if (kind & IMM8)
        imm_len = 1;
    else if (kind & IMMZ)
        imm_len = min((unsigned)o->bytes, 4u);
    if (i + imm_len > n)
        return false;
    for (unsigned k = imm_len; k--;) /* the last byte has the sign */
        o->imm = k + 1 == imm_len ? (uint64_t)(int8_t)c[i + k] : o->imm << 8 | c[i + k];
    o->len = (uint8_t)(i + imm_len);
    return true;
}
