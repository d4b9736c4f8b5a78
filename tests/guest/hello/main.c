/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hello: the smallest thing that can work.  The kernel was loaded by its ELF notes, entered with a
 * start_info, has a filled hypercall page, may print, and has its shared info page mapped.
 */
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

void test_main(void)
{
    long v = hc_xen_version(XENVER_version, NULL);

    boot_printf("# magic '%s' pages %lu flags %x version %ld.%ld\n", (char *)boot_info->magic,
                boot_info->nr_pages, boot_info->flags, v >> 16, v & 0xffff);
    boot_printf("# pt_base %lx frames %lu mfn_list %lx mod %lx+%lx cmdline '%s'\n",
                boot_info->pt_base, boot_info->nr_pt_frames, boot_info->mfn_list,
                boot_info->mod_start, boot_info->mod_len, (char *)boot_info->cmd_line);
    check(!strncmp((char *)boot_info->magic, "xen-3.", 6), "start_info carries the magic");
    check_eq(v >> 16, 4, "major version");
    check(boot_is_dom0() || boot_info->console.domU.mfn,
          "the initial domain, or one with a console");
    check(boot_shared->vcpu_info[0].evtchn_upcall_mask, "events are masked at entry");
    check(boot_now() > 0, "the time record is valid");
}
