/* SPDX-License-Identifier: BSD-2-Clause */
/* xm uptime [-s] [Domain...] */
#include <stdlib.h>
#include <time.h>

#include "xm/commands.h"
#include "xm/format.h"
#include "xm/store.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'s', "short", NULL, "whole days only"},
    {0},
};

/* Seconds since the domain started: dom0's own since boot, others' by what create noted. */
static uint64_t uptime_of(struct xm *xm, uint32_t domid)
{
    char *vm, *start = NULL;
    double up = 0;
    FILE *f;

    if (domid == 0) {
        f = fopen("/proc/uptime", "re");
        if (f) {
            if (fscanf(f, "%lf", &up) != 1)
                up = 0;
            fclose(f);
        }
        return up;
    }
    vm = store_read(xm->xs, "/local/domain/%u/vm", domid);
    if (vm)
        start = store_read(xm->xs, "%s/start_time", vm);
    if (start)
        up = difftime(time(NULL), strtod(start, NULL));
    free(vm);
    free(start);
    return up > 0 ? up : 0;
}

static void print_row(struct xm *xm, uint32_t domid, bool brief)
{
    char *name = xm_domain_name(xm, domid), text[64];

    printf("%-33s %4u %s\n", name ? name : "?", domid,
           format_uptime(uptime_of(xm, domid), brief, text, sizeof(text)));
    free(name);
}

static int run(struct xm *xm, const struct args *args)
{
    bool brief = args->value[0];
    xc_domaininfo_t *list;
    int n;

    if (!xm_need_xc(xm) || !xm_need_xs(xm))
        return XM_FAILED;
    printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
    for (int i = 0; i < args->argc; i++) {
        uint32_t domid;
        int ret = xm_find(xm, args->argv[i], &domid);

        if (ret)
            return ret;
        print_row(xm, domid, brief);
    }
    if (args->argc)
        return XM_OK;
    n = xm_domains(xm, &list);
    for (int i = 0; i < n; i++)
        print_row(xm, list[i].domain, brief);
    if (n >= 0)
        free(list);
    return n < 0 ? XM_FAILED : XM_OK;
}

const struct command cmd_uptime = {
    .name = "uptime",
    .synopsis = "[Domain, ...]",
    .help = "Print how long domains have been running",
    .options = options,
    .max_args = -1,
    .run = run,
};
