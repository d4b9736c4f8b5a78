/* SPDX-License-Identifier: BSD-2-Clause */
/* UEFI's tables: what is read out of good ones, and that bad ones are none. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include <hv/abi.h>
#include <asm/efi.h>

#include "views.h"

#define SYSTEM  0x1000
#define RUNTIME 0x2000
#define VENDOR  0x3000
#define TABLES  0x4000

static struct efi_info info;
static const uint8_t acpi20[16] = {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
                                   0xbc, 0x22, 0,    0x80, 0xc7, 0x3c, 0x88, 0x81};
static const uint8_t acpi10[16] = {0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
                                   0x9a, 0x16, 0,    0x90, 0x27, 0x3f, 0xc1, 0x4d};

static void good_tables(void)
{
    memory = memory ? memset(memory, 0, SIZE) : calloc(1, SIZE);
    memcpy(memory + SYSTEM, "IBI SYST", 8);
    put(SYSTEM + 8, 4, 2 << 16 | 70);
    put(SYSTEM + 12, 4, 120);
    put(SYSTEM + 24, 8, VENDOR);
    put(SYSTEM + 32, 4, 0x10001);
    put(SYSTEM + 88, 8, RUNTIME);
    put(RUNTIME + 8, 4, 2 << 16 | 60);
    put(SYSTEM + 104, 8, 3);
    put(SYSTEM + 112, 8, TABLES);
    memcpy(memory + TABLES + 24, acpi10, 16);
    put(TABLES + 40, 8, 0xe0000);
    memcpy(memory + TABLES + 48, acpi20, 16);
    put(TABLES + 64, 8, 0x7fb7e014);
    for (unsigned i = 0; i < 5; i++)
        put(VENDOR + 2 * i, 2, (uint64_t) "EDK I"[i]);
}

static bool parse(uint64_t at)
{
    bool good = efi_parse(PADDR(at), map, &info);

    drop_views();
    cr_expect_eq(info.table_count != 0, good);
    return good;
}

TestSuite(efi, .init = good_tables, .timeout = 10);

Test(efi, good_tables_are_read)
{
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.revision, 2 << 16 | 70);
    cr_expect_eq(info.runtime_revision, 2 << 16 | 60);
    cr_expect_eq(info.vendor_revision, 0x10001);
    cr_expect_eq(info.tables.a, TABLES);
    cr_expect_eq(info.table_count, 3);
    cr_expect_eq(info.vendor[4], 'I');
    cr_expect_eq(info.vendor[5], 0);
}

Test(efi, the_newer_acpi_root_is_taken)
{
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.rsdp.a, 0x7fb7e014);
    memset(memory + TABLES + 48, 0, 16);
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.rsdp.a, 0xe0000);
    memset(memory + TABLES + 24, 0, 16);
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.rsdp.a, 0);
}

Test(efi, what_is_no_system_table_is_refused)
{
    static const struct {
        unsigned at, bytes;
        uint64_t value;
    } bad[] = {{0, 1, 'X'}, {12, 4, 119}, {104, 8, 0}, {104, 8, 257}, {112, 8, SIZE - 71}};

    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        good_tables();
        put(SYSTEM + bad[i].at, bad[i].bytes, bad[i].value);
        cr_expect_not(parse(SYSTEM), "row %u", i);
    }
    cr_expect_not(parse(SIZE - 119));
}

Test(efi, a_long_vendor_is_cut_and_ends)
{
    for (unsigned i = 0; i < 2 * EFI_VENDOR_MAX; i++)
        put(VENDOR + 2 * i, 2, 'v');
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.vendor[EFI_VENDOR_MAX - 2], 'v');
    cr_expect_eq(info.vendor[EFI_VENDOR_MAX - 1], 0);
    put(SYSTEM + 24, 8, SIZE); /* it points nowhere: no name */
    put(SYSTEM + 88, 8, SIZE);
    cr_assert(parse(SYSTEM));
    cr_expect_eq(info.vendor[0], 0);
    cr_expect_eq(info.runtime_revision, 0);
}
