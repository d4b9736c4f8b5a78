/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rights: the caller or the target is not authorised (kind K of the advisories, as XSA-46, 87, 237,
 * 248, 492, 496 and 499).  An unprivileged domain asks for everything that only the control domain
 * may have, and for everything that it may do to itself but not to domain 0.
 *
 * What was possible: a sub-operation that somebody forgot to guard let any guest prepare interrupts
 * of devices that were not its own, read another domain's state, or hold a lock that the control
 * domain needed, because the lock was taken before the permission was asked for.
 * Why: the check was written once for each operation, so one was missing.
 * What must happen: each answers as if there were nothing behind it (EPERM, or "none done"), with
 * valid arguments too, and changes nothing.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/domctl.h>
#include <xen/platform.h>
#include <xen/sysctl.h>

#define DOM0     0
#define APIC_MFN 0xfee00

static void test_control_calls(void)
{
    static const uint32_t domctls[] = {XEN_DOMCTL_getdomaininfo, XEN_DOMCTL_pausedomain,
                                       XEN_DOMCTL_unpausedomain, XEN_DOMCTL_destroydomain,
                                       XEN_DOMCTL_max_mem,       XEN_DOMCTL_createdomain};
    static const uint32_t sysctls[] = {XEN_SYSCTL_readconsole, XEN_SYSCTL_physinfo,
                                       XEN_SYSCTL_getdomaininfolist, XEN_SYSCTL_debug_keys};
    static const uint32_t platform_ops[] = {XENPF_settime64, XENPF_get_cpuinfo, XENPF_cpu_offline,
                                            XENPF_enter_acpi_sleep};

    for (unsigned i = 0; i < array_size(domctls); i++) {
        struct xen_domctl d = {
            .cmd = domctls[i], .interface_version = XEN_DOMCTL_INTERFACE_VERSION, .domain = DOM0};

        check_eq(hc_domctl(&d), -EPERM, "domctl %u of domain 0", domctls[i]);
        d.domain = self_id();
        check_eq(hc_domctl(&d), -EPERM, "domctl %u of itself", domctls[i]);
    }
    for (unsigned i = 0; i < array_size(sysctls); i++) {
        struct xen_sysctl s = {.cmd = sysctls[i],
                               .interface_version = XEN_SYSCTL_INTERFACE_VERSION};

        check_eq(hc_sysctl(&s), -EPERM, "sysctl %u", sysctls[i]);
    }
    for (unsigned i = 0; i < array_size(platform_ops); i++) {
        struct xen_platform_op p = {.cmd = platform_ops[i],
                                    .interface_version = XENPF_INTERFACE_VERSION};

        check_eq(hc_platform_op(&p), -EPERM, "platform_op %u", platform_ops[i]);
    }
    check_eq(hc_hypfs_op(XEN_HYPFS_OP_read, "/", 2, NULL, 0), -EPERM, "hypfs_op");
}

static void test_interrupts(void)
{
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9, .pirq = -1};
    struct physdev_unmap_pirq unmap = {.domid = DOM0, .pirq = 9};
    struct physdev_apic apic = {.apic_physbase = 0xfec00000};
    struct physdev_setup_gsi gsi = {.gsi = 9};
    struct physdev_pci_device_add add = {.bus = 0};
    struct evtchn_bind_pirq bind = {.pirq = 9};

    check_eq(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -EPERM, "map_pirq for itself");
    map.domid = DOM0;
    check_eq(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -EPERM, "map_pirq for domain 0");
    check_eq(hc_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), -EPERM, "unmap_pirq of domain 0");
    check_eq(hc_physdev_op(PHYSDEVOP_apic_read, &apic), -EPERM, "apic_read");
    check_eq(hc_physdev_op(PHYSDEVOP_setup_gsi, &gsi), -EPERM, "setup_gsi");
    check_eq(hc_physdev_op(PHYSDEVOP_pci_device_add, &add), -EPERM, "pci_device_add");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_pirq, &bind), -EPERM, "bind_pirq");
}

static void test_events(void)
{
    struct evtchn_alloc_unbound au = {.dom = DOM0, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOM0};
    struct evtchn_status s = {.dom = DOM0, .port = 1};
    struct evtchn_reset r = {.dom = DOM0};
    struct sched_remote_shutdown down = {.domain_id = DOM0, .reason = SHUTDOWN_poweroff};
    unsigned bound = 0;

    check_eq(hc_event_channel_op(EVTCHNOP_alloc_unbound, &au), -EPERM, "alloc_unbound in domain 0");
    check_eq(hc_event_channel_op(EVTCHNOP_status, &s), -EPERM, "status of domain 0's port");
    check_eq(hc_event_channel_op(EVTCHNOP_reset, &r), -EPERM, "reset of domain 0");
    for (bi.remote_port = 0; bi.remote_port < 64; bi.remote_port++)
        bound += !hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi);
    check_eq(bound, 0, "none of domain 0's ports waits for this domain");
    check_eq(hc_sched_op(SCHEDOP_remote_shutdown, &down), -EPERM, "remote_shutdown of domain 0");
}

static void test_memory(void)
{
    static xen_pfn_t list[1];
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOM0};
    struct xen_add_to_physmap add = {.domid = DOM0, .space = XENMAPSPACE_shared_info};
    struct xen_memory_map map = {.nr_entries = 1};
    struct xen_memory_exchange ex = {0};
    domid_t dom0 = DOM0;
    long before = self_frames(), rc;

    set_xen_guest_handle(r.extent_start, list);
    check_eq(hc_memory_op(XENMEM_current_reservation, &dom0), -EPERM,
             "current_reservation of domain 0");
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), 0,
             "decrease_reservation of domain 0: none");
    check_eq(hc_memory_op(XENMEM_populate_physmap, &r), 0, "populate_physmap of domain 0: none");
    ex.in = ex.out = r;
    check_eq(hc_memory_op(XENMEM_exchange, &ex), -EPERM, "exchange in domain 0");
    rc = hc_memory_op(XENMEM_add_to_physmap, &add);
    check(rc == -EPERM || rc == -EACCES, "add_to_physmap of domain 0 (%ld)", rc);
    map.buffer.p = list;
    check_eq(hc_memory_op(XENMEM_machine_memory_map, &map), -EPERM, "machine_memory_map");
    check_eq(self_frames(), before, "it has the frames that it had");
}

static void test_tables(void)
{
    struct pt_region rg = pt_region(2);
    struct mmu_update u = {.ptr = boot_mfn(rg.l1) << PAGE_SHIFT, .val = 0};
    struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};

    check_eq(hc_mmu_update(&u, 1, NULL, DOM0), -EPERM, "mmu_update in the name of domain 0");
    check_eq(hc_mmuext_op(&op, 1, NULL, DOM0), -EPERM, "mmuext_op in the name of domain 0");
    check_eq(hc_update_va_mapping_otherdomain(rg.va, 0, 0, DOM0), -EPERM,
             "update_va_mapping of domain 0's memory");
    check_eq(pt_write(rg.l1, APIC_MFN << PAGE_SHIFT | PT_RW), -EPERM, "map the local APIC");
    check_eq(pt_write(rg.l1, APIC_MFN << PAGE_SHIFT | PT_RO), -EPERM, "map it read-only");
    check(pt_write(rg.l1, 1ul << PAGE_SHIFT | PT_RO) < 0, "map the BIOS's first pages");
    check_eq((long)rg.l1[0], 0, "nothing is mapped");
}

static void test_grants(void)
{
    static xen_pfn_t frames[1];
    struct gnttab_setup_table s = {.dom = DOM0, .nr_frames = 1};
    struct gnttab_query_size q = {.dom = DOM0};
    struct gnttab_map_grant_ref m = {.host_addr = 0, .flags = GNTMAP_host_map, .dom = DOM0};
    unsigned mapped = 0;

    set_xen_guest_handle(s.frame_list, frames);
    check_eq(hc_grant_table_op(GNTTABOP_setup_table, &s, 1), 0, "setup_table of domain 0");
    check_eq(s.status, GNTST_permission_denied, "is denied");
    check_eq(hc_grant_table_op(GNTTABOP_query_size, &q, 1), 0, "query_size of domain 0");
    check_eq(q.status, GNTST_permission_denied, "is denied");
    m.host_addr = U64(page_get());
    for (m.ref = 0; m.ref < 64; m.ref++)
        mapped += !hc_grant_table_op(GNTTABOP_map_grant_ref, &m, 1) && m.status == GNTST_okay;
    check_eq(mapped, 0, "domain 0 granted nothing to this domain");
}

/* Ports: the kernel may ask, but none is its own; they read as ones. */
static void test_ports(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    uint64_t fault = 0;
    uint32_t value = 0;

    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0, "set_iopl(1)");
    asm volatile(TRAP_PROBE("inb $0x61, %%al") : "+D"(fault), "+a"(value));
    check(fault || (uint8_t)value == 0xff, "port 0x61 tells nothing (fault %lx, %x)", fault, value);
    fault = 0, value = 0;
    asm volatile(TRAP_PROBE("inl %%dx, %%eax") : "+D"(fault), "+a"(value) : "d"(0xcf8));
    /* Its latch may be emulated: then it is the domain's own, and empty. */
    check(fault || value == ~0u || !value, "nor does the PCI address port (fault %lx, %x)", fault,
          value);
}

void test_main(void)
{
    char denied[1024] = "";

    check(!boot_is_dom0(), "this domain is unprivileged");
    test_control_calls();
    test_interrupts();
    test_events();
    test_memory();
    test_tables();
    test_grants();
    test_ports();
    check_eq(hc_console_io(CONSOLEIO_read, sizeof(denied), denied), -EPERM, "read the console");
    hc_xen_version(XENVER_commandline, denied);
    check(!strstr(denied, "dom0_mem"), "the hypervisor's command line is not told ('%.20s')",
          denied);
}
