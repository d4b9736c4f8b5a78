/* SPDX-License-Identifier: BSD-2-Clause */
/* xm new [-q] [-n] <ConfigFile> [key=value...]: puts a domain under xend's management. */
#include "domain/creation.h"
#include "domain/managed.h"
#include "xm/commands.h"
#include "xm/config_args.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    CONFIG_OPTIONS,
    {'p', "paused", NULL, "accepted for compatibility: start has it"},
    {0},
};

static int check_running(struct toolstack *ts, const struct creation *c)
{
    int domid;

    if (!xm_need(ts))
        return XM_FAILED;
    domid = ts_domid_of(ts, c->name);
    return domid < 0 ? XM_OK
                     : xm_error("Domain '%s' is running with ID '%d' (shut it down first)", c->name,
                                domid);
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct conf *conf = config_from_args(ts, args);
    struct creation c = {0};
    int ret = XM_FAILED;

    if (!conf)
        return xm_report(ts);
    if (creation_prepare(ts, conf, &c) || creation_load(ts, &c)) {
        xm_report(ts);
    } else if (args->value[OPT_DRYRUN]) {
        config_print_dryrun(ts, conf);
        ret = XM_OK;
    } else if (check_running(ts, &c) == XM_OK) {
        ret = managed_save(ts, conf) ? xm_report(ts) : XM_OK;
    }
    creation_free(&c);
    conf_free(conf);
    return ret;
}

const struct command cmd_new = {
    .name = "new",
    .synopsis = "<ConfigFile> [key=value, ...]",
    .help = "Add a domain to xend's managed domains",
    .options = options,
    .max_args = -1,
    .xm_only = true,
    .run = run,
};
