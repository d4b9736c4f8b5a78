/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor keeps; see memory.h. */
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/sysctl.h>
#include "memory.h"

/* Machine RAM that neither the initial domain nor the free list has: what the hypervisor keeps. */
void report_memory(void)
{
    static struct {
        uint64_t addr, size;
        uint32_t type;
    } __attribute__((packed)) e820[128];
    static struct xen_sysctl s = {.cmd = XEN_SYSCTL_physinfo,
                                  .interface_version = XEN_SYSCTL_INTERFACE_VERSION};
    struct xen_memory_map map = {.nr_entries = array_size(e820), .buffer.p = e820};
    uint64_t ram = 0;

    if (hc_memory_op(XENMEM_machine_memory_map, &map) || hc_sysctl(&s)) {
        skip("memory kept: no memory map or no physinfo");
        return;
    }
    for (unsigned i = 0; i < map.nr_entries; i++)
        if (e820[i].type == 1)
            ram += e820[i].size >> PAGE_SHIFT;
    boot_printf("row\t%lu\tmemory kept, KiB\n",
                (ram - s.u.physinfo.free_pages - boot_info->nr_pages) * 4);
}
