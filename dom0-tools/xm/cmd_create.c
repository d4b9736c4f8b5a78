/* SPDX-License-Identifier: BSD-2-Clause */
/* xm create [-c] [-p] [-q] [-n] <ConfigFile> [key=value...] */
#include <unistd.h>

#include "bootloader/choose.h"
#include "conf/schema.h"
#include "domain/creation.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/config_args.h"
#include "xm/console.h"
#include "xm/json.h"
#include "xm/stop.h"
#include "xm/viewer.h"
#include "xm/xm.h"

enum {
    OPT_CONSOLE = CONFIG_OPTIONS_END,
    OPT_PAUSED,
    OPT_KEYS,
    OPT_VIEWER,
    OPT_E,
    OPT_D,
    OPT_AUTOPASS,
    OPT_FOREGROUND
};

static const struct option_row options[] = {
    CONFIG_OPTIONS,
    [OPT_CONSOLE] = {'c', "console_autoconnect", NULL, "connect to the console after the start"},
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    [OPT_KEYS] = {0, "help_config", NULL, "list the keys that a config file may have"},
    [OPT_VIEWER] = VIEWER_OPTION,
    [OPT_E] = {'e', NULL, NULL, "accepted for compatibility"},
    [OPT_D] = {'d', NULL, NULL, "accepted for compatibility"},
    [OPT_AUTOPASS] = {'A', "vncviewer-autopass", NULL, "accepted for compatibility"},
    [OPT_FOREGROUND] = {'F', NULL, NULL, "wait until the domain is dead (not with -c)"},
    {0},
};

static int start(struct toolstack *ts, const struct args *args, struct creation *c)
{
    const bool console = args->value[OPT_CONSOLE], paused = args->value[OPT_PAUSED];

    if (domain_start(ts, c, paused || console))
        return xm_report(ts);
    if (answer_wanted()) {
        json_add_text(answer_object(), "name", c->name);
        json_add_number(answer_object(), "domid", c->domid);
    } else if (!args->value[OPT_QUIET] && !ts->xl)
        printf("Started domain %s (id=%u)\n", c->name, c->domid);
    if (args->value[OPT_VIEWER])
        viewer_start(ts, c->domid, c->name);
    if (!console)
        return args->value[OPT_FOREGROUND] ? stop_follow(ts, c->domid) : XM_OK;
    return paused ? console_run(c->domid, NULL) : console_start(ts, c->domid);
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct creation c = {0};
    struct conf *conf;
    int ret = XM_FAILED;

    if (args->value[OPT_KEYS]) {
        schema_list(stdout);
        return XM_OK;
    }
    conf = config_from_args(ts, args);
    if (!conf)
        return xm_report(ts);
    if (creation_prepare(ts, conf, &c)) {
        xm_report(ts);
        creation_free(&c);
        conf_free(conf);
        return ret;
    }
    if (args->value[OPT_CONSOLE] && isatty(STDIN_FILENO))
        c.choose_boot = choose;
    if (config_is_dryrun(args)) {
        ret = creation_load(ts, &c) ? xm_report(ts) : XM_OK;
        if (!ret)
            config_print_dryrun(args, conf, !ts->xl || c.host.sxp);
    } else if (xm_need(ts)) {
        /* Asked again under a lock by creation_run; here to refuse before the slow part. */
        if (creation_check_machine(ts, &c) || creation_load_begin(ts, &c))
            xm_report(ts);
        else
            ret = start(ts, args, &c);
    }
    creation_free(&c);
    conf_free(conf);
    return ret;
}

const struct command cmd_create = {
    .name = "create",
    .synopsis = "<ConfigFile> [key=value, ...]",
    .help = "Create a domain from a config file",
    .options = options,
    .xm_options = XM_CONFIG_OPTIONS,
    .xl_options = OPT_FOREGROUND,
    .max_args = -1,
    .run = run,
};
