/* SPDX-License-Identifier: BSD-2-Clause */
/* xm network-list <Domain> */
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
    printf("%-3s %-3s %-17s %-6s %-5s %-6s %5s/%-5s %-30s\n", "Idx", "BE", "MAC Addr.", "handle",
           "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path");
    ids = store_list(xm->xs, &n, "/local/domain/%u/device/vif", domid);
    for (unsigned int i = 0; i < n; i++) {
        struct device_paths p = device_paths("vif", domid, strtoul(ids[i], NULL, 10));
        char *mac = store_read(xm->xs, "%s/mac", p.front);

        printf("%-3s %-3ld %-17s %6ld %5ld %6ld %5ld/%-11ld %-30s\n", ids[i],
               store_number(xm->xs, 0, "%s/backend-id", p.front), mac ? mac : "?",
               store_number(xm->xs, 0, "%s/handle", p.front),
               store_number(xm->xs, 0, "%s/state", p.front),
               device_front_number(xm->xs, &p, "event-channel"),
               device_front_number(xm->xs, &p, "tx-ring-ref"),
               device_front_number(xm->xs, &p, "rx-ring-ref"), p.back);
        free(mac);
    }
    free(ids);
    return XM_OK;
}

const struct command cmd_network_list = {
    .name = "network-list",
    .synopsis = "<Domain>",
    .help = "List a domain's virtual network interfaces",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
