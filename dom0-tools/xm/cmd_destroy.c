/* SPDX-License-Identifier: BSD-2-Clause */
/* xm destroy <Domain> */
#include <stdlib.h>
#include <string.h>

#include "xm/commands.h"
#include "lib/store.h"
#include "domain/teardown.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'f', NULL, NULL, "accepted for compatibility"},
    {0},
};

/*
 * Nodes of a domain that the hypervisor no longer knows (xm was killed half-way, say): found by
 * number or name, so that what is left of it can be cleared away.
 */
static bool find_remains(struct toolstack *ts, const char *who, uint32_t *domid)
{
    unsigned int n;
    char **ids = store_list(ts->xs, &n, "/local/domain");
    bool found = false;

    for (unsigned int i = 0; i < n && !found; i++) {
        char *name = store_read(ts->xs, "/local/domain/%s/name", ids[i]);
        xc_domaininfo_t info;

        *domid = strtoul(ids[i], NULL, 10);
        found = (strcmp(ids[i], who) == 0 || (name && strcmp(name, who) == 0)) &&
                !ts_domain_info(ts, *domid, &info);
        free(name);
    }
    free(ids);
    return found;
}

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret;

    if (!xm_need(ts))
        return XM_FAILED;
    if (!find_remains(ts, args->argv[0], &domid)) {
        ret = xm_find(ts, args->argv[0], &domid);
        if (ret)
            return ret;
    }
    if (domid == 0)
        return xm_error("Domain-0 cannot be destroyed: it is the one that runs %s", ts->program);
    return teardown(ts, domid) ? xm_report(ts) : XM_OK;
}

const struct command cmd_destroy = {
    .name = "destroy",
    .synopsis = "<Domain>",
    .help = "Terminate a domain immediately",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
