/* SPDX-License-Identifier: BSD-2-Clause */
/* Message-signalled interrupts (PCI 3.0, 6.8): MSI capabilities and MSI-X tables of dom0's devices.
 */
#include <hv/check.h>
#include <asm/apic.h>
#include <asm/irq.h>
#include <asm/mmio.h>
#include <asm/pci.h>

#define CONTROL      2 /* in either capability */
#define MSI_ENABLE   0x0001u
#define MSI_MULTIPLE 0x0070u
#define MSI_64BIT    0x0080
#define MSI_MASKABLE 0x0100
#define MSIX_ENABLE  0x8000
#define MSIX_SIZE    0x07ff
#define MSIX_TABLE   4
#define MSIX_BAR     7u
#define ENTRY_BYTES  16UL /* of an MSI-X table */

#define MESSAGE_BASE 0xfee00000u /* Intel SDM 3A 11.11.1: fixed, physical destination */

/* setting up and taking down: outermost of this room */
static struct spinlock msi_lock = {.rank = LOCK_MSI};
static struct {
    paddr_t paddr;
    volatile uint8_t *p;
} table_pages[128] GUARDED_BY(msi_lock); /* MSI-X tables mapped so far; mappings are permanent */
static unsigned table_pages_used GUARDED_BY(msi_lock);

static bool same_device(struct sbdf a, struct sbdf b)
{
    return a.segment == b.segment && a.bus == b.bus && a.devfn == b.devfn;
}

static volatile uint32_t *map_entry(paddr_t paddr) REQUIRES(msi_lock)
{
    const paddr_t page = PADDR(paddr.a & PAGE_MASK);
    unsigned i = 0;
    while (i < table_pages_used && table_pages[i].paddr.a != page.a)
        i++;
    if (i == ARRAY_SIZE(table_pages))
        return NULL;
    if (i == table_pages_used) {
        table_pages[i].paddr = page;
        table_pages[i].p = map_mmio(page, PAGE_SIZE);
        table_pages_used++;
    }
    return (volatile uint32_t *)(table_pages[i].p + (paddr.a & ~PAGE_MASK));
}

/* Memory address of a base address register; a virtual function has none: then what dom0 says. */
static paddr_t bar_address(struct sbdf dev, unsigned bar, paddr_t told)
{
    uint32_t lo = pci_read(dev, PCI_BAR(bar), 4);
    uint64_t addr = lo & ~0xfu;
    if (lo & 1)
        return PADDR(0);
    if ((lo & 6) == 4 && bar < 5)
        addr |= (uint64_t)pci_read(dev, PCI_BAR(bar + 1), 4) << 32;
    return PADDR(addr ? addr : told.a & ~0xfUL);
}

static int find_msix_entry(struct sbdf dev, unsigned cap, unsigned index, paddr_t told,
                           volatile uint32_t **entry) REQUIRES(msi_lock)
{
    uint32_t where = pci_read(dev, cap + MSIX_TABLE, 4);
    if (index > (pci_read(dev, cap + CONTROL, 2) & MSIX_SIZE) || (where & MSIX_BAR) > 5)
        return refuse(XEN_EINVAL);
    if (!(pci_read(dev, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
        return refuse(XEN_ENXIO);
    const paddr_t base = bar_address(dev, where & MSIX_BAR, told);
    const paddr_t paddr = paddr_add(base, (where & ~MSIX_BAR) + ENTRY_BYTES * index);
    if (!base.a || !arch_iomem_allowed(dom0, paddr_mfn(paddr)))
        return refuse(XEN_EINVAL);
    if (PAGE_SIZE - (paddr.a & ~PAGE_MASK) < ENTRY_BYTES) /* tables begin at a multiple of 8 */
        return refuse(XEN_EINVAL);
    *entry = map_entry(paddr);
    return *entry ? 0 : refuse(XEN_ENOSPC);
}

static void write_message(const struct irq *irq) REQUIRES(msi_lock)
{
    const struct msi *m = &irq->msi;
    uint32_t address = MESSAGE_BASE | cpu_apic_id[irq->cpu] << 12;
    if (m->entry) {
        mmio_write32(&m->entry[3], 1); /* masked while it changes */
        mmio_write32(&m->entry[0], address);
        mmio_write32(&m->entry[1], 0);
        mmio_write32(&m->entry[2], irq->vector);
        uint32_t control = pci_read(m->dev, m->cap + CONTROL, 2);
        pci_write(m->dev, m->cap + CONTROL, 2, control | MSIX_ENABLE);
        return;
    }
    uint32_t control = pci_read(m->dev, m->cap + CONTROL, 2) & ~(MSI_ENABLE | MSI_MULTIPLE);
    pci_write(m->dev, m->cap + CONTROL, 2, control);
    pci_write(m->dev, m->cap + 4u, 4, address);
    if (control & MSI_64BIT)
        pci_write(m->dev, m->cap + 8u, 4, 0);
    pci_write(m->dev, m->cap + (control & MSI_64BIT ? 12u : 8u), 2, irq->vector);
    pci_write(m->dev, m->cap + CONTROL, 2, control | MSI_ENABLE);
}

static void msi_mask(struct irq *irq, bool masked)
{
    struct msi *m = &irq->msi;
    if (m->entry) {
        mmio_write32(&m->entry[3], masked);
        (void)mmio_read32(&m->entry[3]); /* the write has arrived */
    } else if (m->mask_offset) {
        uint32_t v = pci_read(m->dev, m->mask_offset, 4);
        pci_write(m->dev, m->mask_offset, 4, masked ? v | 1 : v & ~1u);
    }
}

static void msi_start(struct irq *irq)
{
    msi_mask(irq, false);
}

/* The device sends nothing any more: the line's vector may be another's next. */
static void take_down(struct irq *irq) REQUIRES(msi_lock)
{
    const struct msi *m = &irq->msi;
    msi_mask(irq, true);
    if (!m->entry) { /* not all can be masked */
        uint32_t control = pci_read(m->dev, m->cap + CONTROL, 2);
        pci_write(m->dev, m->cap + CONTROL, 2, control & ~MSI_ENABLE);
    }
    irq_free(irq);
}

/* Another CPU may have been first: then the device may have a line of another number by now. */
static void msi_unmap(struct irq *irq)
{
    lock(&msi_lock);
    if (irq->mapped)
        take_down(irq);
    unlock(&msi_lock);
}

static void tell(struct irq *irq) REQUIRES(msi_lock)
{
    write_message(irq);
    msi_mask(irq, false);
}

static int msi_move(struct irq *irq)
{
    lock(&msi_lock);
    int err = irq->mapped ? irq_move(irq, tell) : 0;
    unlock(&msi_lock);
    return err;
}

const struct irq_chip msi_chip = {msi_mask, msi_start, msi_unmap, msi_move};

/* The next message line of a device from number *i on, NULL: no more. */
static struct irq *next_line(struct sbdf dev, unsigned *i)
{
    while (*i < IRQ_MAX) {
        struct irq *irq = irq_find((*i)++);
        if (irq && irq->chip == &msi_chip && same_device(irq->msi.dev, dev))
            return irq;
    }
    return NULL;
}

/* Is there a line that serves this entry (NULL: the MSI capability)? */
static bool in_use(struct sbdf dev, volatile uint32_t *entry) REQUIRES(msi_lock)
{
    const struct irq *irq;
    for (unsigned i = 0; (irq = next_line(dev, &i));)
        if (irq->msi.entry == entry)
            return true;
    return false;
}

static int map_locked(struct sbdf dev, unsigned index, paddr_t table_base, struct irq **out)
    REQUIRES(msi_lock)
{
    unsigned cap = pci_find_cap(dev, table_base.a ? PCI_CAP_MSIX : PCI_CAP_MSI);
    struct msi msi = {.dev = dev, .cap = (uint16_t)cap};
    if (!cap)
        return refuse(XEN_ENODEV);
    if (table_base.a) {
        int err = find_msix_entry(dev, cap, index, table_base, &msi.entry);
        if (err)
            return err;
    } else {
        uint32_t control = pci_read(dev, cap + CONTROL, 2);
        if (control & MSI_MASKABLE)
            msi.mask_offset = (uint16_t)(cap + (control & MSI_64BIT ? 16 : 12));
    }
    if (in_use(dev, msi.entry))
        return refuse(XEN_EEXIST);
    struct irq *irq = irq_alloc(&msi_chip);
    if (!irq)
        return refuse(XEN_ENOSPC);
    irq->msi = msi;
    msi_mask(irq, true);
    write_message(irq);
    irq->mapped = true;
    *out = irq;
    return 0;
}

int msi_map(struct sbdf dev, unsigned index, paddr_t table_base, struct irq **out)
{
    lock(&msi_lock);
    int err = map_locked(dev, index, table_base, out);
    unlock(&msi_lock);
    return err;
}

void msi_restore(struct sbdf dev)
{
    struct irq *irq;
    lock(&msi_lock);
    for (unsigned i = 0; (irq = next_line(dev, &i));) {
        write_message(irq);
        msi_mask(irq, !irq->bound);
    }
    unlock(&msi_lock);
}

void msi_forget(struct sbdf dev)
{
    struct irq *irq;
    lock(&msi_lock);
    for (unsigned i = 0; (irq = next_line(dev, &i));)
        take_down(irq);
    unlock(&msi_lock);
}
