/* SPDX-License-Identifier: BSD-2-Clause */
/* xm cd-insert <Domain> <Drive> <Image> */
#include "domain/disk_change.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    return cd_insert(ts, domid, args->argv[1], args->argv[2]) ? xm_report(ts) : XM_OK;
}

const struct command cmd_cd_insert = {
    .name = "cd-insert",
    .synopsis = "<Domain> <VirtualDevice> <Path>",
    .help = "Put a disc into a guest's CD drive",
    .min_args = 3,
    .max_args = 3,
    .run = run,
};
