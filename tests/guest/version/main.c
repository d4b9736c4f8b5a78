/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * version: hypercalls that only tell or print: xen_version with every command, console_io,
 * vm_assist, unknown hypercall numbers, and multicall with good and bad lists.
 */
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define BAD_HV   ((void *)0xffff830000000000) /* hypervisor's own address space */
#define BAD_NONE ((void *)0x7f0000000000)     /* nothing is mapped there */

static void test_xen_version(void)
{
    static xen_extraversion_t extra;
    static xen_capabilities_info_t caps;
    static xen_changeset_info_t changeset;
    static struct xen_compile_info compile;
    static struct xen_platform_parameters params;
    static struct xen_feature_info feat;
    static xen_domain_handle_t handle;
    static xen_commandline_t cmdline;

    check_eq(hc_xen_version(XENVER_version, NULL), 4 << 16 | 17, "XENVER_version");
    check_eq(hc_xen_version(XENVER_extraversion, extra), 0, "XENVER_extraversion");
    check_eq(hc_xen_version(XENVER_compile_info, &compile), 0, "XENVER_compile_info");
    check_eq(hc_xen_version(XENVER_capabilities, caps), 0, "XENVER_capabilities");
    check(strstr(caps, "xen-3.0-x86_64") != NULL, "capabilities name xen-3.0-x86_64");
    check_eq(hc_xen_version(XENVER_changeset, changeset), 0, "XENVER_changeset");
    check_eq(hc_xen_version(XENVER_platform_parameters, &params), 0, "XENVER_platform_parameters");
    check_eq((long)params.virt_start, (long)MACH2PHYS_VIRT_START, "virt_start");
    check_eq(hc_xen_version(XENVER_get_features, &feat), 0, "XENVER_get_features");
    boot_printf("# features %x\n", feat.submap);
    check_eq(feat.submap >> XENFEAT_dom0 & 1, boot_is_dom0(),
             "the initial domain sees XENFEAT_dom0");
    check(feat.submap & (1u << XENFEAT_mmu_pt_update_preserve_ad), "PRESERVE_AD is offered");
    check(!(feat.submap & (1u << XENFEAT_auto_translated_physmap)), "no translated physmap");
    feat.submap_idx = 7;
    check_eq(hc_xen_version(XENVER_get_features, &feat), -EINVAL, "get_features, submap 7");
    check_eq(hc_xen_version(XENVER_pagesize, NULL), PAGE_SIZE, "XENVER_pagesize");
    check_eq(hc_xen_version(XENVER_guest_handle, handle), 0, "XENVER_guest_handle");
    check_eq(hc_xen_version(XENVER_commandline, cmdline), 0, "XENVER_commandline");
    check_eq(hc_xen_version(77, NULL), -ENOSYS, "unknown command");
    check_eq(hc_xen_version(XENVER_extraversion, BAD_HV), -EFAULT, "result into hypervisor space");
    check_eq(hc_xen_version(XENVER_get_features, BAD_NONE), -EFAULT, "result into a hole");
}

/* Without privilege a domain may be refused the hypervisor's console, and may never read it. */
static void test_console(void)
{
    static const char text[] = "# printed by CONSOLEIO_write\n";
    bool refused = hc_console_io(CONSOLEIO_write, 0, text) == -EPERM && !boot_is_dom0();
    char buf[16];

    check_eq(hc_console_io(CONSOLEIO_write, sizeof(text) - 1, text), refused ? -EPERM : 0,
             "CONSOLEIO_write");
    check_eq(hc_console_io(CONSOLEIO_write, 0, text), refused ? -EPERM : 0,
             "CONSOLEIO_write of nothing");
    check_eq(hc_console_io(CONSOLEIO_write, 16, BAD_HV), refused ? -EPERM : -EFAULT,
             "write from hypervisor space");
    check_eq(hc_console_io(CONSOLEIO_write, 16, BAD_NONE), refused ? -EPERM : -EFAULT,
             "write from a hole");
    check_eq(hc_console_io(CONSOLEIO_read, sizeof(buf), buf), boot_is_dom0() ? 0 : -EPERM,
             "CONSOLEIO_read, nothing typed");
    check_eq(hc_console_io(9, 0, NULL), refused ? -EPERM : -ENOSYS, "unknown console command");
}

static void test_vm_assist(void)
{
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_4gb_segments), 0,
             "4gb_segments is accepted, without effect");
    check_eq(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_4gb_segments), 0, "and off");
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0,
             "writable_pagetables on");
    check_eq(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0,
             "writable_pagetables off");
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0,
             "pae_extended_cr3 is accepted");
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0,
             "architectural_iopl on");
    check_eq(hc_vm_assist(VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0,
             "architectural_iopl off");
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0,
             "runstate_update_flag on");
    check_eq(hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0, "m2p_strict on");
    check_eq(hc_vm_assist(VMASST_CMD_enable, 31), -EINVAL, "unknown type");
    check_eq(hc_vm_assist(7, VMASST_TYPE_writable_pagetables), -ENOSYS, "unknown command");
}

static void test_unknown(void)
{
    static const uint64_t numbers[] = {11, 43, 44, 45, 46, 47, 54, 57, 63, 64, 1000, UINT64_MAX};

    for (unsigned i = 0; i < array_size(numbers); i++)
        check_eq(hcall_any(numbers[i], 0, 0, 0, 0, 0), -ENOSYS, "hypercall %ld", numbers[i]);
}

static void test_multicall(void)
{
    static struct multicall_entry m[8];
    struct multicall_entry *edge;

    for (unsigned i = 0; i < 8; i++)
        m[i] = (struct multicall_entry){.op = __HYPERVISOR_xen_version, .args = {XENVER_version}};
    m[2].op = 63;
    m[4].args[0] = 77;
    m[5] = (struct multicall_entry){.op = __HYPERVISOR_multicall, .args = {U64(m), 1}};
    m[6].op = __HYPERVISOR_xen_version + (1ull << 32);
    check_eq(hc_multicall(m, 8), 0, "multicall of 8");
    check_eq((long)m[0].result, 4 << 16 | 17, "first result");
    check_eq((long)m[2].result, -ENOSYS, "unknown number inside");
    check_eq((long)m[4].result, -ENOSYS, "unknown command inside");
    check_eq((long)m[5].result, -EINVAL, "multicall inside multicall");
    check_eq((long)m[6].result, -ENOSYS, "number above 32 bits inside");
    check_eq((long)m[7].result, 4 << 16 | 17, "last result");
    check_eq(hc_multicall(m, 0), 0, "multicall of none");
    check_eq(hc_multicall(BAD_HV, 1), -EFAULT, "list in hypervisor space");
    check_eq(hc_multicall(BAD_NONE, 1), -EFAULT, "list in a hole");
    edge = (struct multicall_entry *)(FRONT_VIRT_BASE - sizeof(*edge));
    check_eq(hc_multicall(edge, 2), -EFAULT, "list starting in a hole");
}

void test_main(void)
{
    test_xen_version();
    test_console();
    test_vm_assist();
    test_unknown();
    test_multicall();
}
