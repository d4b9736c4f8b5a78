/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each physical CPU has for itself.  It lies at the top of the CPU's
 * memory block, whose size is a power of two, so that the stack pointer alone
 * finds it: the GS base stays the guest's.
 */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <hv/bitmap.h>
#include <hv/l4copy.h>
#include <hv/types.h>
#include <asm/layout.h>
#include <asm/mailbox.h>
#include <asm/pcid.h>

/* The 64-bit task-state segment (Intel SDM 3A 8.7); the I/O bitmap lies beyond the limit: no port
 * is open. */
struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp0, rsp1, rsp2;
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, iomap_base;
};

/* What LGDT and LIDT load. */
struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

/* Where entries from guests land while these run on tables of their own: 20 words are what the
 * deepest needs, a guest's frame for IRETQ and that of its fault. */
struct landing {
    uint64_t words[20];
    uint64_t stack[2]; /* of an IST: where its handler runs, in the CPU's block */
};

/* The writable page beside a CPU's syscall stub: all that a guest's own tables show of data
 * (trap/xpti.S). */
struct stub_data {
    uint64_t guest_rsp; /* scratch */
    uint64_t regs_end;  /* of the current vCPU */
    /* the table with everything of the guest that runs, the one it runs on */
    uint64_t full_cr3, guest_cr3;
    uint64_t scratch[4];
    struct landing landing[5]; /* of TSS.rsp0, then of each IST */
    struct tss tss;
};

struct pcpu {
    struct vcpu *current;
    struct vcpu *last_guest; /* for cpu/mitigate.c; may be gone */
    unsigned cpu;
    struct budget budget;
    struct stub_data *stub;

    /* TLB: see smp/tlb.c */
    _Atomic uint64_t flushed_at; /* clock value of the last full flush */
    struct mailbox flush;        /* WANT_*, set by others */
    uint64_t flush_page;         /* of WANT_PAGE */
    _Atomic uint32_t call_want;  /* quiescence asked for */
    bool in_window;              /* arch_preempt() lets interrupts in */

    uint64_t xcr0, cr4; /* loaded */
    uint32_t tsc_aux;   /* loaded */
    /* MSR SPEC_CTRL while the guest runs; with IBRS at entries, that too meanwhile */
    uint32_t spec_ctrl;
    uint64_t *gdt_page;     /* page 14 of every GDT used on this CPU */
    uint64_t idle_gdt;      /* address of the GDT while no guest is loaded */
    uint64_t debug_control; /* DR7 loaded */
    uint64_t retry_since;   /* TSC; how often trap/spurious.c retried since */
    unsigned retries;
    char *stack_top;           /* where guest entries start their C stack */
    struct l4copy l4copy[2];   /* of the tables of guest kernel and user mode; see vcpu/xpti.c */
    struct pcid_tag tags[2];   /* of l4copy[] */
    const struct vcpu *landed; /* whose registers the landings may have */
    struct tss tss;
} __attribute__((aligned(64)));

extern struct pcpu *pcpus[HV_MAX_CPUS];

register uint64_t stack_pointer __asm__("rsp");
static inline struct pcpu *this_pcpu(void)
{
    return (struct pcpu *)((stack_pointer | (STACK_SIZE - 1)) + 1 - sizeof(struct pcpu));
}

/* ---- boot/desc.c ---- */
/* A CPU block (asm/layout.h) with everything set that does not depend on running on it; NULL: no
 * memory. */
struct pcpu *percpu_alloc(unsigned cpu);
/* The boot CPU's block lies in the image: its holes appear when the image has its final
 * mappings. */
void percpu_guard_boot_stacks(void);
/* On the CPU itself: GDT, IDT, TSS, syscall MSRs, CR0/CR4/EFER. */
void cpu_setup(struct pcpu *p);
/* First C function of an application processor, on its own stack with the BSP's page tables. */
__attribute__((noreturn)) void ap_main(unsigned cpu);

#endif
