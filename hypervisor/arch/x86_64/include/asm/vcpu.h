/* SPDX-License-Identifier: BSD-2-Clause */
/* Segment bases and selectors, FPU and debug state of the vCPU on this CPU. */
#ifndef ASM_VCPU_H
#define ASM_VCPU_H

#include <hv/domain.h>
#include <hv/hcall.h>
#include <asm/cpu.h>

extern bool cpu_has_fsgsbase, cpu_has_xsave, cpu_has_xsaveopt, cpu_keeps_fpu_pointers;
extern unsigned fpu_area_size;

/* By the guest's CR4, which is loaded: the instructions exist only while it has FSGSBASE. */
#define SEGMENT_BASE(name, msr)                                                                    \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t v;                                                                                \
        if (unlikely(!(this_pcpu()->cr4 & CR4_FSGSBASE)))                                          \
            return rdmsr(msr);                                                                     \
        __asm__ volatile("rd" #name " %0" : "=r"(v));                                              \
        return v;                                                                                  \
    }                                                                                              \
    static inline void write_##name(uint64_t v)                                                    \
    {                                                                                              \
        if (likely(this_pcpu()->cr4 & CR4_FSGSBASE))                                               \
            __asm__ volatile("wr" #name " %0" ::"r"(v));                                           \
        else                                                                                       \
            wrmsr(msr, v);                                                                         \
    }
SEGMENT_BASE(fsbase, MSR_FS_BASE)
SEGMENT_BASE(gsbase, MSR_GS_BASE)
#undef SEGMENT_BASE
/* Loads a data-segment register; a selector that faults becomes null: false. */
#define LOAD_SEGMENT(name)                                                                         \
    static inline bool load_##name(uint16_t sel)                                                   \
    {                                                                                              \
        uint16_t wanted = sel;                                                                     \
                                                                                                   \
        __asm__ volatile("1: mov %w0, %%" #name "\n2:\n"                                           \
                         ".pushsection .fixup,\"ax\"\n3: xor %k0, %k0; jmp 1b\n.popsection\n"      \
                         ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"          \
                         : "+r"(sel)                                                               \
                         :                                                                         \
                         : "memory");                                                              \
        return sel == wanted;                                                                      \
    }
LOAD_SEGMENT(ds)
LOAD_SEGMENT(es)
LOAD_SEGMENT(fs)
LOAD_SEGMENT(gs)
#undef LOAD_SEGMENT

/* Guest code addresses: canonical and not the hypervisor's (a return to them would fault in ring
 * 0). */
static inline bool code_address_ok(uint64_t a)
{
    return canonical(a) && guest_range_ok(GVA(a), 1);
}

void load_debug_registers(struct vcpu *v);
/* DR6 between exceptions: no guest's status is ever in the hardware (SDM 3B 17.2.3). */
#define DR6_DEFAULT 0xffff0ff0UL
#define DR6_STATUS  0xe00fUL /* B0..B3, BD, BS, BT */
#define DR6_BS      0x4000UL
/* Makes the hardware's CR4 what this guest chose, as far as its user mode feels it. */
void load_guest_cr4(const struct vcpu *v);
/* Stays 0 on a CPU without the register. */
static inline void load_tsc_aux(const struct vcpu *v)
{
    if (unlikely(this_pcpu()->tsc_aux != v->arch.tsc_aux)) {
        this_pcpu()->tsc_aux = v->arch.tsc_aux;
        wrmsr(MSR_TSC_AUX, v->arch.tsc_aux);
    }
}
/* ds to gs as they are now into v->arch. */
static inline void save_selectors(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    __asm__("mov %%ds, %0; mov %%es, %1; mov %%fs, %2; mov %%gs, %3"
            : "=r"(a->ds), "=r"(a->es), "=r"(a->fs), "=r"(a->gs));
}
/* Is breakpoint @i of that DR7 armed, and one on ports (SDM 3B 17.2.4)?  Those never reach the
 * hardware: it would stop at the hypervisor's ports, and a guest's accesses are emulated. */
static inline bool dr7_on_ports(uint64_t dr7, unsigned i)
{
    return (dr7 >> 2 * i & 3) && (dr7 >> (16 + 4 * i) & 3) == 2;
}
/* What of a guest's DR7 the hardware gets. */
uint64_t dr7_hardware(uint64_t dr7);
/* What a guest with that CR4 may have in a debug register; adjusts reserved bits. -XEN_EPERM,
 * -XEN_ENODEV (no such). */
int debugreg_check(unsigned reg, uint64_t *val, uint64_t cr4);
/* What the entry code calls by number: a domain's calls, the control domain's (filled by
 * trap/calls.c at boot). */
extern hcall_fn entry_table[2][HCALL_MAX];
void calls_init(void);
/* The domctls on state beside struct vcpu_guest_context (vcpu/vcpu_state.c). */
long vcpu_state_domctl(struct xen_domctl *op, struct domain *d, bool *copyback);

void fpu_features_init(void); /* boot CPU: what can be saved */
void fpu_init_cpu(void);
void *fpu_alloc(void); /* a fresh area as after FNINIT, for hv_free; NULL: no memory */
/* Will XRSTOR accept it? (reserved bits of MXCSR and of the XSAVE header, SDM 1 13.8) */
bool fpu_area_valid(const uint8_t *area);
void fpu_set_legacy(uint8_t *area, const void *image);
void fpu_save(struct vcpu *v);
void fpu_restore(struct vcpu *v);

bool window_init(struct vcpu *v); /* false: no memory */
/* v's GDT has this CPU's page of entries, once its tables are loaded; and is the CPU's. */
void show_cpu_gdt(struct vcpu *v);
void load_guest_gdt(const struct vcpu *v);
void load_guest_ldt(struct vcpu *v);
void load_idle_gdt(struct pcpu *p);

#endif
