/* SPDX-License-Identifier: BSD-2-Clause */
/* xm vcpu-set <Domain> <N>: asks the guest to bring VCPUs online or offline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xm/commands.h"
#include "lib/store.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    xc_domaininfo_t info;
    uint32_t domid;
    char *end;
    unsigned long n = strtoul(args->argv[1], &end, 10);
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!ts_domain_info(ts, domid, &info) || *end || n < 1 || n > info.max_vcpu_id + 1)
        return xm_error("'%s' is not a number of VCPUs the domain can have (1 to %u)",
                        args->argv[1], info.max_vcpu_id + 1);
    for (unsigned int i = 0; i <= info.max_vcpu_id; i++)
        if (!store_write(ts->xs, XBT_NULL, i < n ? "online" : "offline",
                         "/local/domain/%u/cpu/%u/availability", domid, i))
            return xm_error("cannot write to xenstore: %s", strerror(errno));
    return XM_OK;
}

const struct command cmd_vcpu_set = {
    .name = "vcpu-set",
    .synopsis = "<Domain> <vCPUs>",
    .help = "Set the number of active VCPUs of a domain",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
