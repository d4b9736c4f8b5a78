/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a build; see dombuild.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build/job.h"

static int make_plan(const struct dombuild_params *params, struct build_plan *plan, struct fail *f)
{
    struct build_request req = {
        .elf = &params->kernel->elf,
        .notes = &params->kernel->notes,
        .nr_pages = params->nr_pages,
        .ramdisk_len = params->ramdisk->len,
    };
    enum build_error err = build_plan(&req, plan);

    if (err == BUILD_PLAN_MEMORY)
        return fail(f, "memory=%llu is too little for kernel and ramdisk: at least %llu MiB",
                    (unsigned long long)params->nr_pages >> 8,
                    (unsigned long long)(plan->pages_needed + 255) >> 8);
    return err ? fail(f, "%s", build_strerror(err)) : 0;
}

int dombuild_check(const struct dombuild_params *params, struct fail *f)
{
    struct build_plan plan;

    if (strlen(params->cmdline) >= MAX_GUEST_CMDLINE)
        return fail(f, "the kernel's command line has %zu bytes, at most %d fit: shorten extra=",
                    strlen(params->cmdline), MAX_GUEST_CMDLINE - 1);
    return make_plan(params, &plan, f);
}

int job_set_limits(struct job *job)
{
    const struct dombuild_params *params = job->params;
    uint64_t max_kib = params->max_pages << (XC_PAGE_SHIFT - 10);

    if (xc_domain_max_vcpus(job->xch, job->domid, params->vcpus))
        return fail(job->fail, "cannot give the domain %u vCPUs: %s", params->vcpus,
                    strerror(errno));
    /* Tells the guest how far it may grow; without it a kernel believes nr_pages. */
    if (params->max_pages > params->nr_pages &&
        xc_domain_set_memmap_limit(job->xch, job->domid, max_kib))
        return fail(job->fail, "cannot set the domain's memory map: %s", strerror(errno));
    return 0;
}

int dombuild_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                 struct dombuild_result *result, struct fail *f)
{
    struct job job = {.xch = xch, .domid = domid, .params = params, .fail = f};
    int ret = -1;

    if (make_plan(params, &job.plan, f))
        return -1;
    job.p2m = malloc(params->nr_pages * sizeof(*job.p2m));
    if (!job.p2m)
        return fail(f, "out of memory in dom0");
    if (!job_set_limits(&job) && !job_populate(&job) && !job_place(&job) &&
        !job_start(&job, result))
        ret = 0;
    free(job.p2m);
    return ret;
}
