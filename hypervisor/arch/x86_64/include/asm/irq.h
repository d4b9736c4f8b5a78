/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device interrupts.  An interrupt line's number is its pirq number: GSIs keep
 * theirs, message-signalled ones follow.  Only the control domain drives
 * hardware, so only it can bind one.
 *
 * A level GSI is masked from delivery until the guest's EOI; edges and messages
 * are acknowledged at once.
 */
#ifndef ASM_IRQ_H
#define ASM_IRQ_H

#include <hv/domain.h>
#include <hv/lock.h>

#define IRQ_MAX 1024 /* GSIs and messages together */

/* A PCI function: segment, bus, device and function. */
struct sbdf {
    uint16_t segment;
    uint8_t bus, devfn;
};

struct irq;
/* What delivers a line. */
struct irq_chip {
    void (*mask)(struct irq *irq, bool masked);
    void (*start)(struct irq *irq); /* begins delivery; it has a vector */
    void (*unmap)(struct irq *irq); /* PHYSDEVOP_unmap_pirq; nothing is bound to it */
    int (*move)(struct irq *irq);   /* irq_move() with what tells the device, and its locks */
};

struct irq {
    struct spinlock lock;
    uint16_t number;
    bool used;                   /* else it is free for irq_alloc() */
    const struct irq_chip *chip; /* stays while it is free */
    uint8_t vector;              /* 0: none yet */
    uint8_t cpu;                 /* where the vector is */
    bool level, low;             /* trigger and polarity; of a message: neither */
    bool mapped;                 /* by PHYSDEVOP_map_pirq */
    bool bound;                  /* to an event channel */
    bool in_service;             /* level: masked until EOI */
    void (*handler)(void);       /* the hypervisor's own device, or NULL */
    struct msi {
        struct sbdf dev;
        uint16_t cap;             /* configuration space offset of the capability */
        uint16_t mask_offset;     /* MSI: of its mask register, 0: has none */
        volatile uint32_t *entry; /* in the MSI-X table; NULL: MSI */
    } msi;
};

void irq_init(void); /* legacy PICs off, I/O APICs, GSI descriptors */
/* Every interrupt vector from 0x20 lands here, interrupts off. */
void irq_dispatch(unsigned vector);
/* The hypervisor takes an ISA interrupt for itself. */
int irq_own_isa(unsigned isa_irq, void (*handler)(void));
/* The line with this number if it exists. */
struct irq *irq_find(unsigned number);
struct irq *irq_find_gsi(unsigned gsi);
/* A new line behind the GSIs, with a vector, masked; NULL: none left. */
struct irq *irq_alloc(const struct irq_chip *chip);
void irq_free(struct irq *irq);
/* The line goes from this CPU, if it is here, to one where vCPUs run; `tell` has the device send it
 * there, unmasked.  -XEN_ENOSPC: it stays. */
int irq_move(struct irq *irq, void (*tell)(struct irq *irq));
/* All lines go from this CPU, which counts as none where vCPUs run any more. */
void irq_leave(void);
/* Trigger and polarity of a GSI not yet in use; -XEN_EINVAL, -XEN_EEXIST (in use with others). */
int irq_setup_gsi(unsigned gsi, bool level, bool low);

/* ---- vectors (irq/vector.c, pure) ---- */
/* A free device vector on the least loaded CPU of `cpus`; -XEN_ENOSPC. Vectors 0x30..0xef but 0x80,
 * 0x82. */
int vector_alloc(cpuset_t cpus, unsigned *cpu);
void vector_free(unsigned cpu, unsigned vector);

/* ---- messages (irq/msi.c) ---- */
/* Sets up one message interrupt of dev: table_base 0: MSI, else MSI-X entry `index`. Yields the
 * line. */
int msi_map(struct sbdf dev, unsigned index, paddr_t table_base, struct irq **out);
extern const struct irq_chip msi_chip;
/* Writes the address, data and masks again, after the device lost them. */
void msi_restore(struct sbdf dev);
void msi_forget(struct sbdf dev); /* the device went away */

/* ---- who may touch what (dev/access.c) ---- */
bool arch_ioport_allowed(const struct domain *d, unsigned port, unsigned bytes);

#endif
