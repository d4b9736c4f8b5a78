/* SPDX-License-Identifier: BSD-2-Clause */
/* physdev_op (physdev.h): the control domain's handle on interrupts and PCI devices. */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/ptype.h>
#include <asm/apic.h>
#include <asm/irq.h>

/* dom0's page of "this pirq needs PHYSDEVOP_eoi" bits, or NULL. */
static uint64_t *eoi_map;

static void show_needs_eoi(const struct irq *irq)
{
    if (!eoi_map)
        return;
    if (irq->level)
        bit_set_atomic(eoi_map, irq->number);
    else
        bit_clear_atomic(eoi_map, irq->number);
}

/* One operation under way: its caller and our copy of its argument. */
struct call {
    struct vcpu *cur;
    unsigned cmd;
    union {
        struct physdev_pirq_eoi_gmfn eoi_map;
        struct physdev_irq_status_query query;
        struct physdev_map_pirq map;
        struct physdev_unmap_pirq unmap;
        struct physdev_setup_gsi setup;
        struct physdev_get_free_pirq free;
        struct physdev_apic apic;
        struct physdev_irq irq;
        struct physdev_set_iopl iopl;
        struct physdev_set_iobitmap iobitmap;
        struct physdev_manage_pci pci; /* restore_msi's argument begins so, too */
        struct physdev_pci_device device;
        struct physdev_pci_mmcfg_reserved mmcfg;
    };
};

static long set_eoi_map(struct call *c)
{
    struct domain *d = c->cur->domain;
    struct frame *f;
    if (d->privileged && eoi_map)
        return refuse(XEN_EBUSY);
    if (ptype_get_frame(d, MFN(c->eoi_map.gmfn), PT_WRITABLE, &f))
        return refuse(XEN_EINVAL);
    if (!d->privileged) { /* has no pirqs: its page stays as it is */
        ptype_put_frame(d, f, PT_WRITABLE);
        return 0;
    }
    eoi_map = arch_frame_ptr(frame_mfn(f));
    for (unsigned i = 0; i < IRQ_MAX; i++) {
        struct irq *irq = irq_find(i);
        if (irq)
            show_needs_eoi(irq);
    }
    return 0;
}

static long eoi(struct vcpu *cur, gva_t arg)
{
    uint32_t irq;
    if (guest_read_u32(&irq, arg))
        return -XEN_EFAULT;
    if (irq >= IRQ_MAX)
        return refuse(XEN_EINVAL);
    arch_pirq_eoi(cur->domain, irq);
    return 0;
}

static long irq_status(struct call *c)
{
    if (c->query.irq >= IRQ_MAX)
        return refuse(XEN_EINVAL);
    /* As Xen: who does not use the EOI page must always do the EOI. */
    c->query.flags = XENIRQSTAT_needs_eoi;
    return 0;
}

static int map_gsi(struct physdev_map_pirq *map)
{
    struct irq *irq = map->index >= 0 ? irq_find_gsi((unsigned)map->index) : NULL;
    if (!irq || (map->pirq >= 0 && map->pirq != map->index))
        return refuse(XEN_EINVAL);
    irq->mapped = true; /* the hypervisor's own too: binding is what it is refused */
    show_needs_eoi(irq);
    map->pirq = map->index;
    return 0;
}

static int map_msi(struct physdev_map_pirq *map)
{
    struct sbdf dev = {.bus = (uint8_t)map->bus, .devfn = (uint8_t)map->devfn};
    struct irq *irq;
    if (map->type != MAP_PIRQ_TYPE_MSI)
        dev.segment = (uint16_t)((uint32_t)map->bus >> 16);
    if (map->type == MAP_PIRQ_TYPE_MULTI_MSI && map->entry_nr != 1)
        return refuse(XEN_EOPNOTSUPP); /* Linux then asks for one */
    if (map->entry_nr < 0)
        return refuse(XEN_EINVAL);
    int err = msi_map(dev, (unsigned)map->entry_nr,
                      PADDR(map->type == MAP_PIRQ_TYPE_MULTI_MSI ? 0 : map->table_base), &irq);
    if (err)
        return err;
    show_needs_eoi(irq);
    map->pirq = irq->number;
    return 0;
}

static long map_pirq(struct call *c)
{
    const struct domain *d = c->cur->domain;
    if (!d->privileged)
        return refuse(XEN_EPERM);
    if (c->map.domid != DOMID_SELF && c->map.domid != d->id) /* no devices but dom0's */
        return domain_find(c->map.domid) ? refuse(XEN_EPERM) : refuse(XEN_ESRCH);
    switch (c->map.type) {
    case MAP_PIRQ_TYPE_GSI:
        return map_gsi(&c->map);
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        return map_msi(&c->map);
    default:
        return refuse(XEN_EINVAL);
    }
}

static long unmap_pirq(struct call *c)
{
    struct domain *d = c->cur->domain;
    if (!d->privileged || (c->unmap.domid != DOMID_SELF && c->unmap.domid != d->id))
        return refuse(XEN_EPERM);
    struct irq *irq = c->unmap.pirq >= 0 ? irq_find((unsigned)c->unmap.pirq) : NULL;
    if (!irq || !irq->mapped)
        return refuse(XEN_EINVAL);
    arch_pirq_unbind(d, irq->number);
    irq->chip->unmap(irq);
    return 0;
}

static long setup_gsi(struct call *c)
{
    if (c->setup.gsi < 0)
        return refuse(XEN_EINVAL);
    int err = irq_setup_gsi((unsigned)c->setup.gsi, c->setup.triggering, c->setup.polarity);
    if (!err)
        show_needs_eoi(irq_find((unsigned)c->setup.gsi));
    return err;
}

static long get_free_pirq(struct call *c)
{
    bool gsi = c->free.type == MAP_PIRQ_TYPE_GSI;
    unsigned n = gsi ? 16 : ioapic_gsi_count();
    while (n < IRQ_MAX && irq_find(n) && (!gsi || irq_find(n)->mapped))
        n++;
    if (n == IRQ_MAX)
        return refuse(XEN_ENOSPC);
    c->free.pirq = n;
    return 0;
}

static long apic_read(struct call *c)
{
    return ioapic_guest_read(PADDR(c->apic.apic_physbase), c->apic.reg, &c->apic.value);
}

/* Kernels older than setup_gsi give trigger (bit 15) and polarity (bit 13) this way. */
static long apic_write(struct call *c)
{
    int gsi = ioapic_register_gsi(PADDR(c->apic.apic_physbase), c->apic.reg);
    if (gsi >= 0)
        irq_setup_gsi((unsigned)gsi, c->apic.value & 0x8000, c->apic.value & 0x2000);
    return gsi == -XEN_EINVAL ? gsi : 0;
}

static long alloc_irq_vector(struct call *c)
{
    struct irq *irq = irq_find_gsi(c->irq.irq);
    if (!irq)
        return refuse(XEN_EINVAL);
    irq->mapped = true; /* such kernels bind without map_pirq */
    c->irq.vector = irq->number;
    return 0;
}

static long set_iopl(struct call *c)
{
    if (c->iopl.iopl > 3)
        return refuse(XEN_EINVAL);
    c->cur->arch.iopl = (uint8_t)c->iopl.iopl;
    return 0;
}

static long set_iobitmap(struct call *c)
{
    gva_t gva = GUEST_PTR(c->iobitmap.bitmap);
    if (c->iobitmap.nr_ports > 65536 || !guest_range_ok(gva, (c->iobitmap.nr_ports + 7) / 8))
        return refuse(XEN_EINVAL);
    c->cur->arch.iobitmap_gva = gva;
    c->cur->arch.iobitmap_ports = c->iobitmap.nr_ports;
    return 0;
}

/* Operations on a PCI function; only the newer ones tell its segment. */
static long pci_op(struct call *c)
{
    struct sbdf s = {.bus = c->pci.bus, .devfn = c->pci.devfn};
    if (c->cmd >= PHYSDEVOP_pci_device_add)
        s = (struct sbdf){c->device.seg, c->device.bus, c->device.devfn};
    if (c->cmd == PHYSDEVOP_restore_msi || c->cmd == PHYSDEVOP_restore_msi_ext)
        msi_restore(s);
    else if (c->cmd == PHYSDEVOP_pci_device_remove || c->cmd == PHYSDEVOP_manage_pci_remove)
        msi_forget(s);
    return 0; /* adding: nothing is kept about a device before its first interrupt */
}

static long nothing(struct call *)
{
    return 0;
}

#define OLD_PCI sizeof(struct physdev_manage_pci)
#define PCI     sizeof(struct physdev_pci_device)

static const struct sub_op {
    long (*run)(struct call *c);
    uint8_t size;      /* of the argument */
    bool answers;      /* which is written back */
    bool control_only; /* the control domain's */
} calls[] = {
    [PHYSDEVOP_irq_status_query] = {irq_status, sizeof(struct physdev_irq_status_query), true},
    [PHYSDEVOP_set_iopl] = {set_iopl, sizeof(struct physdev_set_iopl)},
    [PHYSDEVOP_set_iobitmap] = {set_iobitmap, sizeof(struct physdev_set_iobitmap)},
    [PHYSDEVOP_apic_read] = {apic_read, sizeof(struct physdev_apic), true, true},
    [PHYSDEVOP_apic_write] = {apic_write, sizeof(struct physdev_apic), false, true},
    [PHYSDEVOP_alloc_irq_vector] = {alloc_irq_vector, sizeof(struct physdev_irq), true, true},
    [PHYSDEVOP_free_irq_vector] = {nothing, 0, false, true},
    [PHYSDEVOP_map_pirq] = {map_pirq, sizeof(struct physdev_map_pirq), true},
    [PHYSDEVOP_unmap_pirq] = {unmap_pirq, sizeof(struct physdev_unmap_pirq)},
    [PHYSDEVOP_manage_pci_add] = {pci_op, OLD_PCI, false, true},
    [PHYSDEVOP_manage_pci_remove] = {pci_op, OLD_PCI, false, true},
    [PHYSDEVOP_restore_msi] = {pci_op, OLD_PCI, false, true},
    [PHYSDEVOP_manage_pci_add_ext] = {pci_op, OLD_PCI, false, true},
    [PHYSDEVOP_setup_gsi] = {setup_gsi, sizeof(struct physdev_setup_gsi), false, true},
    [PHYSDEVOP_get_free_pirq] = {get_free_pirq, sizeof(struct physdev_get_free_pirq), true, true},
    [PHYSDEVOP_pci_mmcfg_reserved] = {nothing, sizeof(struct physdev_pci_mmcfg_reserved), false,
                                      true},
    [PHYSDEVOP_pci_device_add] = {pci_op, PCI, false, true},
    [PHYSDEVOP_pci_device_remove] = {pci_op, PCI, false, true},
    [PHYSDEVOP_restore_msi_ext] = {pci_op, PCI, false, true},
    [PHYSDEVOP_pirq_eoi_gmfn_v2] = {set_eoi_map, sizeof(struct physdev_pirq_eoi_gmfn)},
    [PHYSDEVOP_dbgp_op] = {NULL, 0, false, true},
    [PHYSDEVOP_prepare_msix] = {pci_op, PCI, false, true},
    [PHYSDEVOP_release_msix] = {pci_op, PCI, false, true},
};

long op_physdev_op(struct vcpu *cur, unsigned cmd, gva_t arg)
{
    struct call c;
    if (likely(cmd == PHYSDEVOP_eoi))
        return eoi(cur, arg);
    budget_draw(BUDGET_FLUSH); /* a few accesses to a device's registers */
    const struct sub_op *op = &calls[index_nospec(cmd, ARRAY_SIZE(calls))];
    if (cmd < ARRAY_SIZE(calls) && op->control_only && !cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (cmd >= ARRAY_SIZE(calls) || !op->run)
        return -XEN_ENOSYS;
    c.cur = cur;
    c.cmd = cmd;
    if (op->size && guest_read(&c.map, arg, op->size))
        return -XEN_EFAULT;
    long err = op->run(&c);
    return err || !op->answers ? err : guest_write(arg, &c.map, op->size);
}
