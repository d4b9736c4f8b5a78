/* SPDX-License-Identifier: BSD-2-Clause */
/* xm start [-p] [-c] <Domain>: starts a managed domain. */
#include "domain/creation.h"
#include "domain/managed.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/console.h"
#include "xm/json.h"
#include "xm/viewer.h"
#include "xm/xm.h"

enum { OPT_PAUSED, OPT_CONSOLE, OPT_VIEWER };

static const struct option_row options[] = {
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    [OPT_CONSOLE] = {'c', "console_autoconnect", NULL, "connect to the console after the start"},
    [OPT_VIEWER] = VIEWER_OPTION,
    {'q', "quiet", NULL, "print errors only"},
    {'A', "vncviewer-autopass", NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    const char *name = args->argv[0];
    const bool console = args->value[OPT_CONSOLE], paused = args->value[OPT_PAUSED];
    struct conf *conf;
    uint32_t domid;
    int ret;

    if (!xm_need(ts))
        return XM_FAILED;
    if (ts_domid_of(ts, name) >= 0)
        return xm_error("Domain '%s' is running already (its ID is '%d')", name,
                        ts_domid_of(ts, name));
    if (!managed_exists(name)) {
        xm_error("Domain '%s' does not exist. (xm new CONFIG adds one, xm create CONFIG starts "
                 "one that is not managed)",
                 name);
        return XM_NO_DOMAIN;
    }
    if (managed_suspended(name))
        return xm_error("Domain '%s' is suspended: let it go on with %s resume %s", name,
                        ts->program, name);
    conf = managed_load(ts, name);
    if (!conf)
        return xm_report(ts);
    ret = domain_start_config(ts, conf, 0, paused || console, &domid) ? xm_report(ts) : XM_OK;
    conf_free(conf);
    if (!ret && answer_wanted()) {
        json_add_text(answer_object(), "name", name);
        json_add_number(answer_object(), "domid", domid);
    }
    if (!ret && args->value[OPT_VIEWER])
        viewer_start(ts, domid, name);
    if (ret || !console)
        return ret;
    return paused ? console_run(domid, NULL) : console_start(ts, domid);
}

const struct command cmd_start = {
    .name = "start",
    .synopsis = "<Domain>",
    .help = "Start a managed domain",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .xm_only = true,
    .run = run,
};
