/* SPDX-License-Identifier: BSD-2-Clause */
/* Definitions of managed domains; see managed.h. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/names.h"
#include "domain/config_file.h"
#include "domain/managed.h"
#include "domain/paths.h"
#include "lib/xalloc.h"

#define SUFFIX ".cfg"

static const char *path_of(const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s" SUFFIX, paths.managed, name);
    return path;
}

bool managed_exists(const char *name)
{
    char path[PATH_MAX];

    return domain_name_ok(name) && access(path_of(name, path), F_OK) == 0;
}

/* Every part of the way; what stands already is fine. */
static int make_directory(struct toolstack *ts)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", paths.managed);
    for (char *at = path + 1;; at++) {
        char end = *at;

        if (end && end != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return fail(&ts->fail, "cannot make %s: %s", path, strerror(errno));
        if (!end)
            return 0;
        *at = end;
    }
}

int managed_save(struct toolstack *ts, const struct conf *conf)
{
    char path[PATH_MAX];

    return make_directory(ts) ? -1
                              : config_write(ts, conf, path_of(conf_string(conf, "name"), path));
}

struct conf *managed_load(struct toolstack *ts, const char *name)
{
    char path[PATH_MAX];

    return config_read(ts, path_of(name, path), NULL, 0);
}

const char *managed_state(const char *name, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/%s.state", paths.managed, name);
    return path;
}

bool managed_suspended(const char *name)
{
    char path[PATH_MAX];

    return domain_name_ok(name) && access(managed_state(name, path), F_OK) == 0;
}

int managed_delete(struct toolstack *ts, const char *name)
{
    char path[PATH_MAX];

    if (unlink(managed_state(name, path)) != 0 && errno != ENOENT)
        return fail(&ts->fail, "cannot remove %s: %s", path, strerror(errno));
    if (unlink(path_of(name, path)) == 0)
        return 0;
    return fail(&ts->fail, "cannot remove %s: %s", path, strerror(errno));
}

/* The new definition is complete before the old one goes. */
int managed_rename(struct toolstack *ts, const char *name, const char *other)
{
    struct conf *conf;
    int ret;

    if (!managed_exists(name))
        return 0;
    conf = managed_load(ts, name);
    if (!conf)
        return -1;
    config_set(conf, "name", other);
    ret = managed_save(ts, conf);
    conf_free(conf);
    return ret ? ret : managed_delete(ts, name);
}

static int is_definition(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), suffix = sizeof(SUFFIX) - 1;

    return len > suffix && strcmp(entry->d_name + len - suffix, SUFFIX) == 0;
}

int managed_names(char ***names)
{
    struct dirent **entries;
    int n = scandir(paths.managed, &entries, is_definition, alphasort);

    *names = xcalloc(n > 0 ? n : 1, sizeof(**names));
    for (int i = 0; i < n; i++) {
        (*names)[i] = xmemdup(entries[i]->d_name, strlen(entries[i]->d_name) - sizeof(SUFFIX) + 1);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return n > 0 ? n : 0;
}
