/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a config names; see file.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/near.h"
#include "domain/file.h"

/* Adds "(did you mean FILE?)" to a message about @path, from the files beside it. */
static void propose_file(const char *path, char *text, size_t cap)
{
    const char *slash = strrchr(path, '/');
    char dir[512];
    struct near near;
    struct dirent *entry;
    DIR *d;

    text[0] = '\0';
    if (!slash)
        return;
    snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    d = opendir(dir);
    if (!d) {
        snprintf(text, cap, " (directory %s does not exist)", dir);
        return;
    }
    near_init(&near, slash + 1);
    while ((entry = readdir(d)))
        if (entry->d_name[0] != '.')
            near_try(&near, entry->d_name);
    closedir(d);
    if (near_best(&near))
        snprintf(text, cap, " (did you mean %s%s%s?)", dir, dir[1] ? "/" : "", near_best(&near));
}

int file_check(struct toolstack *ts, const struct conf *conf, const char *key,
               const struct conf_value *value, const char *path, int access_mode, struct stat *st)
{
    char hint[600];

    if (stat(path, st) != 0) {
        int err = errno;

        propose_file(path, hint, sizeof(hint));
        return conf_fail(conf, key, value, &ts->fail, "%s: %s%s", path, strerror(err), hint);
    }
    if (access(path, access_mode) != 0)
        return conf_fail(conf, key, value, &ts->fail, "%s: %s", path, strerror(errno));
    return 0;
}
