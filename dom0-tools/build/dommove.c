/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain between the hypervisor and a stream; see dommove.h. */
#include <errno.h>
#include <string.h>

#include "build/apart.h"
#include "build/dommove.h"
#include "build/guest_xc.h"
#include "build/job.h"
#include "stream/restore.h"
#include "stream/save.h"

/* libxl gives its domains that much above their target (LIBXL_MAXMEM_CONSTANT) */
#define SLACK_PAGES 256u

int domsave_run(xc_interface *xch, uint32_t domid, struct stream_out *out, struct save_live *live,
                uint64_t *pages, struct fail *f)
{
    struct guest_xc x;
    struct save s = {.guest = &x.guest, .out = out, .live = live};
    int version = xc_version(xch, XENVER_version, NULL), ret = -1;

    if (version < 0)
        return fail(f, "cannot ask for the hypervisor's version: %s", strerror(errno));
    s.xen_version = version;
    if (guest_xc_open(&x, xch, domid, true, f) == 0)
        ret = save_run(&s);
    guest_xc_close(&x);
    *pages = s.sent;
    return ret;
}

/* What the new domain is shown. */
static int note_cpu(struct restore *r)
{
    struct cpu_leaf leaves[CPU_LEAVES_MAX];
    uint32_t n = CPU_LEAVES_MAX;

    if (r->guest->ops->cpu_get(r->guest->ctx, leaves, &n))
        return fail(r->guest->fail, "cannot ask which CPU the domain is shown: %s",
                    strerror(errno));
    for (uint32_t i = 0; i < n; i++)
        cpu_note(&r->cpu, &leaves[i]);
    return 0;
}

static int read_stream(struct job *job, struct stream_in *in, uint64_t max_pages,
                       struct dombuild_result *result)
{
    struct guest_xc x;
    struct restore r = {.guest = &x.guest,
                        .in = in,
                        .max_pages = max_pages,
                        .store_port = result->store_port,
                        .console_port = result->console_port};
    int ret = guest_xc_open(&x, job->xch, job->domid, false, job->fail);

    if (!ret)
        ret = note_cpu(&r);
    if (!ret)
        ret = apart_restore(&r, guest_xc_keep_maps);
    guest_xc_close(&x);
    result->store_mfn = r.store_frame;
    result->console_mfn = r.console_frame;
    return ret;
}

int domrestore_run(xc_interface *xch, uint32_t domid, const struct dombuild_params *params,
                   struct stream_in *in, struct dombuild_result *result, struct fail *f)
{
    struct job job = {.xch = xch, .domid = domid, .params = params, .fail = f};
    uint64_t most = params->max_pages + SLACK_PAGES;

    if (job_set_limits(&job))
        return -1;
    if (xc_domain_setmaxmem(xch, domid, most << (XC_PAGE_SHIFT - 10)))
        return fail(f, "cannot set the domain's memory limit: %s", strerror(errno));
    if (job_bind_ports(&job, result) || job_clear_shared_info(&job) == 0 ||
        read_stream(&job, in, most, result))
        return -1;
    return job_seed_grants(&job, result);
}
