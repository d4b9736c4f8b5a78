/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O APICs (82093AA data sheet): redirection entries by global system interrupt number. */
#include <hv/abi.h>
#include <hv/lib.h>
#include <hv/lock.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/mmio.h>

#define REG_VERSION  0x01
#define REG_ENTRY(n) (0x10 + 2 * (n))
#define ENTRY_MASKED 0x10000
#define ENTRY_LEVEL  0x8000
#define ENTRY_LOW    0x2000
#define WINDOW       0x10

static struct ioapic {
    volatile uint8_t *page;
    paddr_t paddr;
    unsigned gsi_base, entries;
} ioapics[ACPI_MAX_IOAPICS];
static unsigned count, gsi_count;
/* innermost: index and data registers go together */
static struct spinlock ioapic_lock = {.rank = LOCK_IOAPIC};

static uint32_t reg_read(const struct ioapic *a, unsigned reg) REQUIRES(ioapic_lock)
{
    mmio_write32(a->page, reg);
    return mmio_read32(a->page + WINDOW);
}
static void reg_write(const struct ioapic *a, unsigned reg, uint32_t v) REQUIRES(ioapic_lock)
{
    mmio_write32(a->page, reg);
    mmio_write32(a->page + WINDOW, v);
}

static const struct ioapic *of_gsi(unsigned gsi, unsigned *pin)
{
    for (unsigned i = 0; i < count; i++) {
        *pin = gsi - ioapics[i].gsi_base;
        if (gsi >= ioapics[i].gsi_base && *pin < ioapics[i].entries)
            return &ioapics[i];
    }
    return NULL;
}

static const struct ioapic *at_paddr(paddr_t paddr)
{
    for (unsigned i = 0; i < count; i++) {
        if (ioapics[i].paddr.a == paddr.a)
            return &ioapics[i];
    }
    return NULL;
}

/* Boot is alone. */
__init void ioapic_init(void) NO_THREAD_SAFETY_ANALYSIS
{
    for (unsigned i = 0; i < acpi.ioapics; i++) {
        struct ioapic *a = &ioapics[count];
        a->paddr = acpi.ioapic[i].paddr;
        a->gsi_base = acpi.ioapic[i].gsi_base;
        a->page = map_mmio(a->paddr, 0x20);
        uint32_t version = reg_read(a, REG_VERSION);
        if (version == ~0u) {
            log_warn("I/O APIC at %lx does not answer: ignored\n", a->paddr.a);
            continue;
        }
        a->entries = (version >> 16 & 0xff) + 1;
        for (unsigned pin = 0; pin < a->entries; pin++)
            reg_write(a, REG_ENTRY(pin), ENTRY_MASKED);
        gsi_count = max(gsi_count, a->gsi_base + a->entries);
        count++;
    }
}

unsigned ioapic_gsi_count(void)
{
    return gsi_count;
}

void ioapic_route(unsigned gsi, uint8_t vector, uint32_t apic_id, bool level, bool low)
{
    unsigned pin;
    const struct ioapic *a = of_gsi(gsi, &pin);
    if (!a)
        return;
    lock(&ioapic_lock);
    reg_write(a, REG_ENTRY(pin), ENTRY_MASKED);
    reg_write(a, REG_ENTRY(pin) + 1, apic_id << 24);
    reg_write(a, REG_ENTRY(pin), vector | (level ? ENTRY_LEVEL : 0) | (low ? ENTRY_LOW : 0));
    unlock(&ioapic_lock);
}

void ioapic_mask(unsigned gsi, bool masked)
{
    unsigned pin;
    const struct ioapic *a = of_gsi(gsi, &pin);
    if (!a)
        return;
    lock(&ioapic_lock);
    uint32_t v = reg_read(a, REG_ENTRY(pin));
    reg_write(a, REG_ENTRY(pin), masked ? v | ENTRY_MASKED : v & ~(uint32_t)ENTRY_MASKED);
    unlock(&ioapic_lock);
}

int ioapic_guest_read(paddr_t paddr, uint32_t reg, uint32_t *value)
{
    const struct ioapic *a = at_paddr(paddr);
    if (!a || reg >= REG_ENTRY(a->entries))
        return -XEN_EINVAL;
    lock(&ioapic_lock);
    *value = reg_read(a, reg);
    unlock(&ioapic_lock);
    return 0;
}

int ioapic_register_gsi(paddr_t paddr, uint32_t reg)
{
    const struct ioapic *a = at_paddr(paddr);
    if (!a)
        return -XEN_EINVAL;
    if (reg < REG_ENTRY(0) || reg >= REG_ENTRY(a->entries) || (reg & 1))
        return -1;
    return (int)(a->gsi_base + (reg - REG_ENTRY(0)) / 2);
}
