/* SPDX-License-Identifier: BSD-2-Clause */
/* physdev_op (physdev.h): the control domain's handle on interrupts and PCI devices. */
#include <hv/check.h>
#include <hv/frame.h>
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
    if (irq->kind == IRQ_GSI && irq->level)
        bit_set_atomic(eoi_map, irq->number);
    else
        bit_clear_atomic(eoi_map, irq->number);
}

static int set_eoi_map(struct vcpu *cur, uint64_t arg)
{
    struct physdev_pirq_eoi_gmfn info;
    struct frame *f;
    if (guest_read(&info, arg, sizeof(info)))
        return -XEN_EFAULT;
    if (cur->domain->privileged && eoi_map)
        return refuse(XEN_EBUSY);
    if (ptype_get_frame(cur->domain, MFN(info.gmfn), PT_WRITABLE, &f))
        return refuse(XEN_EINVAL);
    if (!cur->domain->privileged) { /* has no pirqs: its page stays as it is */
        ptype_put_frame(cur->domain, f, PT_WRITABLE);
        return 0;
    }
    eoi_map = arch_frame_ptr(MFN(info.gmfn));
    for (unsigned i = 0; i < IRQ_MAX; i++) {
        struct irq *irq = irq_find(i);
        if (irq)
            show_needs_eoi(irq);
    }
    return 0;
}

static int eoi(struct vcpu *cur, uint64_t arg)
{
    uint32_t irq;
    if (guest_read_u32(&irq, arg))
        return -XEN_EFAULT;
    if (irq >= IRQ_MAX)
        return refuse(XEN_EINVAL);
    arch_pirq_eoi(cur->domain, irq);
    return 0;
}

static int irq_status_query(uint64_t arg)
{
    struct physdev_irq_status_query q;
    if (guest_read(&q, arg, sizeof(q)))
        return -XEN_EFAULT;
    if (q.irq >= IRQ_MAX)
        return refuse(XEN_EINVAL);
    /* As Xen: who does not use the EOI page must always do the EOI. */
    q.flags = XENIRQSTAT_needs_eoi;
    return guest_write(arg, &q, sizeof(q));
}

static int map_gsi(struct physdev_map_pirq *map)
{
    struct irq *irq = map->index >= 0 ? irq_find((unsigned)map->index) : NULL;
    if (!irq || irq->kind != IRQ_GSI || (map->pirq >= 0 && map->pirq != map->index))
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
                      map->type == MAP_PIRQ_TYPE_MULTI_MSI ? 0 : map->table_base, &irq);
    if (err)
        return err;
    show_needs_eoi(irq);
    map->pirq = irq->number;
    return 0;
}

static int map_pirq(struct vcpu *cur, uint64_t arg)
{
    struct physdev_map_pirq map;
    int err;
    if (guest_read(&map, arg, sizeof(map)))
        return -XEN_EFAULT;
    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    if (map.domid != DOMID_SELF && map.domid != cur->domain->id) /* no devices but dom0's */
        return domain_find(map.domid) ? refuse(XEN_EPERM) : refuse(XEN_ESRCH);
    switch (map.type) {
    case MAP_PIRQ_TYPE_GSI:
        err = map_gsi(&map);
        break;
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        err = map_msi(&map);
        break;
    default:
        return refuse(XEN_EINVAL);
    }
    return err ? err : guest_write(arg, &map, sizeof(map));
}

static int unmap_pirq(struct vcpu *cur, uint64_t arg)
{
    struct physdev_unmap_pirq u;
    if (guest_read(&u, arg, sizeof(u)))
        return -XEN_EFAULT;
    if (!cur->domain->privileged || (u.domid != DOMID_SELF && u.domid != cur->domain->id))
        return refuse(XEN_EPERM);
    struct irq *irq = u.pirq >= 0 ? irq_find((unsigned)u.pirq) : NULL;
    if (!irq || !irq->mapped)
        return refuse(XEN_EINVAL);
    arch_pirq_unbind(cur->domain, irq->number);
    if (irq->kind == IRQ_GSI)
        irq->mapped = false;
    else
        msi_unmap(irq);
    return 0;
}

static int setup_gsi(uint64_t arg)
{
    struct physdev_setup_gsi s;
    if (guest_read(&s, arg, sizeof(s)))
        return -XEN_EFAULT;
    if (s.gsi < 0)
        return refuse(XEN_EINVAL);
    int err = irq_setup_gsi((unsigned)s.gsi, s.triggering, s.polarity);
    if (!err)
        show_needs_eoi(irq_find((unsigned)s.gsi));
    return err;
}

static int get_free_pirq(uint64_t arg)
{
    struct physdev_get_free_pirq g;
    if (guest_read(&g, arg, sizeof(g)))
        return -XEN_EFAULT;
    unsigned n = g.type == MAP_PIRQ_TYPE_GSI ? 16 : ioapic_gsi_count();
    while (n < IRQ_MAX && irq_find(n) && (g.type != MAP_PIRQ_TYPE_GSI || irq_find(n)->mapped))
        n++;
    if (n == IRQ_MAX)
        return refuse(XEN_ENOSPC);
    g.pirq = n;
    return guest_write(arg, &g, sizeof(g));
}

static int apic_access(uint64_t arg, bool write)
{
    struct physdev_apic apic;
    if (guest_read(&apic, arg, sizeof(apic)))
        return -XEN_EFAULT;
    if (!write) {
        int err = ioapic_guest_read(apic.apic_physbase, apic.reg, &apic.value);
        return err ? err : guest_write(arg, &apic, sizeof(apic));
    }
    /* Kernels older than setup_gsi give trigger (bit 15) and polarity (bit 13) this way. */
    int gsi = ioapic_register_gsi(apic.apic_physbase, apic.reg);
    if (gsi >= 0)
        irq_setup_gsi((unsigned)gsi, apic.value & 0x8000, apic.value & 0x2000);
    return gsi == -XEN_EINVAL ? gsi : 0;
}

static int alloc_irq_vector(uint64_t arg)
{
    struct physdev_irq op;
    if (guest_read(&op, arg, sizeof(op)))
        return -XEN_EFAULT;
    struct irq *irq = irq_find(op.irq);
    if (!irq || irq->kind != IRQ_GSI)
        return refuse(XEN_EINVAL);
    irq->mapped = true; /* such kernels bind without map_pirq */
    op.vector = irq->number;
    return guest_write(arg, &op, sizeof(op));
}

static int set_iopl(struct vcpu *cur, uint64_t arg)
{
    uint32_t iopl;
    if (guest_read_u32(&iopl, arg))
        return -XEN_EFAULT;
    if (iopl > 3)
        return refuse(XEN_EINVAL);
    cur->arch.iopl = (uint8_t)iopl;
    return 0;
}

static int set_iobitmap(struct vcpu *cur, uint64_t arg)
{
    struct physdev_set_iobitmap s;
    if (guest_read(&s, arg, sizeof(s)))
        return -XEN_EFAULT;
    uint64_t gva = (uint64_t)s.bitmap.p;
    if (s.nr_ports > 65536 || !guest_range_ok(gva, (s.nr_ports + 7) / 8))
        return refuse(XEN_EINVAL);
    cur->arch.iobitmap_gva = gva;
    cur->arch.iobitmap_ports = s.nr_ports;
    return 0;
}

/* Operations on a PCI function; the two argument layouts differ in the segment only. */
static int pci_op(uint64_t cmd, uint64_t arg)
{
    struct physdev_pci_device dev = {0};
    struct physdev_manage_pci old;
    bool has_segment = cmd == PHYSDEVOP_pci_device_add || cmd == PHYSDEVOP_pci_device_remove ||
                       cmd == PHYSDEVOP_restore_msi_ext || cmd == PHYSDEVOP_prepare_msix ||
                       cmd == PHYSDEVOP_release_msix;
    if (has_segment ? guest_read(&dev, arg, sizeof(dev)) : guest_read(&old, arg, sizeof(old)))
        return -XEN_EFAULT;
    if (!has_segment)
        dev = (struct physdev_pci_device){.bus = old.bus, .devfn = old.devfn};
    struct sbdf s = {.segment = dev.seg, .bus = dev.bus, .devfn = dev.devfn};
    if (cmd == PHYSDEVOP_restore_msi || cmd == PHYSDEVOP_restore_msi_ext)
        msi_restore(s);
    else if (cmd == PHYSDEVOP_pci_device_remove || cmd == PHYSDEVOP_manage_pci_remove)
        msi_forget(s);
    return 0; /* adding: nothing is kept about a device before its first interrupt */
}

static int mmcfg_reserved(uint64_t arg)
{
    struct physdev_pci_mmcfg_reserved info;
    return guest_read(&info, arg, sizeof(info)) ? -XEN_EFAULT : 0;
}

/* What only the control domain may do. */
static long privileged_op(uint64_t cmd, uint64_t arg)
{
    switch (cmd) {
    case PHYSDEVOP_setup_gsi:
        return setup_gsi(arg);
    case PHYSDEVOP_get_free_pirq:
        return get_free_pirq(arg);
    case PHYSDEVOP_apic_read:
        return apic_access(arg, false);
    case PHYSDEVOP_apic_write:
        return apic_access(arg, true);
    case PHYSDEVOP_alloc_irq_vector:
        return alloc_irq_vector(arg);
    case PHYSDEVOP_free_irq_vector:
        return 0;
    case PHYSDEVOP_pci_mmcfg_reserved:
        return mmcfg_reserved(arg);
    case PHYSDEVOP_dbgp_op:
        return refuse(XEN_ENOSYS);
    default:
        return pci_op(cmd, arg);
    }
}

long op_physdev_op(struct vcpu *cur, uint64_t cmd, uint64_t arg)
{
    switch (cmd) {
    case PHYSDEVOP_eoi:
        return eoi(cur, arg);
    case PHYSDEVOP_irq_status_query:
        return irq_status_query(arg);
    case PHYSDEVOP_set_iopl:
        return set_iopl(cur, arg);
    case PHYSDEVOP_set_iobitmap:
        return set_iobitmap(cur, arg);
    case PHYSDEVOP_pirq_eoi_gmfn_v2:
        return set_eoi_map(cur, arg);
    case PHYSDEVOP_map_pirq:
        return map_pirq(cur, arg);
    case PHYSDEVOP_unmap_pirq:
        return unmap_pirq(cur, arg);
    case PHYSDEVOP_apic_read:
    case PHYSDEVOP_apic_write:
    case PHYSDEVOP_alloc_irq_vector:
    case PHYSDEVOP_free_irq_vector:
    case PHYSDEVOP_manage_pci_add:
    case PHYSDEVOP_manage_pci_add_ext:
    case PHYSDEVOP_manage_pci_remove:
    case PHYSDEVOP_restore_msi:
    case PHYSDEVOP_restore_msi_ext:
    case PHYSDEVOP_setup_gsi:
    case PHYSDEVOP_get_free_pirq:
    case PHYSDEVOP_pci_mmcfg_reserved:
    case PHYSDEVOP_pci_device_add:
    case PHYSDEVOP_pci_device_remove:
    case PHYSDEVOP_prepare_msix:
    case PHYSDEVOP_release_msix:
    case PHYSDEVOP_dbgp_op:
        return cur->domain->privileged ? privileged_op(cmd, arg) : refuse(XEN_EPERM);
    default:
        return -XEN_ENOSYS;
    }
}
