/* SPDX-License-Identifier: BSD-2-Clause */
/* The config that a command line names: create and new take it in the same words. */
#ifndef XM_CONFIG_ARGS_H
#define XM_CONFIG_ARGS_H

#include "conf/conf.h"
#include "domain/toolstack.h"
#include "xm/command.h"

/* Rows that the option tables of both begin with. */
enum {
    OPT_CONFIG,
    OPT_XML,
    XM_CONFIG_OPTIONS,
    OPT_DEFCONFIG = XM_CONFIG_OPTIONS,
    OPT_PATH,
    OPT_QUIET,
    OPT_DRYRUN,
    CONFIG_OPTIONS_END
};

#define CONFIG_OPTIONS                                                                             \
    [OPT_CONFIG] = {'F', "config", "FILE",                                                         \
                    "the same: a config, or an S-expression as -n prints it"},                     \
    [OPT_XML] = {'x', "xmldryrun", NULL, "as --dryrun, but print the config as XML"},              \
    [OPT_DEFCONFIG] = {'f', "defconfig", "FILE", "the config file"},                               \
    [OPT_PATH] = {0, "path", "DIRS", "where to look for it (default .:/etc/xen)"},                 \
    [OPT_QUIET] = {'q', "quiet", NULL, "print errors only"},                                       \
    [OPT_DRYRUN] = {'n', "dryrun", NULL, "check everything, print the config, create nothing"}

/*
 * Finds and reads the file, applies what the command line adds, names the domain after the file
 * if nothing else does, and checks it; NULL with ts->fail.
 */
struct conf *config_from_args(struct toolstack *ts, const struct args *args);

/* Is nothing to be made, only printed? */
bool config_is_dryrun(const struct args *args);

/* What --dryrun prints, as SXP or as JSON, from which xendomains reads the name; or the XML. */
void config_print_dryrun(const struct args *args, const struct conf *conf, bool sxp);

#endif
