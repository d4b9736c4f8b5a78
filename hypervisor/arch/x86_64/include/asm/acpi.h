/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor wants to know from the firmware's ACPI tables: MADT, FADT,
 * HPET and MCFG (ACPI 6.4, chapter 5).  AML stays dom0's business.  The parser is
 * pure: it sees memory only through the given map function, trusts no length,
 * and runs in unit tests as it is.
 */
#ifndef ASM_ACPI_H
#define ASM_ACPI_H

#include <hv/types.h>
#include <hv/bitmap.h>

#define ACPI_MAX_IOAPICS 16
#define ACPI_MAX_MCFG    8
#define ACPI_ISA_IRQS    16

struct acpi_ioapic {
    paddr_t paddr;
    uint32_t gsi_base;
    uint8_t id;
};
struct acpi_isa_irq { /* as an interrupt source override says; else gsi = irq, edge, active high */
    uint32_t gsi;
    bool level, low;
};
struct acpi_mcfg {
    paddr_t paddr;
    uint16_t segment;
    uint8_t bus_start, bus_end;
};
struct acpi_info {
    paddr_t lapic_paddr;
    unsigned cpus; /* enabled ones, in MADT order, at most HV_MAX_CPUS */
    struct {
        uint32_t apic_id, acpi_id;
    } cpu[HV_MAX_CPUS];
    unsigned ioapics;
    struct acpi_ioapic ioapic[ACPI_MAX_IOAPICS];
    struct acpi_isa_irq isa[ACPI_ISA_IRQS];
    unsigned mcfgs;
    struct acpi_mcfg mcfg[ACPI_MAX_MCFG];
    paddr_t hpet_paddr;                  /* 0: none */
    uint16_t sci;                        /* ISA interrupt number of the SCI */
    uint16_t pm1a_control, pm1b_control; /* I/O ports, 0: none */
    uint16_t pm_timer;
    bool pm_timer_32bit;
    uint8_t century;     /* CMOS register of the century, 0: none */
    uint8_t reset_space; /* 0xff: no reset register; else address space id */
    uint8_t reset_value;
    uint64_t reset_address;
};

/* Gives a readable view of [paddr, paddr+len) of physical memory, or NULL. */
typedef const void *(*acpi_map_fn)(paddr_t paddr, size_t len);
const void *firmware_map(paddr_t paddr, size_t len); /* of this machine */

/* Address of the root pointer in the BIOS area or EBDA; 0: none. */
paddr_t acpi_find_rsdp(acpi_map_fn map);
/* Fills *out from the tables under the root pointer. 0, or -XEN_ENOENT (no valid root). */
int acpi_parse(paddr_t rsdp, acpi_map_fn map, struct acpi_info *out);

/* Boot: parses the machine's tables into `acpi`; rsdp 0: look for it. */
void acpi_init(paddr_t rsdp);
extern struct acpi_info acpi;
/* S5 with the PM1 control values dom0 found in its AML: does not return. -XEN_EINVAL: bad values;
 * -XEN_EOPNOTSUPP: another state. */
struct xenpf_enter_acpi_sleep;
int acpi_sleep(const struct xenpf_enter_acpi_sleep *s);

#endif
