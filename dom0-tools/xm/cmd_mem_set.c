/* SPDX-License-Identifier: BSD-2-Clause */
/* xm mem-set <Domain> <Mem>: asks the guest's balloon driver to go to a size. */
#include <errno.h>
#include <string.h>

#include "domain/memory.h"
#include "xm/commands.h"
#include "xm/format.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint64_t kib, floor, max;
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!format_parse_size(args->argv[1], &kib))
        return xm_error("'%s' is not a memory size (MiB, or with k, m, g)", args->argv[1]);
    max = memory_max_kib(ts, domid);
    if (max && kib > max)
        return xm_error("%llu MiB is above the domain's maximum of %llu MiB (%s)",
                        (unsigned long long)kib / 1024, (unsigned long long)max / 1024,
                        domid ? "maxmem" : "the hypervisor's option dom0_mem=max:");
    floor = memory_floor_kib(domid, max);
    if (kib < floor)
        return xm_error("%llu MiB is below the floor of %llu MiB for a domain of %llu MiB%s",
                        (unsigned long long)kib / 1024, (unsigned long long)floor / 1024,
                        (unsigned long long)max / 1024,
                        domid ? "" : " (dom0-min-mem in xend-config.sxp)");
    /* The limit follows the target, so that the guest cannot take back what it gave. */
    if (domid && xc_domain_setmaxmem(ts->xch, domid, kib))
        return xm_error("cannot set the domain's limit: %s", strerror(errno));
    if (!memory_set_target(ts, domid, kib))
        return xm_error("cannot write to xenstore: %s", strerror(errno));
    return XM_OK;
}

const struct command cmd_mem_set = {
    .name = "mem-set",
    .synopsis = "<Domain> <Mem>",
    .help = "Set the current memory usage of a domain",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
