/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space (PCI 3.0, 3.2.2.3; PCI Firmware 3.0 for MCFG); see asm/pci.h. */
#include <hv/lock.h>
#include <asm/acpi.h>
#include <asm/cpu.h>
#include <asm/mmio.h>
#include <asm/pci.h>

#define CF8     0xcf8
#define CFC     0xcfc
#define ENABLED 0x80000000u

static struct spinlock pci_lock = {.rank = LOCK_PCI}; /* address and data ports go together */

/* The data port of an access at `off`, a multiple of its size. */
static unsigned data_port(unsigned off, unsigned bytes)
{
    return CFC + (off & (4 - bytes));
}

uint32_t pci_cf8_read(uint32_t cf8, unsigned off, unsigned bytes)
{
    lock(&pci_lock);
    outl(CF8, cf8);
    uint32_t v = port_in(data_port(off, bytes), bytes);
    unlock(&pci_lock);
    return v;
}

void pci_cf8_write(uint32_t cf8, unsigned off, unsigned bytes, uint32_t value)
{
    lock(&pci_lock);
    outl(CF8, cf8);
    port_out(data_port(off, bytes), bytes, value);
    unlock(&pci_lock);
}

/* The device's page of the memory-mapped space; NULL: none. */
static volatile uint8_t *mcfg_page(struct sbdf dev) REQUIRES(pci_lock)
{
    static struct {
        paddr_t paddr;
        volatile uint8_t *p;
    } pages[16];
    static unsigned used;
    for (unsigned i = 0; i < acpi.mcfgs; i++) {
        const struct acpi_mcfg *m = &acpi.mcfg[i];
        if (m->segment != dev.segment || dev.bus < m->bus_start || dev.bus > m->bus_end)
            continue;
        const paddr_t paddr =
            paddr_add(m->paddr, (uint64_t)dev.bus << 20 | (uint64_t)dev.devfn << 12);
        for (unsigned k = 0; k < used; k++) {
            if (pages[k].paddr.a == paddr.a)
                return pages[k].p;
        }
        if (used == sizeof(pages) / sizeof(pages[0]))
            return NULL;
        pages[used].paddr = paddr;
        pages[used].p = map_mmio(paddr, PAGE_SIZE);
        return pages[used++].p;
    }
    return NULL;
}

static uint32_t port_address(struct sbdf dev, unsigned offset)
{
    return ENABLED | (uint32_t)dev.bus << 16 | (uint32_t)dev.devfn << 8 | (offset & 0xfc);
}

uint32_t pci_read(struct sbdf dev, unsigned offset, unsigned bytes)
{
    if (dev.segment == 0 && offset < 256)
        return pci_cf8_read(port_address(dev, offset), offset, bytes);
    uint32_t v = ~0u;
    lock(&pci_lock);
    volatile uint8_t *p = mcfg_page(dev);
    if (p)
        v = bytes == 1   ? p[offset]
            : bytes == 2 ? *(volatile uint16_t *)(p + offset)
                         : mmio_read32(p + offset);
    unlock(&pci_lock);
    return v;
}

void pci_write(struct sbdf dev, unsigned offset, unsigned bytes, uint32_t value)
{
    if (dev.segment == 0 && offset < 256) {
        pci_cf8_write(port_address(dev, offset), offset, bytes, value);
        return;
    }
    lock(&pci_lock);
    volatile uint8_t *p = mcfg_page(dev);
    if (p && bytes == 1)
        p[offset] = (uint8_t)value;
    else if (p && bytes == 2)
        *(volatile uint16_t *)(p + offset) = (uint16_t)value;
    else if (p)
        mmio_write32(p + offset, value);
    unlock(&pci_lock);
}

unsigned pci_find_cap(struct sbdf dev, unsigned id)
{
    if (!(pci_read(dev, PCI_STATUS, 2) & PCI_STATUS_CAPS))
        return 0;
    unsigned off = pci_read(dev, PCI_CAP_PTR, 1) & 0xfc;
    /* 48 capabilities fill the space: a longer chain is a loop. */
    for (unsigned n = 0; n < 48 && off >= 0x40; n++) {
        uint32_t head = pci_read(dev, off, 2);
        if ((head & 0xff) == 0xff)
            return 0;
        if ((head & 0xff) == id)
            return off;
        off = head >> 8 & 0xfc;
    }
    return 0;
}
