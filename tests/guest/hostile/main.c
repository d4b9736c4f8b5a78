/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile: every hypercall that takes a pointer is given pointers to the hypervisor, to nothing, to
 * non-canonical space, to read-only memory, and to the last bytes before a hole; each must answer
 * an error (memory_op's reservations: 0 extents done), and the machine must be sound afterwards.
 */
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

static const struct {
    const char *name;
    uint64_t addr;
} places[] = {
    {"hypervisor", 0xffff830000000000},
    {"hypervisor text", 0xffff82d040200000},
    {"M2P end", 0xffff803fffffff00},
    {"last hypervisor byte", 0xffff87ffffffffff},
    {"below the hypervisor", 0xffff7ffffffffff9},
    {"middle of the upper half's hole", 0xbffff00000001000},
    {"start of the image without its upper bits", FRONT_VIRT_BASE & ~(3ULL << 62)},
    {"hole", 0x7f0000000000},
    {"non-canonical", 0x8000000000000000},
    {"just non-canonical", 0x0000800000000000},
    {"just canonical", 0x00007ffffffffff9},
    {"wrap-around", 0xfffffffffffffff9},
    {"before the image", FRONT_VIRT_BASE - 8},
};

/* One call: the hostile address goes into argument `arg` (0 to 2). */
static const struct {
    const char *name;
    unsigned nr, arg;
    uint64_t a[3];
    long answer; /* to the first place; the others must answer the same or another error */
} calls[] = {
    {"set_trap_table", __HYPERVISOR_set_trap_table, 0, {0}, -EFAULT},
    {"mmu_update", __HYPERVISOR_mmu_update, 0, {0, 1, 0}, -EFAULT},
    {"set_gdt", __HYPERVISOR_set_gdt, 0, {0, 512}, -EFAULT},
    {"platform_op", __HYPERVISOR_platform_op, 0, {0}, -EFAULT},
    {"memory_op decrease", __HYPERVISOR_memory_op, 1, {XENMEM_decrease_reservation}, 0},
    {"memory_op populate", __HYPERVISOR_memory_op, 1, {XENMEM_populate_physmap}, 0},
    {"memory_op exchange", __HYPERVISOR_memory_op, 1, {XENMEM_exchange}, -EFAULT},
    {"memory_op current", __HYPERVISOR_memory_op, 1, {XENMEM_current_reservation}, -EFAULT},
    {"memory_op machine map", __HYPERVISOR_memory_op, 1, {XENMEM_machine_memory_map}, -EFAULT},
    {"memory_op machphys", __HYPERVISOR_memory_op, 1, {XENMEM_machphys_mapping}, -EFAULT},
    {"memory_op add_to_physmap", __HYPERVISOR_memory_op, 1, {XENMEM_add_to_physmap}, -EFAULT},
    {"multicall", __HYPERVISOR_multicall, 0, {0, 1}, -EFAULT},
    {"xen_version extra", __HYPERVISOR_xen_version, 1, {XENVER_extraversion}, -EFAULT},
    {"xen_version compile", __HYPERVISOR_xen_version, 1, {XENVER_compile_info}, -EFAULT},
    {"xen_version caps", __HYPERVISOR_xen_version, 1, {XENVER_capabilities}, -EFAULT},
    {"xen_version features", __HYPERVISOR_xen_version, 1, {XENVER_get_features}, -EFAULT},
    {"console_io write", __HYPERVISOR_console_io, 2, {CONSOLEIO_write, 8}, -EFAULT},
    {"grant setup", __HYPERVISOR_grant_table_op, 1, {GNTTABOP_setup_table, 0, 1}, -EFAULT},
    {"grant map", __HYPERVISOR_grant_table_op, 1, {GNTTABOP_map_grant_ref, 0, 1}, -EFAULT},
    {"grant unmap", __HYPERVISOR_grant_table_op, 1, {GNTTABOP_unmap_grant_ref, 0, 1}, -EFAULT},
    {"grant copy", __HYPERVISOR_grant_table_op, 1, {GNTTABOP_copy, 0, 1}, -EFAULT},
    {"grant query", __HYPERVISOR_grant_table_op, 1, {GNTTABOP_query_size, 0, 1}, -EFAULT},
    {"vcpu_op runstate", __HYPERVISOR_vcpu_op, 2, {VCPUOP_get_runstate_info, 0}, -EFAULT},
    {"vcpu_op initialise", __HYPERVISOR_vcpu_op, 2, {VCPUOP_initialise, 1}, -EFAULT},
    {"vcpu_op info", __HYPERVISOR_vcpu_op, 2, {VCPUOP_register_vcpu_info, 0}, -EFAULT},
    {"vcpu_op singleshot", __HYPERVISOR_vcpu_op, 2, {VCPUOP_set_singleshot_timer, 0}, -EFAULT},
    {"mmuext_op", __HYPERVISOR_mmuext_op, 0, {0, 1, 0}, -EFAULT},
    {"sched_op poll", __HYPERVISOR_sched_op, 1, {SCHEDOP_poll}, -EFAULT},
    {"sched_op shutdown", __HYPERVISOR_sched_op, 1, {SCHEDOP_shutdown}, -EFAULT},
    {"callback_op", __HYPERVISOR_callback_op, 1, {CALLBACKOP_register}, -EFAULT},
    {"event alloc", __HYPERVISOR_event_channel_op, 1, {EVTCHNOP_alloc_unbound}, -EFAULT},
    {"event bind_virq", __HYPERVISOR_event_channel_op, 1, {EVTCHNOP_bind_virq}, -EFAULT},
    {"event send", __HYPERVISOR_event_channel_op, 1, {EVTCHNOP_send}, -EFAULT},
    {"event status", __HYPERVISOR_event_channel_op, 1, {EVTCHNOP_status}, -EFAULT},
    {"physdev iopl", __HYPERVISOR_physdev_op, 1, {PHYSDEVOP_set_iopl}, -EFAULT},
    {"physdev eoi", __HYPERVISOR_physdev_op, 1, {PHYSDEVOP_eoi}, -EFAULT},
    {"physdev map_pirq", __HYPERVISOR_physdev_op, 1, {PHYSDEVOP_map_pirq}, -EFAULT},
    {"sysctl", __HYPERVISOR_sysctl, 0, {0}, -EFAULT},
    {"domctl", __HYPERVISOR_domctl, 0, {0}, -EFAULT},
};

static long call(unsigned i, uint64_t addr)
{
    uint64_t a[3] = {calls[i].a[0], calls[i].a[1], calls[i].a[2]};

    a[calls[i].arg] = addr;
    return hcall_any(calls[i].nr, a[0], a[1], a[2], DOMID_SELF, 0);
}

static void test_places(void)
{
    for (unsigned i = 0; i < array_size(calls); i++) {
        unsigned refused = 0;
        const char *taken = "";

        long rc = call(i, places[0].addr);

        /* Permission may be asked for before the argument is read, or after it. */
        if (rc == -EPERM && !boot_is_dom0())
            rc = calls[i].answer;
        check_eq(rc, calls[i].answer, "%s", calls[i].name);
        for (unsigned p = 1; p < array_size(places); p++) {
            rc = call(i, places[p].addr);
            if (rc < 0 || rc == calls[i].answer)
                refused++;
            else
                taken = places[p].name;
        }
        check_eq(refused, (long)array_size(places) - 1, "%s elsewhere %s", calls[i].name, taken);
    }
}

/* Results must not be written through a read-only mapping. */
static void test_read_only(void)
{
    uint64_t *page = pt_page();

    check_eq(hc_xen_version(XENVER_capabilities, page), -EFAULT, "version into read-only memory");
    check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, 0, page), -EFAULT,
             "runstate into read-only memory");
    check_eq(hc_memory_op(XENMEM_machphys_mapping, page), -EFAULT,
             "machphys into read-only memory");
    for (unsigned i = 0; i < 512; i++)
        if (page[i]) {
            check(false, "word %u of it was changed", i);
            return;
        }
    check(true, "it was not changed");
}

/* The frames the hypervisor itself uses, looked for through every way that takes a frame. */
static void test_frames(void)
{
    static const uint64_t frames[] = {0x100,     0x101, 0x200, 1ull << 40, UINT64_MAX >> 12,
                                      UINT64_MAX};
    unsigned refused = 0, tried = 0;

    for (unsigned i = 0; i < array_size(frames); i++) {
        for (unsigned cmd = MMUEXT_PIN_L1_TABLE; cmd <= MMUEXT_NEW_BASEPTR; cmd++, tried++)
            refused += pt_ext(cmd, frames[i], 0) < 0;
        tried += 3;
        refused += pt_ext(MMUEXT_NEW_USER_BASEPTR, frames[i], 0) < 0;
        refused += pt_ext(MMUEXT_CLEAR_PAGE, frames[i], 0) < 0;
        refused += pt_ext(MMUEXT_COPY_PAGE, frames[i], frames[i]) < 0;
    }
    check_eq(refused, tried, "every mmuext_op refuses foreign frames");
}

void test_main(void)
{
    test_places();
    test_read_only();
    test_frames();
    check_eq(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE, "still alive");
}
