/* SPDX-License-Identifier: BSD-2-Clause */
/* xm suspend <Domain>: saves a managed domain, its state is kept beside its definition. */
#include <stdlib.h>

#include "domain/managed.h"
#include "domain/save.h"
#include "xm/commands.h"
#include "xm/xm.h"

static int suspend(struct toolstack *ts, uint32_t domid, const char *name)
{
    struct conf *conf = save_config_of(ts, domid);
    char path[PATH_MAX];
    int ret = -1;

    if (conf)
        ret = domain_save_file(ts, domid, conf, managed_state(name, path), SAVE_DESTROY);
    conf_free(conf);
    return ret ? xm_report(ts) : XM_OK;
}

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    char *name;
    int ret;

    if (!xm_need(ts))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &domid);
    if (ret)
        return ret;
    name = ts_domain_name(ts, domid);
    if (!managed_exists(name))
        ret = xm_error("Domain '%s' is not managed: write it to a file with %s save", name,
                       ts->program);
    else
        ret = suspend(ts, domid, name);
    free(name);
    return ret;
}

const struct command cmd_suspend = {
    .name = "suspend",
    .synopsis = "<Domain>",
    .help = "Suspend a managed domain",
    .min_args = 1,
    .max_args = 1,
    .xm_only = true,
    .run = run,
};
