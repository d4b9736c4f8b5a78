/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI table parser: what it reads out of good tables, and that no length,
 * checksum or address in a bad one leads it astray.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include <hv/abi.h>
#include <asm/acpi.h>

#include "views.h"

static void seal(uint64_t at, size_t len, size_t sum_at)
{
    uint8_t sum = 0;
    memory[at + sum_at] = 0;
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + memory[at + i]);
    memory[at + sum_at] = (uint8_t)-sum;
}
static void header(uint64_t at, const char *sig, uint32_t len)
{
    memcpy(memory + at, sig, 4);
    put(at + 4, 4, len);
}

#define RSDP     0xe0040
#define XSDT     0x1000
#define MADT     0x2000
#define FADT     0x3000
#define HPET     0x4000
#define MCFG     0x5000
#define MADT_LEN (44 + 8 + 8 + 12 + 10 + 16 + 16)

static void fill_madt(void)
{
    uint64_t e = MADT + 44;
    header(MADT, "APIC", MADT_LEN);
    put(MADT + 36, 4, 0xfee00000);
    put(e, 8, 0x0000000100070800UL); /* LAPIC: acpi 7, apic 0, enabled */
    e += 8;
    put(e, 8, 0x0000000000080800UL | 1UL << 24); /* disabled */
    e += 8;
    put(e, 4, 0x00020c01);
    put(e + 4, 4, 0xfec00000);
    put(e + 8, 4, 0);
    e += 12;
    put(e, 4, 0x09000a02); /* ISA 9 -> GSI 20, level, low */
    put(e + 4, 4, 20);
    put(e + 8, 2, 0xf);
    e += 10;
    put(e, 4, 0x1009);
    put(e + 4, 4, 300);
    put(e + 8, 4, 1);
    put(e + 12, 4, 9);
    e += 16;
    put(e, 4, 0x1009); /* the first CPU again, as x2APIC */
    put(e + 4, 4, 0);
    put(e + 8, 4, 1);
    seal(MADT, MADT_LEN, 9);
}

static void fill_rest(void)
{
    header(FADT, "FACP", 244);
    put(FADT + 46, 2, 9);
    put(FADT + 64, 4, 0x604);
    put(FADT + 76, 4, 0x608);
    put(FADT + 108, 1, 0x32);
    put(FADT + 112, 4, 1u << 8 | 1u << 10);
    put(FADT + 116, 1, 1);
    put(FADT + 120, 8, 0xcf9);
    put(FADT + 128, 1, 0x0f);
    seal(FADT, 244, 9);
    header(HPET, "HPET", 56);
    put(HPET + 44, 8, 0xfed00000);
    seal(HPET, 56, 9);
    header(MCFG, "MCFG", 60);
    put(MCFG + 44, 8, 0xb0000000);
    put(MCFG + 54, 2, 0xff00);
    seal(MCFG, 60, 9);
}

static void fill_root(void)
{
    memcpy(memory + RSDP, "RSD PTR ", 8);
    memory[RSDP + 15] = 2;
    put(RSDP + 20, 4, 36);
    put(RSDP + 24, 8, XSDT);
    seal(RSDP, 20, 8);
    seal(RSDP, 36, 32);
    header(XSDT, "XSDT", 36 + 6 * 8);
    put(XSDT + 36, 8, MADT);
    put(XSDT + 44, 8, FADT);
    put(XSDT + 52, 8, HPET);
    put(XSDT + 60, 8, MCFG);
    put(XSDT + 68, 8, 0);
    put(XSDT + 76, 8, ~0UL); /* outside memory */
    seal(XSDT, 36 + 6 * 8, 9);
}

static void setup(void)
{
    memory = calloc(1, SIZE);
    fill_madt();
    fill_rest();
    fill_root();
}

static void teardown(void)
{
    drop_views();
    free(memory);
}
TestSuite(acpi, .init = setup, .fini = teardown);

static struct acpi_info info;

Test(acpi, finds_the_root)
{
    cr_assert_eq(acpi_find_rsdp(map).a, RSDP);
    put(0x40e, 2, 0x9fc0);
    memcpy(memory + 0x9fc10, memory + RSDP, 36);
    cr_assert_eq(acpi_find_rsdp(map).a, 0x9fc10);
    memory[0x9fc10 + 10] ^= 1; /* checksum */
    cr_assert_eq(acpi_find_rsdp(map).a, RSDP);
    memory[RSDP + 10] ^= 1;
    cr_assert_eq(acpi_find_rsdp(map).a, 0);
}

Test(acpi, reads_everything)
{
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.lapic_paddr.a, 0xfee00000);
    cr_assert_eq(info.cpus, 2);
    cr_assert_eq(info.cpu[0].apic_id, 0);
    cr_assert_eq(info.cpu[0].acpi_id, 7);
    cr_assert_eq(info.cpu[1].apic_id, 300);
    cr_assert_eq(info.cpu[1].acpi_id, 9);
    cr_assert_eq(info.ioapics, 1);
    cr_assert_eq(info.ioapic[0].paddr.a, 0xfec00000);
    cr_assert_eq(info.ioapic[0].id, 2);
    cr_assert_eq(info.isa[9].gsi, 20);
    cr_assert(info.isa[9].level && info.isa[9].low);
    cr_assert_eq(info.isa[4].gsi, 4);
    cr_assert(!info.isa[4].level && !info.isa[4].low);
    cr_assert_eq(info.pm1a_control, 0x604);
    cr_assert_eq(info.pm1b_control, 0);
    cr_assert_eq(info.pm_timer, 0x608);
    cr_assert(info.pm_timer_32bit);
    cr_assert_eq(info.century, 0x32);
    cr_assert_eq(info.reset_space, 1);
    cr_assert_eq(info.reset_address, 0xcf9);
    cr_assert_eq(info.reset_value, 0x0f);
    cr_assert_eq(info.hpet_paddr.a, 0xfed00000);
    cr_assert_eq(info.mcfgs, 1);
    cr_assert_eq(info.mcfg[0].paddr.a, 0xb0000000);
    cr_assert_eq(info.mcfg[0].bus_end, 0xff);
}

Test(acpi, old_root_when_the_new_one_is_broken)
{
    memory[XSDT + 37] ^= 1;
    put(RSDP + 16, 4, 0x6000);
    seal(RSDP, 20, 8);
    seal(RSDP, 36, 32);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), -XEN_ENOENT);
    header(0x6000, "RSDT", 40);
    put(0x6000 + 36, 4, MADT);
    seal(0x6000, 40, 9);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.cpus, 2);
    cr_assert_eq(info.hpet_paddr.a, 0);
}

Test(acpi, bad_table_is_skipped)
{
    memory[MADT + 50] ^= 1;
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.cpus, 0);
    cr_assert_eq(info.hpet_paddr.a, 0xfed00000);
}

Test(acpi, no_more_than_fits)
{
    uint32_t len = 44 + 100 * 16;
    header(MADT, "APIC", len);
    for (unsigned i = 0; i < 100; i++) {
        uint64_t e = MADT + 44 + i * 16;
        put(e, 4, 0x1009);
        put(e + 4, 4, i);
        put(e + 8, 4, 1);
        put(e + 12, 4, i);
    }
    seal(MADT, len, 9);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.cpus, HV_MAX_CPUS);
}

/* A record that claims no length, or more than its table has, ends the table. */
Test(acpi, record_lengths)
{
    static const uint8_t bad[] = {0, 1, 255};
    for (unsigned i = 0; i < 3; i++) {
        fill_madt();
        memory[MADT + 44 + 16 + 1] = bad[i]; /* the I/O APIC */
        seal(MADT, MADT_LEN, 9);
        cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
        cr_assert_eq(info.ioapics, 0);
        cr_assert_eq(info.cpus, 1);
    }
}

/* Any byte of any table may be anything: with sums made right again nothing is read out of bounds.
 */
Test(acpi, damaged_bytes)
{
    static const struct {
        uint64_t at;
        unsigned len;
    } tables[] = {{XSDT, 84}, {MADT, MADT_LEN}, {FADT, 244}, {HPET, 56}, {MCFG, 60}};
    static const uint8_t values[] = {0, 1, 7, 0x7f, 0x80, 0xff};
    for (unsigned t = 0; t < 5; t++) {
        for (unsigned o = 0; o < tables[t].len; o++) {
            for (unsigned k = 0; k < sizeof(values); k++) {
                uint64_t at = tables[t].at;
                uint8_t old = memory[at + o];
                uint32_t len;
                memory[at + o] = values[k];
                memcpy(&len, memory + at + 4, 4);
                seal(at, len < SIZE - at ? len : 36, 9);
                (void)acpi_parse(PADDR(RSDP), map, &info);
                cr_assert_leq(info.cpus, HV_MAX_CPUS);
                cr_assert_leq(info.ioapics, ACPI_MAX_IOAPICS);
                drop_views();
                memory[at + o] = old;
            }
        }
        seal(tables[t].at, tables[t].len, 9);
    }
}

/* Each table ends after each of its bytes: nothing of it is looked for behind its end. */
Test(acpi, tables_cut_short)
{
    static const struct {
        uint64_t at;
        unsigned len;
    } tables[] = {{XSDT, 84}, {MADT, MADT_LEN}, {FADT, 244}, {HPET, 56}, {MCFG, 60}};

    put(FADT + 64, 4, 0); /* look at the generic addresses, too */
    put(FADT + 172, 1, 1);
    put(FADT + 176, 8, 0x604);
    for (unsigned t = 0; t < 5; t++) {
        for (unsigned len = 0; len <= tables[t].len; len++) {
            put(tables[t].at + 4, 4, len);
            seal(tables[t].at, len < 36 ? 36 : len, 9);
            (void)acpi_parse(PADDR(RSDP), map, &info);
            if (tables[t].at == MADT)
                cr_assert_leq(info.cpus, len < 44 + 8 ? 0 : 2);
            drop_views();
        }
    }
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.pm1a_control, 0x604);
}

/* The table's last record is of any kind, and of any length that it may claim. */
Test(acpi, records_cut_short)
{
    for (unsigned type = 0; type < 16; type++) {
        for (unsigned len = 2; len < 20; len++) {
            header(MADT, "APIC", 44 + len);
            memset(memory + MADT + 44, 0, len);
            memory[MADT + 44] = (uint8_t)type;
            memory[MADT + 45] = (uint8_t)len;
            seal(MADT, 44 + len, 9);
            cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
            cr_assert_eq(info.cpus, 0);
            cr_assert_eq(info.ioapics, type == 1 && len >= 12);
            drop_views();
        }
    }
}

Test(acpi, only_bus_0_and_the_isa_lines)
{
    uint64_t e = MADT + 44 + 8 + 8 + 12;
    memory[e + 2] = 1; /* another bus */
    seal(MADT, MADT_LEN, 9);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.isa[9].gsi, 9);
    memory[e + 2] = 0;
    memory[e + 3] = ACPI_ISA_IRQS;
    seal(MADT, MADT_LEN, 9);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
        cr_assert_eq(info.isa[i].gsi, i);
}

/* An array each that a long table must not overrun. */
Test(acpi, no_more_controllers_than_fit)
{
    uint32_t len = 44 + 12 * 200;
    header(MADT, "APIC", len);
    for (unsigned i = 0; i < 200; i++) {
        put(MADT + 44 + i * 12, 4, 0x00020c01);
        put(MADT + 48 + i * 12, 8, 0xfec00000);
    }
    seal(MADT, len, 9);
    len = 44 + 16 * 100;
    header(MCFG, "MCFG", len);
    memset(memory + MCFG + 44, 0, 1600);
    put(MCFG + 44 + 10, 2, 0x0001); /* from bus 1 to bus 0: none */
    seal(MCFG, len, 9);
    cr_assert_eq(acpi_parse(PADDR(RSDP), map, &info), 0);
    cr_assert_eq(info.ioapics, ACPI_MAX_IOAPICS);
    cr_assert_eq(info.mcfgs, ACPI_MAX_MCFG);
    cr_assert_eq(info.mcfg[0].bus_end, 0);
    cr_assert_eq(info.mcfg[0].bus_start, 0);
}
