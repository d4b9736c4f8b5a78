/* SPDX-License-Identifier: BSD-2-Clause */
/* xm destroy <Domain> */
#include <stdlib.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/store.h"
#include "xm/teardown.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'f', NULL, NULL, "accepted for compatibility"},
    {0},
};

/*
 * Nodes of a domain that the hypervisor no longer knows (xm was killed half-way, say): found by
 * number or name, so that what is left of it can be cleared away.
 */
static bool find_remains(struct xm *xm, const char *who, uint32_t *domid)
{
    unsigned int n;
    char **ids = store_list(xm->xs, &n, "/local/domain");
    bool found = false;

    for (unsigned int i = 0; i < n && !found; i++) {
        char *name = store_read(xm->xs, "/local/domain/%s/name", ids[i]);
        xc_domaininfo_t info;

        *domid = strtoul(ids[i], NULL, 10);
        found = (strcmp(ids[i], who) == 0 || (name && strcmp(name, who) == 0)) &&
                !xm_domain_info(xm, *domid, &info);
        free(name);
    }
    free(ids);
    return found;
}

static int run(struct xm *xm, const struct args *args)
{
    uint32_t domid;
    int ret;

    if (!xm_need_xc(xm) || !xm_need_xs(xm))
        return XM_FAILED;
    if (!find_remains(xm, args->argv[0], &domid)) {
        ret = xm_find(xm, args->argv[0], &domid);
        if (ret)
            return ret;
    }
    if (domid == 0)
        return xm_error(xm, "Domain-0 cannot be destroyed: it is the one that runs %s",
                        xm->program);
    return teardown(xm, domid) ? xm_report(xm) : XM_OK;
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
