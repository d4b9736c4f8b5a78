/* SPDX-License-Identifier: BSD-2-Clause */
/* Pure reader of UEFI's system table and configuration tables; see asm/efi.h. */
#include <hv/lib.h>
#include <asm/efi.h>
#include "../../../core/build/bytes.h"

#define SYSTEM_TABLE_LEN 120
#define SYSTEM_SIGNATURE 0x5453595320494249UL /* "IBI SYST" */
#define TABLE_LEN        24                   /* a GUID and a pointer */
#define TABLES_MAX       256                  /* firmware has some dozens */
/* EFI_ACPI_20_TABLE_GUID, EFI_ACPI_TABLE_GUID as they lie in memory (UEFI 2.10, 4.6.1). */
static const uint8_t acpi_guids[2][16] = {
    {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0, 0x80, 0xc7, 0x3c, 0x88, 0x81},
    {0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0, 0x90, 0x27, 0x3f, 0xc1, 0x4d},
};

static paddr_t find_rsdp(const uint8_t *tables, uint32_t count)
{
    for (unsigned guid = 0; guid < ARRAY_SIZE(acpi_guids); guid++) {
        for (uint32_t i = 0; i < count; i++)
            if (!memcmp(tables + i * TABLE_LEN, acpi_guids[guid], 16))
                return PADDR(bytes_u64(tables + i * TABLE_LEN + 16));
    }
    return PADDR(0);
}

bool efi_parse(paddr_t system_table, acpi_map_fn map, struct efi_info *out)
{
    const uint8_t *t = map(system_table, SYSTEM_TABLE_LEN), *p;
    uint64_t count;

    memset(out, 0, sizeof(*out));
    if (!t || bytes_u64(t) != SYSTEM_SIGNATURE || bytes_u32(t + 12) < SYSTEM_TABLE_LEN)
        return false;
    count = bytes_u64(t + 104);
    out->tables = PADDR(bytes_u64(t + 112));
    p = count && count <= TABLES_MAX ? map(out->tables, count * TABLE_LEN) : NULL;
    if (!p)
        return false;
    out->table_count = (uint32_t)count;
    out->rsdp = find_rsdp(p, out->table_count);
    out->revision = bytes_u32(t + 8);
    out->vendor_revision = bytes_u32(t + 32);
    p = map(PADDR(bytes_u64(t + 88)), TABLE_LEN);
    out->runtime_revision = p ? bytes_u32(p + 8) : 0;
    p = map(PADDR(bytes_u64(t + 24)), sizeof(out->vendor));
    for (unsigned i = 0; p && i < EFI_VENDOR_MAX - 1 && bytes_u16(p + 2 * i); i++)
        out->vendor[i] = bytes_u16(p + 2 * i);
    return true;
}
