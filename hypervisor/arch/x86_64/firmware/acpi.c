/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads this machine's ACPI tables at boot. */
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/mmio.h>

struct acpi_info acpi;

const void *firmware_map(paddr_t paddr, size_t len)
{
    return map_mmio(paddr, len);
}

__init void acpi_init(paddr_t rsdp)
{
    if (!rsdp.a)
        rsdp = acpi_find_rsdp(firmware_map);
    if (acpi_parse(rsdp, firmware_map, &acpi))
        panic("No valid ACPI root pointer (RSDP) found: this machine cannot be driven");
    if (!acpi.cpus || !acpi.ioapics)
        panic("ACPI: the MADT names %u CPUs and %u I/O APICs", acpi.cpus, acpi.ioapics);
    log_info("ACPI: %u CPUs, %u I/O APICs, PM timer port %x, HPET %lx, %u MCFG ranges\n", acpi.cpus,
             acpi.ioapics, acpi.pm_timer, acpi.hpet_paddr.a, acpi.mcfgs);
}
