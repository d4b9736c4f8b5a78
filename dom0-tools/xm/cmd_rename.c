/* SPDX-License-Identifier: BSD-2-Clause */
/* xm rename <Domain> <NewName> */
#include "domain/rename.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (!ret && domain_rename(ts, domid, args->argv[1]))
        ret = xm_report(ts);
    return ret;
}

const struct command cmd_rename = {
    .name = "rename",
    .synopsis = "<Domain> <NewDomainName>",
    .help = "Rename a domain",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
