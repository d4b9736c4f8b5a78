/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions and memory accesses that may fault: each returns 0 or TRAP_FAULT(vector, error). */
#ifndef GUEST_PROBE_H
#define GUEST_PROBE_H

#include <front/trap.h>

/* Runs one instruction without operands. */
#define probe_insn(insn)                                                                           \
    ({                                                                                             \
        uint64_t fault_ = 0;                                                                       \
        asm volatile(TRAP_PROBE(insn) : "+D"(fault_) : : "memory", "cc");                          \
        fault_;                                                                                    \
    })

static inline uint64_t probe_read(const volatile void *p, uint64_t *v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("mov (%[p]), %[v]")
                 : "+D"(fault), [v] "=&r"(*v)
                 : [p] "r"(p)
                 : "memory");
    return fault;
}

static inline uint64_t probe_write(volatile void *p, uint64_t v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("mov %[v], (%[p])") : "+D"(fault) : [v] "r"(v), [p] "r"(p) : "memory");
    return fault;
}

static inline uint64_t probe_rdmsr(uint32_t index, uint64_t *v)
{
    uint64_t fault = 0;
    uint32_t lo = 0, hi = 0;

    asm volatile(TRAP_PROBE("rdmsr") : "+D"(fault), "+a"(lo), "+d"(hi) : "c"(index));
    *v = (uint64_t)hi << 32 | lo;
    return fault;
}

static inline uint64_t probe_wrmsr(uint32_t index, uint64_t v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("wrmsr")
                 : "+D"(fault)
                 : "c"(index), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
                 : "memory");
    return fault;
}

#endif
