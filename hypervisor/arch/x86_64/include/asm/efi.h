/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What UEFI firmware left behind (UEFI 2.10, 4.3 to 4.6): the control domain asks for it by
 * XENPF_firmware_info and finds ACPI and SMBIOS by it.  The boot loader has ended the boot services;
 * run-time services are not called (docs/CAVEATS.md).
 */
#ifndef ASM_EFI_H
#define ASM_EFI_H

#include <hv/abi.h>
#include <asm/acpi.h>

#define EFI_VENDOR_MAX 64

struct efi_info {
    uint32_t revision, runtime_revision, vendor_revision;
    paddr_t tables;       /* EFI_CONFIGURATION_TABLE */
    uint32_t table_count; /* 0: a BIOS started us, or the firmware's tables are damaged */
    paddr_t rsdp;         /* the newest it names, or 0 */
    uint16_t vendor[EFI_VENDOR_MAX]; /* UCS-2, ends with 0 */
};
extern struct efi_info efi;

/* Fills *out from the system table at that physical address; false: it is none.  Pure. */
bool efi_parse(paddr_t system_table, acpi_map_fn map, struct efi_info *out);
/* boot_info's system table, if there is one. */
void efi_init(paddr_t system_table);
/* XEN_FW_EFI_INFO of XENPF_firmware_info (platform.h).  0, -XEN_ENOSYS (no UEFI), -XEN_ESRCH (not
 * known), -XEN_EINVAL, -XEN_EFAULT. */
int efi_firmware_info(uint32_t index, union xenpf_efi_info *info);

#endif
