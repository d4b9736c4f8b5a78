/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control: what only the initial domain may do: domctl, sysctl, platform_op and physdev_op, at
 * smoke level, hypfs_op, microcode, and their refusals.
 */
#include "control.h"
#include "hypfs.h"
#include "report.h"
#include "ucode.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/platform.h>

static void test_domctl(void)
{
    static struct xen_domctl d;
    static struct xen_domctl_getdomaininfo *info = &d.u.getdomaininfo;

    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, 0), 0, "getdomaininfo of domain 0");
    check_eq(d.domain, 0, "names it");
    check_eq(info->domain, 0, "also inside");
    check_eq((long)info->tot_pages, (long)boot_info->nr_pages, "tot_pages");
    check_eq((long)info->max_vcpu_id, 1, "max_vcpu_id: two vCPUs");
    check_eq(info->nr_online_vcpus, 1, "one online");
    check(info->flags & XEN_DOMINF_running, "running");
    check(info->cpu_time > 0, "cpu_time");
    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, 77), -ESRCH, "getdomaininfo behind the last");
    d.interface_version = 1;
    check_eq(hc_domctl(&d), -EACCES, "wrong interface version");
    check_eq(domctl(&d, 9999, 0), -ENOSYS, "unknown domctl");
    check_eq(domctl(&d, XEN_DOMCTL_pausedomain, 0), -EINVAL, "pause itself");
    check_eq(domctl(&d, XEN_DOMCTL_destroydomain, 0), -EINVAL, "destroy itself");
    check_eq(domctl(&d, XEN_DOMCTL_pausedomain, 77), -ESRCH, "pause no domain");
    check_eq(domctl(&d, XEN_DOMCTL_destroydomain, DOMID_SELF), -ESRCH, "destroy DOMID_SELF");
}

static void test_life(void)
{
    static struct xen_domctl d;
    domid_t dom;

    check_eq(create_domain(&d), 0, "createdomain");
    dom = d.domain;
    check_eq(dom, 1, "is domain 1");
    check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, dom), 0, "getdomaininfo of it");
    check(d.u.getdomaininfo.flags & XEN_DOMINF_paused, "it is paused");
    d.u.max_mem.max_memkb = 8192;
    check_eq(domctl(&d, XEN_DOMCTL_max_mem, dom), 0, "max_mem");
    {
        static xen_pfn_t list[8];
        struct xen_memory_reservation r = {.nr_extents = 8, .domid = dom};

        for (unsigned i = 0; i < 8; i++)
            list[i] = i;
        set_xen_guest_handle(r.extent_start, list);
        check_eq(hc_memory_op(XENMEM_populate_physmap, &r), 8, "populate 8 pages");
        check_eq((long)boot_mfn_to_pfn(list[5]), 5, "M2P");
        check_eq(domctl(&d, XEN_DOMCTL_getdomaininfo, dom), 0, "getdomaininfo");
        check_eq((long)d.u.getdomaininfo.tot_pages, 8, "tot_pages");
        d.u.getdomaininfo.tot_pages = 0;
        {
            static char window[PAGE_SIZE] aligned_page;

            check_eq(hc_update_va_mapping_otherdomain(U64(window),
                                                      list[5] << PAGE_SHIFT | PTE_P | PTE_W | PTE_U,
                                                      UVMF_INVLPG, dom),
                     0, "map a frame of it");
            window[0] = 5;
            check_eq(hc_update_va_mapping(U64(window), 0, UVMF_INVLPG), 0, "unmap");
            check_eq(
                hc_update_va_mapping(U64(window), list[5] << PAGE_SHIFT | PTE_P | PTE_W | PTE_U, 0),
                -EBUSY, "map it as an own frame: refused");
        }
    }
    check_eq(domctl(&d, XEN_DOMCTL_unpausedomain, dom), 0, "unpause (it has no vCPU up)");
    check_eq(domctl(&d, XEN_DOMCTL_pausedomain, dom), 0, "pause");
    check_eq(domctl(&d, XEN_DOMCTL_destroydomain, dom), 0, "destroydomain");
    check_eq(domctl(&d, XEN_DOMCTL_pausedomain, dom), -ESRCH, "it is gone");
}

static void test_sysctl(void)
{
    static struct xen_sysctl s;
    static struct xen_domctl_getdomaininfo infos[4];

    check_eq(sysctl(&s, XEN_SYSCTL_physinfo), 0, "physinfo");
    check_eq(s.u.physinfo.nr_cpus, 2, "two CPUs");
    check(s.u.physinfo.total_pages > 0x10000, "total_pages");
    check(s.u.physinfo.free_pages > 0 && s.u.physinfo.free_pages < s.u.physinfo.total_pages,
          "free_pages");
    check(s.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_pv, "PV is a capability");
    memset(&s, 0, sizeof(s));
    s.u.getdomaininfolist.max_domains = 4;
    set_xen_guest_handle(s.u.getdomaininfolist.buffer, infos);
    check_eq(sysctl(&s, XEN_SYSCTL_getdomaininfolist), 0, "getdomaininfolist");
    check_eq(s.u.getdomaininfolist.num_domains, 1, "one domain");
    memset(&s, 0, sizeof(s));
    {
        static char text[4096];

        s.u.readconsole.buffer.p = text;
        s.u.readconsole.count = sizeof(text);
        check_eq(sysctl(&s, XEN_SYSCTL_readconsole), 0, "readconsole");
        check(s.u.readconsole.count > 100, "has text");
    }
    s.interface_version = 1;
    check_eq(hc_sysctl(&s), -EACCES, "wrong interface version");
    check_eq(sysctl(&s, 9999), -ENOSYS, "unknown sysctl");
}

static void test_platform(void)
{
    static struct xen_platform_op op;

    op.interface_version = XENPF_INTERFACE_VERSION;
    op.cmd = XENPF_get_cpuinfo;
    op.u.pcpu_info.xen_cpuid = 1;
    check_eq(hc_platform_op(&op), 0, "XENPF_get_cpuinfo");
    check_eq(op.u.pcpu_info.max_present, 1, "max_present");
    check(op.u.pcpu_info.flags & XEN_PCPU_FLAGS_ONLINE, "CPU 1 is online");
    op.cmd = XENPF_settime64;
    op.u.settime64.mbz = 1;
    check_eq(hc_platform_op(&op), -EINVAL, "settime64 with mbz set");
    op.u.settime64 = (struct xenpf_settime64){.secs = 1700000000, .system_time = boot_now()};
    check_eq(hc_platform_op(&op), 0, "settime64");
    check(boot_shared->wc_sec <= 1700000000 && boot_shared->wc_sec > 1700000000 - 100,
          "wall clock at hypervisor start follows (%u)", boot_shared->wc_sec);
    op.cmd = XENPF_firmware_info;
    op.u.firmware_info.type = 99;
    check_eq(hc_platform_op(&op), -EINVAL, "firmware_info of unknown type");
    op.u.firmware_info.type = XEN_FW_EFI_INFO;
    check_eq(hc_platform_op(&op), -ENOSYS, "a BIOS has no UEFI");
    op.cmd = XENPF_efi_runtime_call;
    check_eq(hc_platform_op(&op), -ENOSYS, "nor run-time services");
    op.cmd = 9999;
    check_eq(hc_platform_op(&op), -ENOSYS, "unknown platform_op");
    op.interface_version = 1;
    check_eq(hc_platform_op(&op), -EACCES, "wrong interface version");
}

static void test_physdev(void)
{
    struct physdev_eoi eoi = {.irq = 9};
    struct physdev_irq_status_query st = {.irq = 9};
    struct physdev_setup_gsi gsi = {.gsi = 9, .triggering = 1, .polarity = 0};
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 9, .pirq = 9};
    struct physdev_unmap_pirq unmap = {.domid = DOMID_SELF};
    struct physdev_apic apic = {.apic_physbase = 0xfec00000, .reg = 1};
    struct evtchn_bind_pirq bind = {.flags = BIND_PIRQ__WILL_SHARE};
    struct physdev_pci_device_add dev = {.seg = 0, .bus = 0, .devfn = 0};

    check_eq(hc_physdev_op(PHYSDEVOP_apic_read, &apic), 0, "apic_read");
    check_eq((long)(apic.value >> 16 & 0xff), 23, "I/O APIC has 24 inputs");
    check_eq(hc_physdev_op(PHYSDEVOP_setup_gsi, &gsi), 0, "setup_gsi 9");
    check_eq(hc_physdev_op(PHYSDEVOP_map_pirq, &map), 0, "map_pirq of GSI 9");
    check_eq(map.pirq, 9, "is pirq 9");
    check_eq(hc_physdev_op(PHYSDEVOP_irq_status_query, &st), 0, "irq_status_query");
    check(st.flags & XENIRQSTAT_needs_eoi, "needs an EOI");
    bind.pirq = 9;
    check_eq(hc_event_channel_op(EVTCHNOP_bind_pirq, &bind), 0, "bind_pirq");
    check_eq(hc_event_channel_op(EVTCHNOP_bind_pirq, &bind), -EEXIST, "bind it twice");
    check_eq(hc_physdev_op(PHYSDEVOP_eoi, &eoi), 0, "eoi");
    {
        struct evtchn_close c = {.port = bind.port};

        check_eq(hc_event_channel_op(EVTCHNOP_close, &c), 0, "close its port");
    }
    unmap.pirq = map.pirq;
    check_eq(hc_physdev_op(PHYSDEVOP_unmap_pirq, &unmap), 0, "unmap_pirq");
    map.index = 5000;
    map.pirq = -1;
    check(hc_physdev_op(PHYSDEVOP_map_pirq, &map) < 0, "map_pirq of GSI 5000");
    map.domid = 77;
    check_eq(hc_physdev_op(PHYSDEVOP_map_pirq, &map), -ESRCH, "map_pirq for no domain");
    eoi.irq = 9999;
    check_eq(hc_physdev_op(PHYSDEVOP_eoi, &eoi), -EINVAL, "eoi of pirq 9999");
    check_eq(hc_physdev_op(PHYSDEVOP_pci_device_add, &dev), 0, "pci_device_add of 00:00.0");
    check_eq(hc_physdev_op(999, &dev), -ENOSYS, "unknown physdev_op");
}

void test_main(void)
{
    test_domctl();
    test_life();
    test_sysctl();
    test_platform();
    test_physdev();
    test_hypfs();
    test_ucode();
}
