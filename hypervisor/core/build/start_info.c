/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of a guest's start_info page (xen/xen.h) that follows from its plan. */
#include "hv/build.h"
#include <xen/xen.h>

void build_start_info(const struct build_plan *plan, struct start_info *si)
{
    static const char magic[] = "xen-3.0-x86_64";

    __builtin_memset(si, 0, sizeof(*si));
    __builtin_memcpy(si->magic, magic, sizeof(magic));
    si->nr_pages = plan->nr_pages;
    si->flags = SIF_VIRT_P2M_4TOOLS;
    si->pt_base = plan->tables.vaddr;
    si->nr_pt_frames = plan->tables.pages;
    si->mfn_list = plan->p2m.vaddr;
    if (plan->p2m_tables.pages) {
        si->first_p2m_pfn = plan->p2m.pfn;
        si->nr_p2m_frames = plan->p2m.pages + plan->p2m_tables.pages;
    }
    if (!plan->ramdisk_len)
        return;
    si->mod_len = plan->ramdisk_len;
    si->mod_start = plan->ramdisk.vaddr;
    if (plan->ramdisk_by_pfn) {
        si->mod_start = plan->ramdisk.pfn;
        si->flags |= SIF_MOD_START_PFN;
    }
}
