/* SPDX-License-Identifier: BSD-2-Clause */
/* x86-64's inline half of hv/arch.h. */
#ifndef ASM_PORT_H
#define ASM_PORT_H

#include <hv/shared.h>
#include <hv/types.h>
#include <asm/alternative.h>
#include <asm/layout.h>
#include <asm/regs.h>
#include <asm/relax.h>

struct trap_entry {
    uint64_t address;
    uint16_t cs;
    uint8_t flags; /* TI_GET_DPL / TI_GET_IF of xen.h */
};

struct arch_domain {
    uint64_t *perdom_l3, *perdom_l2;     /* slot 260 */
    uint64_t *perdom_l1[(64 + 15) / 16]; /* 16 vCPUs a page */
    uint32_t cf8;                        /* its view of PCI's address port */
    const struct cpu_policy *policy;     /* what it sees of the CPU: asm/policy.h */
};

struct arch_vcpu {
    struct regs regs __attribute__((aligned(16)));
    char *stack;             /* C stack of the CPU it runs on */
    const void *hcall_table; /* what it may call, by number; 64 entries, none NULL */

    uint64_t kernel_sp, kernel_ss;                  /* stack_switch */
    uint64_t callback[8];                           /* by CALLBACKTYPE_* */
    uint8_t cb_masks;                               /* bit n: callback n disables events */
    uint8_t iopl;                                   /* virtual IOPL */
    bool fpu_ts;                                    /* guest's CR0.TS */
    uint8_t last_cpu;                               /* where it ran last, + 1 */
    uint64_t fs_base, gs_base_kernel, gs_base_user; /* while not running */
    uint16_t ds, es, fs, gs;
    uint64_t cr0, cr4;
    uint64_t dr[8];
    uint64_t xcr0;
    uint32_t tsc_aux;   /* MSR_TSC_AUX: what RDTSCP and RDPID say */
    uint32_t spec_ctrl; /* what its kernel set in MSR SPEC_CTRL */
    void *fpu;          /* XSAVE area */
    /* 32 entries of the per-domain page tables: GDT then LDT window */
    uint64_t *gdt_l1;
    struct trap_entry *traps; /* 256 */
    gva_t iobitmap_gva;
    unsigned iobitmap_ports;
    uint32_t ldt_mapped; /* bit n: LDT window page n is mapped */
};

extern uint64_t hv_xcr0; /* what hardware offers and we save */

static inline void *phys_to_virt(paddr_t paddr)
{
    return (void *)(DIRECT_BASE + paddr.a);
}
static inline void *arch_frame_ptr(mfn_t mfn)
{
    return (void *)(DIRECT_BASE + (mfn.n << 12));
}
static inline mfn_t arch_ptr_mfn(const void *p)
{
    return MFN(((uint64_t)p - DIRECT_BASE) >> 12);
}
static inline struct frame *frame_of(mfn_t mfn)
{
    return (struct frame *)(FRAME_TABLE + (mfn.n << 4));
}
static inline mfn_t frame_mfn(const struct frame *f)
{
    return MFN(((uint64_t)f - FRAME_TABLE) >> 4);
}
static inline uint64_t pte_read(const uint64_t *p)
{
    return shared_load(p);
}
static inline bool pte_cmpxchg(uint64_t *p, uint64_t *old, uint64_t val)
{
    return shared_cas(p, old, val);
}
static inline struct budget *arch_budget(void)
{
    return &this_pcpu()->budget;
}
void tlb_tick(void); /* just before this CPU flushes its whole TLB: see hv/tlb.h */
/* Do bits 63..47 agree, as the CPU demands of every address (SDM 1 3.3.7.1)? */
static inline bool canonical(uint64_t a)
{
    return (uint64_t)((int64_t)(a << 16) >> 16) == a;
}

/* Is [gva, gva+n) outside the hypervisor's slots?  n <= 2^40: what is beyond the end of all
 * addresses goes on at 0 and is the guest's, too. Non-canonical addresses fault and are caught. */
static inline bool guest_range_ok(gva_t gva, uint64_t n)
{
    return gva.a <= HV_VIRT_START - n || gva.a >= HV_VIRT_END;
}
/*
 * The address itself, or a non-canonical one in place of the hypervisor's slots and of the hole below
 * them: an access faults there and is caught, and one that runs ahead of a check has no branch to be
 * misled by (Spectre 1).  Of a range up to 2^40 bytes that is accessed upwards the first address
 * decides: the slots end where they are the guest's again, and below them is the hole.
 */
extern const uint64_t guest_slots_end, guest_hole;
static inline __attribute__((always_inline)) gva_t guest_clip(gva_t gva)
{
    __asm__("cmp %[end], %[a]; cmovl %[hole], %[a]"
            : [a] "+r"(gva.a)
            : [end] "m"(guest_slots_end), [hole] "m"(guest_hole)
            : "cc");
    return gva;
}
int guest_read(void *dst, gva_t gva, size_t n);
int guest_write(gva_t gva, const void *src, size_t n);

/* Of guest code in [1b, 2b), followed by CLAC and what makes err 0, up to 4b. */
#define GUEST_FIXUP(err)                                                                           \
    ".pushsection .fixup,\"ax\"\n3: " CLAC "movl $-14, " err "; jmp 4b\n.popsection\n"             \
    ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"
/* clang-format off */
/* Accesses that may fault: an entry of .fixup_table says that a fault in [1b, 2b) continues at 3b,
 * which sets the carry flag; it is clear else.  `undo`: what else is done then. */
#define guest_access(insn, undo, out, in...)                                                       \
    ({                                                                                             \
        bool faulted_;                                                                             \
        __asm__ volatile("clc\n1: " STAC insn "\n2: " CLAC                                         \
                         ".pushsection .fixup,\"ax\"\n3: " undo "stc; jmp 2b\n.popsection\n"       \
                         ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"          \
                         : "=@ccc"(faulted_), out : in : "memory");                                \
        unlikely(faulted_) ? -14 /* XEN_EFAULT */ : 0;                                             \
    })
#define TWO(a, b) a, b
#define GUEST_WORD(name, type, mov)                                                                \
    static inline int guest_read_##name(type *dst, gva_t gva)                                   \
    {                                                                                              \
        *dst = 0;                                                                                  \
        gva = guest_clip(gva);                                                                    \
        return guest_access(mov " %[m], %[v]", "xorl %k[v], %k[v]; ", [v] "=r"(*dst),              \
                            [m] "m"(*(const type *)gva.a));                                          \
    }                                                                                              \
    static inline int guest_write_##name(gva_t gva, type val)                                   \
    {                                                                                              \
        gva = guest_clip(gva);                                                                    \
        return guest_access(mov " %[v], %[m]", "", [m] "=m"(*(type *)gva.a), [v] "r"(val));          \
    }
GUEST_WORD(u16, uint16_t, "movw")
GUEST_WORD(u32, uint32_t, "movl")
GUEST_WORD(u64, uint64_t, "movq")
#undef GUEST_WORD
/* A constant number of words, unrolled: two instructions each.  After a fault some may be
 * copied. */
static inline __attribute__((always_inline)) int copy_words(uint64_t to, uint64_t from, unsigned n)
{
    uint64_t t;
    return guest_access("\n.set o_, 0\n.rept %c[n]\n mov o_(%[s]), %[t]\n mov %[t], o_(%[d])\n"
                        ".set o_, o_ + 8\n.endr", "", [t] "=&r"(t),
                        [s] "r"(from), [d] "r"(to), [n] "i"(n));
}
/* clang-format on */
/* Two words by registers, which a compiler can leave there. */
static inline __attribute__((always_inline)) int guest_read_clipped(void *dst, gva_t gva,
                                                                    unsigned n)
{
    uint64_t *to = dst;
    return n == 2 ? guest_access("mov (%[s]), %[a]\n mov 8(%[s]), %[b]", "",
                                 TWO([a] "=&r"(to[0]), [b] "=r"(to[1])), [s] "r"(gva.a))
                  : copy_words((uint64_t)dst, gva.a, n);
}
static inline __attribute__((always_inline)) int guest_read_words(void *dst, gva_t gva, unsigned n)
{
    return guest_read_clipped(dst, guest_clip(gva), n);
}
static inline __attribute__((always_inline)) int guest_write_words(gva_t gva, const void *src,
                                                                   unsigned n)
{
    return copy_words(guest_clip(gva).a, (uint64_t)src, n);
}

#endif
