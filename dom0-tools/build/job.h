/* SPDX-License-Identifier: BSD-2-Clause */
/* One build in progress: what the builder's steps share.  Each returns 0, or -1 with a message. */
#ifndef BUILD_JOB_H
#define BUILD_JOB_H

#include "build/dombuild.h" /* <xenctrl.h> must come before other Xen headers */
#include <xenforeignmemory.h>

struct job {
    xc_interface *xch;
    uint32_t domid;
    const struct dombuild_params *params;
    struct build_plan plan;
    xen_pfn_t *p2m; /* nr_pages machine frame numbers */
    struct fail *fail;
};

/* Gives the domain its memory and fills job->p2m. */
int job_populate(struct job *job);

/* Copies kernel and ramdisk, writes the p2m list and the page tables. */
int job_place(struct job *job);

/* start_info, rings, shared info, grants, event channels, hypercall page, first vCPU. */
int job_start(struct job *job, struct dombuild_result *result);

/* ---- what a restored domain needs of these, too ---- */

/* vCPUs, memory limit and memory map. */
int job_set_limits(struct job *job);

/* Event channels for the store and the console. */
int job_bind_ports(struct job *job, struct dombuild_result *result);

/* All vCPUs' events masked, nothing else: the page's machine address, 0 on failure. */
uint64_t job_clear_shared_info(struct job *job);

/* The grants of the two rings. */
int job_seed_grants(struct job *job, const struct dombuild_result *result);

/* Maps @pages frames from @pfn on, writable; NULL with a message.  Undo with job_unmap. */
void *job_map(struct job *job, uint64_t pfn, uint64_t pages);
void job_unmap(struct job *job, void *addr, uint64_t pages);

#endif
