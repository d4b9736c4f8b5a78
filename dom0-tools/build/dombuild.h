/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a domU: memory, kernel, page tables, start_info, rings, grants and the first vCPU.
 *
 * The layout comes from the pure planner (hv/build.h); here it is carried out with foreign
 * mappings and as few hypercalls as possible.  The caller owns the domain: on failure it destroys
 * it, which undoes everything done here.
 */
#ifndef BUILD_DOMBUILD_H
#define BUILD_DOMBUILD_H

#include <xenctrl.h>
#include "build/image.h"

struct dombuild_params {
    const struct kernel_image *kernel;
    const struct file_map *ramdisk; /* data NULL: none */
    const char *cmdline;            /* shorter than MAX_GUEST_CMDLINE */
    uint64_t nr_pages;              /* frames to give now */
    uint64_t max_pages;             /* >= nr_pages: where the guest may grow to */
    unsigned int vcpus;
};

struct dombuild_result {
    uint64_t store_mfn, console_mfn;
    uint32_t store_port, console_port;
};

/*
 * Plans the guest without touching the hypervisor: 0, or -1 with a message (too little memory...).
 * dombuild_run() plans again, so nothing need be kept.
 */
int dombuild_check(const struct dombuild_params *params, struct fail *f);

/* Builds into the fresh, paused domain @domid; 0, or -1 with a message. */
int dombuild_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                 struct dombuild_result *result, struct fail *f);

#endif
