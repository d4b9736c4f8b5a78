/* SPDX-License-Identifier: BSD-2-Clause */
/* xm dump-core [-L] [-C|-R] <Domain> [<File>] */
#include <stdio.h>
#include <stdlib.h>

#include "conf/conf.h"
#include "domain/config_file.h"
#include "domain/core.h"
#include "domain/creation.h"
#include "domain/interrupt.h"
#include "domain/teardown.h"
#include "lib/progress.h"
#include "xm/commands.h"
#include "xm/xm.h"

enum { LIVE, CRASH, RESET };

static const struct option_row options[] = {
    [LIVE] = {'L', "live", NULL, "let it run on meanwhile"},
    [CRASH] = {'C', "crash", NULL, "destroy it afterwards"},
    [RESET] = {'R', "reset", NULL, "start it anew afterwards"},
    {0},
};

/* What it is started from again is read before it is gone. */
static int reset(struct toolstack *ts, uint32_t domid)
{
    char path[PATH_LEN];
    struct conf *conf = config_read(ts, path_domain_config(domid, path), NULL, 0);
    int ret = conf ? teardown(ts, domid) : -1;

    if (!ret)
        ret = domain_start_config(ts, conf, 0, false, &domid);
    conf_free(conf);
    return ret;
}

static struct progress progress;

static void dumped(uint64_t done, uint64_t total)
{
    if (!progress.what)
        progress_start(&progress, "Dumping memory", total);
    progress_to(&progress, done);
}

static int run(struct toolstack *ts, const struct args *args)
{
    const struct core_options how = {.live = ts->xl || args->value[LIVE], .progress = dumped};
    char path[CORE_PATH_LEN];
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (domid == 0)
        return xm_error("Domain-0 cannot dump itself (its kernel's kdump does that)");
    if (args->value[CRASH] && args->value[RESET])
        return xm_error("--crash and --reset exclude each other");
    if (args->argc == 1 && core_default_path(ts, domid, path))
        return xm_report(ts);
    if (!ts->xl) {
        printf("Dumping core of domain: %s ...\n", args->argv[0]);
        fflush(stdout);
    }
    interrupt_catch(); /* neither a paused domain nor half a file may stay */
    ret = core_dump(ts, domid, args->argc > 1 ? args->argv[1] : path, &how);
    progress_end(&progress);
    progress.what = NULL;
    if (ret)
        return xm_report(ts);
    if (args->value[CRASH])
        ret = teardown(ts, domid);
    else if (args->value[RESET])
        ret = reset(ts, domid);
    return ret ? xm_report(ts) : XM_OK;
}

const struct command cmd_dump_core = {
    .name = "dump-core",
    .synopsis = "<Domain> [<File>]",
    .help = "Write a domain's memory and registers to a core file",
    .options = options,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
