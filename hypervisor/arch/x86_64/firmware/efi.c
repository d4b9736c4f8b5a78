/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine's UEFI firmware left, and what of it the control domain asks for. */
#include <hv/arch.h>
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/efi.h>

struct efi_info efi;

__init void efi_init(paddr_t system_table)
{
    if (!system_table.a)
        return;
    if (efi_parse(system_table, firmware_map, &efi))
        log_info("UEFI %u.%u: %u configuration tables at %lx\n", efi.revision >> 16,
                 (efi.revision & 0xffff) / 10, efi.table_count, efi.tables.a);
    else
        log_warn("UEFI: no system table at %lx: as if a BIOS had started us\n", system_table.a);
}

/* As much of the name as fits, with its 0 only if that fits. */
static int vendor(gva_t to, uint32_t bytes)
{
    for (unsigned i = 0; i < bytes / 2 && i < EFI_VENDOR_MAX; i++) {
        if (guest_write(gva_add(to, 2 * i), &efi.vendor[i], 2))
            return -XEN_EFAULT;
        if (!efi.vendor[i])
            break;
    }
    return 0;
}

int efi_firmware_info(uint32_t index, union xenpf_efi_info *info)
{
    if (!efi.table_count)
        return -XEN_ENOSYS;
    switch (index) {
    case XEN_FW_EFI_VERSION:
        info->version = efi.revision;
        return 0;
    case XEN_FW_EFI_RT_VERSION:
        info->version = efi.runtime_revision;
        return 0;
    case XEN_FW_EFI_CONFIG_TABLE:
        info->cfg.addr = efi.tables.a;
        info->cfg.nent = efi.table_count;
        return 0;
    case XEN_FW_EFI_VENDOR:
        info->vendor.revision = efi.vendor_revision;
        return vendor(GUEST_PTR(info->vendor.name), info->vendor.bufsz);
    case XEN_FW_EFI_MEM_INFO: /* its memory map was the boot loader's */
    case XEN_FW_EFI_PCI_ROM:
        return -XEN_ESRCH;
    default:
        return refuse(XEN_EINVAL);
    }
}
