/* SPDX-License-Identifier: BSD-2-Clause */
/* The config that a command line names; see config_args.h. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "domain/config_file.h"
#include "domain/paths.h"
#include "xm/config_args.h"
#include "xm/config_sxp.h"
#include "xm/config_xml.h"

/* There, and no directory (a folder of images is often called as its guest is). */
static bool is_config(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

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
        if (is_config(found))
            return true;
        path += n + (path[n] == ':');
    }
    return false;
}

static void announce(const struct toolstack *ts, const char *file)
{
    if (ts->xl)
        fprintf(stderr, "Parsing config from %s\n", file);
    else
        printf("Using config file \"%s\".\n", file);
}

static int finish(struct toolstack *ts, const struct args *args, struct conf *conf, char *file)
{
    if (!conf_find(conf, "name"))
        config_set(conf, "name", basename(file));
    return conf_check(conf, args->value[OPT_QUIET] ? NULL : stderr, &ts->fail);
}

struct conf *config_from_args(struct toolstack *ts, const struct args *args)
{
    const char *given =
        args->value[OPT_DEFCONFIG] ? args->value[OPT_DEFCONFIG] : args->value[OPT_CONFIG];
    const char *path = args->value[OPT_PATH] ? args->value[OPT_PATH] : ".:" CONFIG_DIR;
    struct conf *conf;
    char file[PATH_MAX];
    int first = 0;

    if (!given && args->argc && !strchr(args->argv[0], '='))
        given = args->argv[first++];
    if (!given)
        given = "xmdefconfig";
    if (!find_config(given, path, file, sizeof(file))) {
        fail(&ts->fail, "Unable to open config file: %s (looked in %s)", given,
             strchr(given, '/') ? "that place only" : path);
        return NULL;
    }
    if (!args->value[OPT_QUIET])
        announce(ts, file);
    conf = config_read(ts, file, args->argv + first, args->argc - first);
    if (conf && finish(ts, args, conf, file)) {
        conf_free(conf);
        conf = NULL;
    }
    return conf;
}

bool config_is_dryrun(const struct args *args)
{
    return args->value[OPT_DRYRUN] || args->value[OPT_XML];
}

void config_print_dryrun(const struct args *args, const struct conf *conf, bool sxp)
{
    if (args->value[OPT_XML])
        config_print_xml(conf, stdout);
    else if (sxp)
        config_print_sxp(conf, stdout);
    else
        printf("{\n    \"c_info\": {\n        \"type\": \"pv\",\n        \"name\": \"%s\",\n"
               "        \"uuid\": \"<unknown>\"\n    }\n}\n",
               conf_string(conf, "name"));
}
