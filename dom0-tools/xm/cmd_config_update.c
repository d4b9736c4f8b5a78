/* SPDX-License-Identifier: BSD-2-Clause */
/* xl config-update <Domain> [ConfigFile] [key=value...]: what the domain starts from next time. */
#include <stdlib.h>

#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/paths.h"
#include "xm/commands.h"
#include "xm/config_args.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    CONFIG_OPTIONS,
    {'d', NULL, NULL, "accepted for compatibility"},
    {0},
};

/* The domain stays itself: its name and its uuid are not the file's affair. */
static int keep(struct toolstack *ts, struct conf *conf, uint32_t domid)
{
    char path[PATH_LEN], *name = ts_domain_name(ts, domid);
    struct conf *old = config_read(ts, path_domain_config(domid, path), NULL, 0);
    struct creation c = {0};
    int ret = -1;

    if (old) {
        config_set(conf, "name", name);
        config_set(conf, "uuid", conf_string(old, "uuid"));
        ret = creation_prepare(ts, conf, &c) || config_write(ts, conf, path) ? -1 : 0;
        creation_free(&c);
    }
    conf_free(old);
    free(name);
    return ret;
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct args rest = *args;
    struct conf *conf;
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    rest.argv++;
    rest.argc--;
    conf = config_from_args(ts, &rest);
    if (!conf || (!args->value[OPT_DRYRUN] && keep(ts, conf, domid)))
        ret = xm_report(ts);
    conf_free(conf);
    return ret;
}

const struct command cmd_config_update = {
    .name = "config-update",
    .synopsis = "<Domain> <ConfigFile> [key=value, ...]",
    .help = "Change what a running domain is started from next time",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
