/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that C has no word for, and the register bits they use (Intel SDM 3A 2.5, 4; AMD APM
 * 2). */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <stdint.h>

#define CR0_PE 0x1UL
#define CR0_MP 0x2UL
#define CR0_TS 0x8UL
#define CR0_ET 0x10UL
#define CR0_NE 0x20UL
#define CR0_WP 0x10000UL
#define CR0_AM 0x40000UL
#define CR0_PG 0x80000000UL

#define CR4_VME        0x1UL
#define CR4_PVI        0x2UL
#define CR4_TSD        0x4UL
#define CR4_DE         0x8UL
#define CR4_PAE        0x20UL
#define CR4_MCE        0x40UL
#define CR4_PGE        0x80UL
#define CR4_OSFXSR     0x200UL
#define CR4_OSXMMEXCPT 0x400UL
#define CR4_UMIP       0x800UL
#define CR4_FSGSBASE   0x10000UL
#define CR4_PCIDE      0x20000UL
#define CR4_OSXSAVE    0x40000UL
#define CR4_SMEP       0x100000UL
#define CR4_SMAP       0x200000UL

#define MSR_TSC            0x10
#define MSR_APIC_BASE      0x1b
#define MSR_BIOS_SIGN_ID   0x8b
#define MSR_MTRR_CAP       0xfe
#define MSR_ARCH_CAPS      0x10a
#define MSR_MCG_CAP        0x179
#define MSR_MCG_STATUS     0x17a
#define MSR_MISC_ENABLE    0x1a0
#define MSR_DEBUGCTL       0x1d9
#define MSR_MTRR_BASE(n)   (0x200 + 2 * (n))
#define MSR_MTRR_MASK(n)   (0x201 + 2 * (n))
#define MSR_SPEC_CTRL      0x48
#define MSR_PRED_CMD       0x49
#define MSR_SYSENTER_CS    0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_PAT            0x277
#define MSR_TSC_DEADLINE   0x6e0
#define MSR_X2APIC         0x800
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_TSC_AUX        0xc0000103
#define MSR_DR1_MASK       0xc0011019 /* and of DR2 and DR3 behind it */
#define MSR_DR0_MASK       0xc0011027
#define MSR_K8_SYSCFG      0xc0010010
#define MSR_K8_HWCR        0xc0010015

#define SPEC_CTRL_IBRS      0x1u
#define SPEC_CTRL_STIBP     0x2u
#define SPEC_CTRL_SSBD      0x4u
#define SPEC_CTRL_BHI_DIS_S 0x400u

#define EFER_SCE    0x1UL
#define EFER_LME    0x100UL
#define EFER_LMA    0x400UL
#define EFER_NXE    0x800UL
#define EFER_AIBRSE (1UL << 21)

struct cpuid {
    uint32_t a, b, c, d;
};
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "a"(leaf), "c"(subleaf));
    return r;
}
static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr) : "memory");
    return lo | (uint64_t)hi << 32;
}
static inline void wrmsr(uint32_t msr, uint64_t v)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}
static inline uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return lo | (uint64_t)hi << 32;
}
/* Not before earlier loads are done: what a clock needs. */
static inline uint64_t rdtsc_ordered(void)
{
    uint32_t lo, hi;
    __asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
    return lo | (uint64_t)hi << 32;
}

#define DEFINE_PORT_IO(suffix, type)                                                               \
    static inline type in##suffix(uint16_t port)                                                   \
    {                                                                                              \
        type v;                                                                                    \
        __asm__ volatile("in" #suffix " %1, %0" : "=a"(v) : "Nd"(port) : "memory");                \
        return v;                                                                                  \
    }                                                                                              \
    static inline void out##suffix(uint16_t port, type v)                                          \
    {                                                                                              \
        __asm__ volatile("out" #suffix " %0, %1" : : "a"(v), "Nd"(port) : "memory");               \
    }
DEFINE_PORT_IO(b, uint8_t)
DEFINE_PORT_IO(w, uint16_t)
DEFINE_PORT_IO(l, uint32_t)
#undef DEFINE_PORT_IO
/* bytes: 1, 2 or 4. */
static inline uint32_t port_in(unsigned port, unsigned bytes)
{
    return bytes == 1   ? inb((uint16_t)port)
           : bytes == 2 ? inw((uint16_t)port)
                        : inl((uint16_t)port);
}
static inline void port_out(unsigned port, unsigned bytes, uint32_t v)
{
    if (bytes == 1)
        outb((uint16_t)port, (uint8_t)v);
    else if (bytes == 2)
        outw((uint16_t)port, (uint16_t)v);
    else
        outl((uint16_t)port, v);
}

#define DEFINE_REGISTER(name)                                                                      \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t v;                                                                                \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(v) : : "memory");                            \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_##name(uint64_t v)                                                    \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(v) : "memory");                                \
    }
DEFINE_REGISTER(cr0)
DEFINE_REGISTER(cr2)
DEFINE_REGISTER(cr3)
DEFINE_REGISTER(cr4)
DEFINE_REGISTER(dr0)
DEFINE_REGISTER(dr1)
DEFINE_REGISTER(dr2)
DEFINE_REGISTER(dr3)
DEFINE_REGISTER(dr6)
DEFINE_REGISTER(dr7)
#undef DEFINE_REGISTER

static inline void cpu_pause(void)
{
    __builtin_ia32_pause();
}
/* Takes what interrupts are pending, on this stack; off again afterwards. */
static inline void interrupt_window(void)
{
    __asm__ volatile("sti; nop; cli" : : : "memory");
}
/* Ends the blocking of NMIs that taking one began, and goes on here. */
static inline void unblock_nmi(void)
{
    uint64_t t;

    __asm__ volatile("mov %%ss, %k0; push %0; lea 8(%%rsp), %0; push %0; pushfq\n"
                     "mov %%cs, %k0; push %0; lea 1f(%%rip), %0; push %0; iretq\n1:"
                     : "=&r"(t)
                     :
                     : "memory", "cc");
}
static inline void invlpg(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

#endif
