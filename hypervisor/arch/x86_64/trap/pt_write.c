/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writable page tables (VMASST_TYPE_writable_pagetables): a guest kernel wrote to
 * a page table that it maps read-only.  Execute that instruction as a page-table
 * update: plain stores, exchanges, and the bit and logic operations kernels use
 * on entries.
 */
#include <hv/emul.h>
#include <hv/frame.h>
#include <hv/ptype.h>
#include <asm/paging.h>
#include <asm/trap.h>

#define FLAG_CF 0x01u
#define FLAG_PF 0x04u
#define FLAG_ZF 0x40u
#define FLAG_SF 0x80u
#define FLAG_OF 0x800u

static uint64_t size_mask(unsigned bytes)
{
    return bytes == 8 ? ~0UL : (1UL << 8 * bytes) - 1;
}

static uint64_t reg_value(struct vcpu *v, const struct insn *i)
{
    if (i->bytes == 1 && !i->rex && i->reg >= 4) /* ah, ch, dh, bh */
        return (*reg_ptr(&v->arch.regs, i->reg - 4) >> 8) & 0xff;
    return *reg_ptr(&v->arch.regs, i->reg) & size_mask(i->bytes);
}

static void set_reg(struct vcpu *v, const struct insn *i, unsigned index, uint64_t val)
{
    uint64_t *r = reg_ptr(&v->arch.regs, index);

    if (i->bytes >= 4)
        *r = val;
    else
        *r = (*r & ~size_mask(i->bytes)) | (val & size_mask(i->bytes));
}

static void set_flags(struct vcpu *v, uint32_t clear, uint32_t set)
{
    v->arch.regs.rflags = (v->arch.regs.rflags & ~(uint64_t)clear) | set;
}

static void logic_flags(struct vcpu *v, uint64_t val, unsigned bytes)
{
    uint32_t set = 0;

    val &= size_mask(bytes);
    if (!val)
        set |= FLAG_ZF;
    if (val >> (8 * bytes - 1))
        set |= FLAG_SF;
    if (!(__builtin_popcount((uint8_t)val) & 1))
        set |= FLAG_PF;
    set_flags(v, FLAG_CF | FLAG_PF | FLAG_ZF | FLAG_SF | FLAG_OF, set);
}

/* OR, AND and XOR by their number in opcodes (bits 5..3) and in ModRM; false: another. */
static bool logic(unsigned kind, uint64_t old, uint64_t by, uint64_t *val)
{
    *val = kind == 1 ? old | by : kind == 4 ? old & by : old ^ by;
    return kind == 1 || kind == 4 || kind == 6;
}

/* New value of the operand, given the old one; false: not an instruction done here. */
static bool compute(struct vcpu *v, const struct insn *i, uint64_t old, uint64_t *val, bool *bit_op)
{
    unsigned bit =
        (i->op == 0x1ba ? (unsigned)i->imm : (unsigned)reg_value(v, i)) & (i->bytes * 8u - 1);
    unsigned kind = i->op == 0x1ba ? i->raw_modrm >> 3 & 7 : 0;

    *bit_op = false;
    /* clang-format off */
    switch (i->op) {
    case 0x86: case 0x87: case 0x88: case 0x89:
        *val = reg_value(v, i);
        return true;
    case 0xc6: case 0xc7:
        *val = i->imm;
        return (i->raw_modrm >> 3 & 7) == 0;
    case 0x08: case 0x09: case 0x20: case 0x21: case 0x30: case 0x31:
        return logic(i->op >> 3, old, reg_value(v, i), val);
    case 0x80: case 0x81: case 0x83:
        return logic(i->raw_modrm >> 3 & 7, old, i->imm, val);
    case 0x1ab: case 0x1b3: case 0x1bb: case 0x1ba:
        *bit_op = true;
        if (i->op == 0x1ab || kind == 5)
            *val = old | 1UL << bit;
        else if (i->op == 0x1b3 || kind == 6)
            *val = old & ~(1UL << bit);
        else if (i->op == 0x1bb || kind == 7)
            *val = old ^ 1UL << bit;
        else
            return false;
        set_flags(v, FLAG_CF, old >> bit & 1 ? FLAG_CF : 0);
        return true;
    }
    /* clang-format on */
    return false;
}

static bool plain_store(const struct insn *i)
{
    return i->op == 0x88 || i->op == 0x89 || i->op == 0xc6 || i->op == 0xc7;
}

/* cmpxchg: the guest's own comparison first; then as a compare-and-swap of the entry. */
static bool exchange_compare(struct vcpu *v, const struct insn *i, mfn_t table, unsigned off,
                             uint64_t cur)
{
    uint64_t want = v->arch.regs.rax & size_mask(i->bytes), old = want;

    if (cur == want) {
        if (ptype_emulate_write(v, table, off, reg_value(v, i), i->bytes, true, &old))
            return false;
    } else {
        old = cur;
    }
    if (old == want) {
        set_flags(v, FLAG_ZF | FLAG_CF | FLAG_SF | FLAG_OF, FLAG_ZF);
    } else {
        set_flags(v, FLAG_ZF, 0);
        set_reg(v, i, 0, old);
    }
    return true;
}

/* entry: what the table held when it was found */
static bool perform(struct vcpu *v, const struct insn *i, mfn_t table, unsigned off, uint64_t entry)
{
    uint64_t old = entry >> (off & 7) * 8 & size_mask(i->bytes);

    for (unsigned tries = 0; tries < 16; tries++) {
        uint64_t val, seen = old;
        bool bit_op;

        if (i->op == 0x1b0 || i->op == 0x1b1)
            return exchange_compare(v, i, table, off, old);
        if (!compute(v, i, old, &val, &bit_op))
            return false;
        if (ptype_emulate_write(v, table, off, val & size_mask(i->bytes), i->bytes, !plain_store(i),
                                &seen))
            return false;
        if (!plain_store(i) && seen != old) {
            old = seen; /* another CPU was faster (A or D bit): again with the new value */
            continue;
        }
        if (i->op == 0x86 || i->op == 0x87)
            set_reg(v, i, i->reg, old);
        else if (!plain_store(i) && !bit_op)
            logic_flags(v, val, i->bytes);
        return true;
    }
    return false;
}

bool emulate_pt_write(struct vcpu *v, uint64_t address)
{
    uint8_t code[15];
    struct insn i;
    uint64_t entry;
    mfn_t table;

    if (!ptype_lookup_table(v, GVA(address), &table, &entry)) /* as Xen: level 1 only */
        return false;
    if (!runs_64bit(&v->arch.regs) || !insn_decode(code, fetch_insn(v, code), &i) || !i.mem ||
        i.op >= 0x1c0 || (i.op >= 0x120 && i.op <= 0x123) || i.op == 0x101 || i.rep || i.repne ||
        (address & (i.bytes - 1)))
        return false;
    if (!perform(v, &i, table, (unsigned)(address & (PAGE_SIZE - 1)), entry))
        return false;
    insn_done(v, i.len, 0);
    return true;
}
