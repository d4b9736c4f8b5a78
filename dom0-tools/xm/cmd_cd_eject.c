/* SPDX-License-Identifier: BSD-2-Clause */
/* xm cd-eject <Domain> <Drive> */
#include "domain/disk_change.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    return cd_eject(ts, domid, args->argv[1]) ? xm_report(ts) : XM_OK;
}

const struct command cmd_cd_eject = {
    .name = "cd-eject",
    .synopsis = "<Domain> <VirtualDevice>",
    .help = "Take the disc out of a guest's CD drive",
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
