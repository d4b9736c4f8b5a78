/* SPDX-License-Identifier: BSD-2-Clause */
/* xm block-list <Domain> */
#include <stdlib.h>

#include "xm/commands.h"
#include "xm/device.h"
#include "xm/store.h"
#include "xm/xm.h"

static int run(struct xm *xm, const struct args *args)
{
    uint32_t domid;
    unsigned int n;
    char **ids;
    int ret = xm_find(xm, args->argv[0], &domid);

    if (ret)
        return ret;
    printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE", "handle", "state", "evt-ch",
           "ring-ref", "BE-path");
    ids = store_list(xm->xs, &n, "/local/domain/%u/device/vbd", domid);
    for (unsigned int i = 0; i < n; i++) {
        struct device_paths p = device_paths("vbd", domid, strtoul(ids[i], NULL, 10));

        printf("%-5s %-3ld %-6u %-5ld %-6ld %-8ld %-30s\n", ids[i],
               store_number(xm->xs, 0, "%s/backend-id", p.front), domid,
               store_number(xm->xs, 0, "%s/state", p.front),
               device_front_number(xm->xs, &p, "event-channel"),
               device_front_number(xm->xs, &p, "ring-ref"), p.back);
    }
    free(ids);
    return XM_OK;
}

const struct command cmd_block_list = {
    .name = "block-list",
    .synopsis = "<Domain>",
    .help = "List a domain's virtual disks",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
