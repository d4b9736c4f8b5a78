/* SPDX-License-Identifier: BSD-2-Clause */
/* xm save [-c] [-p] <Domain> <File> [<ConfigFile>] */
#include "domain/save.h"
#include "xm/commands.h"
#include "xm/xm.h"

enum { OPT_CHECKPOINT, OPT_PAUSE, OPT_DOMID };

static const struct option_row options[] = {
    [OPT_CHECKPOINT] = {'c', "checkpoint", NULL, "let the domain go on afterwards"},
    [OPT_PAUSE] = {'p', "pause", NULL, "leave the domain paused afterwards"},
    [OPT_DOMID] = {'D', NULL, NULL, "accepted for compatibility"},
    {'f', "force", NULL, "accepted for compatibility"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    enum save_after after = args->value[OPT_PAUSE]        ? SAVE_PAUSE
                            : args->value[OPT_CHECKPOINT] ? SAVE_RESUME
                                                          : SAVE_DESTROY;
    struct conf *conf;
    uint32_t domid;
    int ret;

    if (!xm_need(ts))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &domid);
    if (ret)
        return ret;
    conf = save_config_from(ts, domid, args->argc > 2 ? args->argv[2] : NULL);
    if (!conf)
        return xm_report(ts);
    ret = domain_save_file(ts, domid, conf, args->argv[1], after) ? xm_report(ts) : XM_OK;
    conf_free(conf);
    return ret;
}

const struct command cmd_save = {
    .name = "save",
    .synopsis = "<Domain> <File> [<ConfigFile>]",
    .help = "Save a domain's state to a file, to restore it later",
    .options = options,
    .min_args = 2,
    .max_args = 3,
    .run = run,
};
