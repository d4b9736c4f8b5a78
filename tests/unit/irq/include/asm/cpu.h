/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the real instructions: ports of the legacy interrupt controllers and the local APIC's
 * registers, remembered. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <stdint.h>

extern uint8_t fake_ports[256];
static inline void outb(uint16_t port, uint8_t v)
{
    fake_ports[port & 0xff] = v;
}

#define MSR_APIC_BASE    0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC       0x800

extern uint64_t fake_msr[0x900];
static inline uint64_t rdmsr(uint32_t msr)
{
    return fake_msr[msr];
}
static inline void wrmsr(uint32_t msr, uint64_t v)
{
    fake_msr[msr] = v;
}

struct cpuid {
    uint32_t a, b, c, d;
};
extern struct cpuid fake_cpuid;
static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)leaf, (void)subleaf;
    return fake_cpuid;
}
static inline void cpu_pause(void)
{
}
void interrupt_window(void); /* the test's: what comes in it */

#endif
