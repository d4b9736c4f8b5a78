/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI tables from anywhere.  The input is physical memory from TABLES on; its
 * first 6 words say where tables begin, and checksums are made right, so that
 * the fuzzer spends its time behind them.  Views are exact heap copies: ASan
 * sees the first byte read too far.
 */
#include <stdlib.h>
#include <string.h>

#include <hv/abi.h>
#include <asm/acpi.h>

#define SIZE   0x3000
#define RSDP   0x100
#define XSDT   0x200
#define TABLES 0x1000
#define COUNT  6

static uint8_t memory[SIZE];
static void *views[64];
static unsigned view_count;

static const void *map(paddr_t paddr, size_t len)
{
    if (paddr.a > SIZE || len > SIZE - paddr.a || view_count == 64)
        return NULL;
    views[view_count] = malloc(len);
    memcpy(views[view_count], memory + paddr.a, len);
    return views[view_count++];
}

static void seal(uint32_t at, uint32_t len, uint32_t sum_at)
{
    uint8_t sum = 0;
    memory[at + sum_at] = 0;
    for (uint32_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + memory[at + i]);
    memory[at + sum_at] = (uint8_t)-sum;
}

static void root(const uint16_t *where)
{
    uint32_t len = 36 + COUNT * 8;
    memcpy(memory + RSDP, "RSD PTR ", 8);
    memory[RSDP + 15] = 2;
    memory[RSDP + 25] = XSDT >> 8;
    seal(RSDP, 20, 8);
    seal(RSDP, 36, 32);
    memcpy(memory + XSDT, "XSDT", 4);
    memory[XSDT + 4] = (uint8_t)len;
    for (unsigned i = 0; i < COUNT; i++)
        memcpy(memory + XSDT + 36 + 8 * i, &where[i], 2);
    seal(XSDT, len, 9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char names[4][5] = {"APIC", "FACP", "MCFG", "HPET"};
    static struct acpi_info info;
    uint16_t where[COUNT];

    if (size < sizeof(where) || size > SIZE - TABLES)
        return 0;
    memset(memory, 0, SIZE);
    memcpy(where, data, sizeof(where));
    memcpy(memory + TABLES, data + sizeof(where), size - sizeof(where));
    for (unsigned i = 0; i < COUNT; i++) {
        uint32_t len;
        where[i] = (uint16_t)(TABLES + where[i] % (SIZE - TABLES - 36));
        memcpy(memory + where[i], names[memory[where[i]] & 3], 4);
        memcpy(&len, memory + where[i] + 4, 4);
        if (len >= 36 && len <= SIZE - where[i])
            seal(where[i], len, 9);
    }
    root(where);
    (void)acpi_find_rsdp(map);
    if (acpi_parse(PADDR(RSDP), map, &info))
        abort();
    if (info.cpus > HV_MAX_CPUS || info.ioapics > ACPI_MAX_IOAPICS || info.mcfgs > ACPI_MAX_MCFG)
        abort();
    while (view_count)
        free(views[--view_count]);
    return 0;
}
