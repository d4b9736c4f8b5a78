/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xm new [-q] [-n] <ConfigFile> [key=value...]: puts a domain under xend's management;
 * with --from-template T <Name> one with copies of the template's disks.
 */
#include "domain/creation.h"
#include "domain/managed.h"
#include "domain/template.h"
#include "xm/commands.h"
#include "xm/config_args.h"
#include "xm/xm.h"

enum { OPT_PAUSED = CONFIG_OPTIONS_END, OPT_TEMPLATE };
static const struct option_row options[] = {
    CONFIG_OPTIONS,
    [OPT_PAUSED] = {'p', "paused", NULL, "accepted for compatibility: start has it"},
    [OPT_TEMPLATE] = {0, "from-template", "TEMPLATE", "copy its disks; the operand is a name"},
    {0},
};

static int check_running(struct toolstack *ts, const char *name)
{
    int domid;

    if (!xm_need(ts))
        return XM_FAILED;
    domid = ts_domid_of(ts, name);
    return domid < 0
               ? XM_OK
               : xm_error("Domain '%s' is running with ID '%d' (shut it down first)", name, domid);
}

static int define(struct toolstack *ts, const struct args *args, struct conf *conf)
{
    struct creation c = {0};
    int ret = XM_FAILED;

    if (creation_prepare(ts, conf, &c) || creation_load(ts, &c)) {
        xm_report(ts);
    } else if (config_is_dryrun(args)) {
        config_print_dryrun(args, conf, true);
        ret = XM_OK;
    } else if (check_running(ts, c.name) == XM_OK) {
        ret = managed_save(ts, conf) ? xm_report(ts) : XM_OK;
    }
    creation_free(&c);
    return ret;
}

/* The copies are there before the definition names them; without it they go again. */
static int define_from_template(struct toolstack *ts, const struct args *args)
{
    const char *t = args->value[OPT_TEMPLATE], *name = args->argc ? args->argv[0] : NULL;
    struct copies made = {0};
    struct conf *conf;
    int ret = XM_FAILED;

    if (!name)
        return xm_error("what is it to be called? xm new --from-template %s <Name>", t);
    if (managed_exists(name))
        return xm_error("Domain '%s' is defined already (take another name, or xm delete it)",
                        name);
    if (!config_is_dryrun(args) && check_running(ts, name) != XM_OK)
        return XM_FAILED; /* asked again when the copies, which may take a while, are there */
    conf = template_read(ts, t, name, args->argv + 1, args->argc - 1);
    if (!conf || (!config_is_dryrun(args) && template_copy(ts, conf, t, &made)) ||
        conf_check(conf, args->value[OPT_QUIET] ? NULL : stderr, &ts->fail))
        xm_report(ts);
    else
        ret = define(ts, args, conf);
    template_copied(&made, ret != XM_OK);
    conf_free(conf);
    return ret;
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct conf *conf;
    int ret;

    if (args->value[OPT_TEMPLATE])
        return define_from_template(ts, args);
    conf = config_from_args(ts, args);
    if (!conf)
        return xm_report(ts);
    ret = define(ts, args, conf);
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
