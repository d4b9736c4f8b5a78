/* SPDX-License-Identifier: BSD-2-Clause */
/* Where cores go if nobody says; see core.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "domain/core.h"

#define STAMP_FORMAT "%Y-%m%d-%H%M.%S-"
#define STAMP_LEN    (sizeof("2026-1126-2235.07-") - 1)

/* Makes @dir and what it lies in; 0 or -1 with errno. */
static int make_dirs(const char *dir)
{
    char path[CORE_PATH_LEN];

    snprintf(path, sizeof(path), "%s", dir);
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(path, 0755); /* if it cannot be made, the last one tells why */
        *at = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

int core_default_path(struct toolstack *ts, uint32_t domid, char path[CORE_PATH_LEN])
{
    const char *dir = ts->xl ? paths.xl_dump : paths.dump;
    char *name = ts_domain_name(ts, domid), stamp[32];
    time_t now = time(NULL);
    struct tm tm;

    if (ts->xl) {
        snprintf(path, CORE_PATH_LEN, "%s/%s", dir, name);
    } else {
        strftime(stamp, sizeof(stamp), STAMP_FORMAT, localtime_r(&now, &tm));
        snprintf(path, CORE_PATH_LEN, "%s/%s%s.%u.core", dir, stamp, name, domid);
    }
    free(name);
    if (make_dirs(dir))
        return fail(&ts->fail, "cannot make the directory %s: %s", dir, strerror(errno));
    return 0;
}

/* Is @file "STAMP-NAME.ID.core" of domains called @name? */
static bool is_core_of(const char *file, const char *name)
{
    unsigned int domid;
    int end = 0;

    if (strlen(file) < STAMP_LEN + strlen(name) ||
        strncmp(file + STAMP_LEN, name, strlen(name)) != 0)
        return false;
    file += STAMP_LEN + strlen(name);
    return sscanf(file, ".%u.core%n", &domid, &end) == 1 && end && !file[end];
}

static unsigned int count_cores(const char *name)
{
    DIR *dir = opendir(paths.dump);
    struct dirent *entry;
    unsigned int n = 0;

    while (dir && (entry = readdir(dir)))
        n += is_core_of(entry->d_name, name);
    if (dir)
        closedir(dir);
    return n;
}

int core_of_crash(struct toolstack *ts, uint32_t domid, char path[CORE_PATH_LEN])
{
    static const struct core_options options = {0};
    char *name = ts_domain_name(ts, domid);
    unsigned int there = count_cores(name);
    int ret;

    if (there >= CORES_KEPT)
        ret = fail(&ts->fail, "%u cores of %s are in %s already: no other is written (remove some)",
                   there, name, paths.dump);
    else
        ret = core_default_path(ts, domid, path) || core_dump(ts, domid, path, &options) ? -1 : 0;
    free(name);
    return ret;
}
