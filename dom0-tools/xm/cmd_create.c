/* SPDX-License-Identifier: BSD-2-Clause */
/* xm create [-c] [-p] [-q] [-n] <ConfigFile> [key=value...] */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/schema.h"
#include "xm/commands.h"
#include "xm/console.h"
#include "xm/creation.h"
#include "xm/paths.h"
#include "xm/teardown.h"

/* A config file larger than this is something else. */
#define CONFIG_MAX (1u << 20)

enum { OPT_CONSOLE, OPT_PAUSED, OPT_QUIET, OPT_DRYRUN, OPT_DEFCONFIG, OPT_PATH, OPT_KEYS };

static const struct option_row options[] = {
    [OPT_CONSOLE] = {'c', "console_autoconnect", NULL, "connect to the console after the start"},
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused"},
    [OPT_QUIET] = {'q', "quiet", NULL, "print errors only"},
    [OPT_DRYRUN] = {'n', "dryrun", NULL, "check everything, print the config, create nothing"},
    [OPT_DEFCONFIG] = {'f', "defconfig", "FILE", "the config file"},
    [OPT_PATH] = {0, "path", "DIRS", "where to look for it (default .:" CONFIG_DIR ")"},
    [OPT_KEYS] = {0, "help_config", NULL, "list the keys that a config file may have"},
    {'F', "config", "FILE", "the config file, other spelling"},
    {'e', NULL, NULL, "accepted for compatibility"},
    {'d', NULL, NULL, "accepted for compatibility"},
    {'V', "vncviewer", NULL, "accepted for compatibility"},
    {0},
};
#define OPT_CONFIG (OPT_KEYS + 1)

/* Looks for @name along @path, colon-separated; true with the file's name in @found. */
static bool find_config(const char *name, const char *path, char *found, size_t cap)
{
    struct stat st;

    if (strchr(name, '/')) {
        snprintf(found, cap, "%s", name);
        return stat(found, &st) == 0;
    }
    while (*path) {
        size_t n = strcspn(path, ":");

        snprintf(found, cap, "%.*s/%s", (int)n, path, name);
        if (stat(found, &st) == 0)
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

static char *read_file(struct xm *xm, const char *path, size_t *len)
{
    FILE *in = fopen(path, "re");
    char *text = in ? malloc(CONFIG_MAX + 1) : NULL;

    if (!in) {
        fail(&xm->fail, "cannot open config file %s: %s", path, strerror(errno));
        return NULL;
    }
    if (!text) {
        fail(&xm->fail, "out of memory");
    } else {
        *len = fread(text, 1, CONFIG_MAX + 1, in);
        if (ferror(in) || *len > CONFIG_MAX) {
            fail(&xm->fail, "cannot read config file %s: %s", path,
                 ferror(in) ? strerror(errno) : "it is larger than 1 MiB");
            free(text);
            text = NULL;
        }
    }
    fclose(in);
    return text;
}

/* Reads the config file and applies the overrides; NULL with xm->fail set. */
static struct conf *load(struct xm *xm, const struct args *args, bool quiet)
{
    const char *given =
        args->value[OPT_DEFCONFIG] ? args->value[OPT_DEFCONFIG] : args->value[OPT_CONFIG];
    const char *path = args->value[OPT_PATH] ? args->value[OPT_PATH] : ".:" CONFIG_DIR;
    int first = 0;
    char file[PATH_MAX], *text;
    struct conf *conf;
    size_t len;

    if (!given && args->argc && !strchr(args->argv[0], '='))
        given = args->argv[first++];
    if (!given)
        given = "xmdefconfig";
    if (!find_config(given, path, file, sizeof(file))) {
        fail(&xm->fail, "Unable to open config file: %s (looked in %s)", given,
             strchr(given, '/') ? "that place only" : path);
        return NULL;
    }
    if (!quiet && xm->xl)
        fprintf(stderr, "Parsing config from %s\n", file);
    else if (!quiet)
        printf("Using config file \"%s\".\n", file);
    text = read_file(xm, file, &len);
    conf =
        text ? conf_read(file, text, len, args->argv + first, args->argc - first, &xm->fail) : NULL;
    free(text);
    /* A domain without a name is called as its file is. */
    if (conf && !conf_find(conf, "name"))
        conf_set_string(conf, "name", basename(file));
    return conf;
}

static void print_dryrun(struct xm *xm, const struct conf *conf)
{
    const char *name = conf_string(conf, "name");

    if (xm->xl)
        printf("{\n    \"c_info\": {\n        \"type\": \"pv\",\n        \"name\": \"%s\",\n"
               "        \"uuid\": \"<unknown>\"\n    }\n}\n",
               name);
    else
        printf("(vm\n    (name %s)\n    (memory %lld)\n    (vcpus %lld)\n)\n", name,
               (long long)conf_number(conf, "memory"), (long long)conf_number(conf, "vcpus"));
}

static int start(struct xm *xm, const struct args *args, struct creation *c)
{
    if (creation_run(xm, c))
        return xm_report(xm);
    if (!args->value[OPT_PAUSED] && xc_domain_unpause(xm->xch, c->domid)) {
        xm_error(xm, "cannot start the domain: %s", strerror(errno));
        teardown(xm, c->domid);
        return XM_FAILED;
    }
    kernel_image_keep(&c->kernel);
    if (!args->value[OPT_QUIET] && !xm->xl)
        printf("Started domain %s (id=%u)\n", c->name, c->domid);
    return args->value[OPT_CONSOLE] ? console_run(xm, c->domid) : XM_OK;
}

static int run(struct xm *xm, const struct args *args)
{
    bool quiet = args->value[OPT_QUIET], dryrun = args->value[OPT_DRYRUN];
    struct creation c = {0};
    int ret = XM_FAILED;
    struct conf *conf;

    if (args->value[OPT_KEYS]) {
        schema_list(stdout);
        return XM_OK;
    }
    conf = load(xm, args, quiet);
    if (!conf)
        return xm_report(xm);
    if (conf_check(conf, quiet ? NULL : stderr, &xm->fail) || creation_prepare(xm, conf, &c)) {
        xm_report(xm);
    } else if (dryrun) {
        ret = creation_load(xm, &c) ? xm_report(xm) : XM_OK;
        if (!ret)
            print_dryrun(xm, conf);
    } else if (xm_need_xc(xm) && xm_need_xs(xm)) {
        /* Asked again under a lock by creation_run; here to refuse before the slow part. */
        if (creation_check_machine(xm, &c) || creation_load(xm, &c))
            xm_report(xm);
        else
            ret = start(xm, args, &c);
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
    .max_args = -1,
    .run = run,
};
