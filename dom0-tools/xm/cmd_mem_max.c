/* SPDX-License-Identifier: BSD-2-Clause */
/* xm mem-max <Domain> <Mem> */
#include <errno.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/format.h"
#include "lib/store.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    xc_domaininfo_t info;
    char dir[64];
    uint64_t kib;
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!format_parse_size(args->argv[1], &kib))
        return xm_error("'%s' is not a memory size (MiB, or with k, m, g)", args->argv[1]);
    if (ts_domain_info(ts, domid, &info) && kib < info.tot_pages * 4)
        return xm_error("%s is less than the domain has now (%llu MiB; use mem-set first)",
                        args->argv[1], (unsigned long long)info.tot_pages >> 8);
    if (xc_domain_setmaxmem(ts->xch, domid, kib))
        return xm_error("cannot set the domain's limit: %s", strerror(errno));
    snprintf(dir, sizeof(dir), "/local/domain/%u/memory", domid);
    if (!store_put(ts->xs, XBT_NULL, dir, "static-max", "%llu", (unsigned long long)kib))
        return xm_error("cannot write to xenstore: %s", strerror(errno));
    return XM_OK;
}

const struct command cmd_mem_max = {
    .name = "mem-max",
    .synopsis = "<Domain> <Mem>",
    .help = "Set the maximum memory a domain may have",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
