/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hostile guests make necessary on a CPU: who needs what (cpu/spec.c, a table of facts, tested
 * on the host), and doing it (cpu/mitigate.c, cpu/barriers.S).
 */
#ifndef ASM_SPEC_H
#define ASM_SPEC_H

#include <hv/spec_options.h>

enum cpu_vendor { CPU_OTHER, CPU_INTEL, CPU_AMD, CPU_HYGON };

/* What the CPU says about itself. */
struct cpu_ident {
    enum cpu_vendor vendor;
    uint8_t family, model, stepping;
    bool is_virtual;        /* CPUID.1:ECX[31]: another hypervisor is below */
    bool has_pcid;          /* CPUID.1:ECX[17] */
    bool is_emulated;       /* by QEMU's TCG: one instruction after the other, nothing speculates */
    uint32_t c7b, c7c, c7d; /* CPUID.7.0 */
    uint32_t c72d;          /* CPUID.7.2:EDX */
    uint32_t ba, bb;        /* CPUID.B.0:EAX, EBX */
    uint32_t e8b;           /* CPUID.80000008:EBX */
    uint32_t e21a, e21c;    /* CPUID.80000021 */
    uint64_t arch_caps;     /* MSR 0x10a, or 0 */
};

enum spec_topic {
    SPEC_MELTDOWN,
    SPEC_PCID,
    SPEC_L1TF,
    SPEC_BOUNDS,
    SPEC_TARGETS,
    SPEC_RETURNS,
    SPEC_RSB,
    SPEC_HISTORY,
    SPEC_ITS,
    SPEC_SWITCH,
    SPEC_BUFFERS,
    SPEC_SIBLINGS,
    SPEC_DIVIDER,
    SPEC_ERRATA,
    SPEC_ACCESS,
    SPEC_TOPICS
};

struct spec_line {
    bool needed, on;
    const char *why;
};

struct spec {
    uint32_t alternatives;           /* bits of asm/alternative.h */
    uint64_t cr4;                    /* of SMEP, SMAP, UMIP, PCIDE */
    uint32_t spec_ctrl;              /* MSR 0x48, beside what a guest sets there; 0: not written */
    bool auto_ibrs;                  /* EFER.AIBRSE */
    bool ibpb;                       /* when another vCPU comes onto a CPU */
    bool bhb_long;                   /* the long form of the sequence */
    bool zenbleed, fpdss, locked_wc; /* bits in AMD's configuration registers */
    bool erratum_121;                /* such a CPU is refused */
    bool invpcid;                    /* of use where PCIDE is set */
    bool xpti_dom0, xpti_domu, l1tf_dom0, l1tf_domu;
    uint32_t unused_ids; /* CPUs whose APIC id has one of these bits are not used */
    struct spec_line line[SPEC_TOPICS];
};
/* Its name in /mitigations (core/hcall/hypfs.c), and the options that steer it. */
extern const struct spec_topic_name {
    const char *name, *options;
} spec_topic_names[SPEC_TOPICS];

/* Pure.  What to do on this CPU, and one line a topic about why. */
void spec_decide(const struct cpu_ident *c, const struct spec_options *o, struct spec *s);

/* Boot CPU: what it says now; microcode may change it. */
struct cpu_ident cpu_identify(void);
/* Boot CPU, before any other code relies on it: decides, prints, and switches code on. */
void spec_init(void);
uint64_t spec_cr4(void);
uint32_t spec_unused_ids(void);
bool spec_has_invpcid(void);
/* On each CPU: its registers. */
void spec_init_cpu(void);
/* Clears what a sibling could sample before this CPU sleeps. */
void spec_before_idle(void);
/* v comes onto this CPU. */
struct vcpu;
void spec_switch_to(struct vcpu *v);
/* v, which runs here, has set bits of SPEC_CTRL for itself. */
void spec_load_guest(const struct vcpu *v);
void rsb_fill(void); /* cpu/barriers.S */
/* After the frame table is there: whose not-present entries may not name RAM. */
void spec_init_l1tf(void);

#endif
