/* SPDX-License-Identifier: BSD-2-Clause */
/* See fake_cgroup.h. */
#include "fake_cgroup.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/cgroup.h"

bool fake_cgroup_busy;
unsigned int fake_cgroups_made;
static char root[64];

static void put(const char *dir, const char *file, const char *text)
{
    char path[PATH_MAX];
    FILE *out;

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    out = fopen(path, "we");
    cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
}

static const char *get(const char *dir, const char *file)
{
    static char text[256];
    char path[PATH_MAX];
    FILE *in;

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    in = fopen(path, "re");
    if (!in)
        return NULL;
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    return text;
}

/* A group has files for the controllers that are on in the group above it. */
static void fill(const char *dir)
{
    char above[PATH_MAX];
    const char *on;

    snprintf(above, sizeof(above), "%s/..", dir);
    on = get(above, "cgroup.subtree_control");
    cr_assert_not_null(on);
    if (strstr(on, "+memory"))
        put(dir, "memory.max", "");
    if (strstr(on, "+pids"))
        put(dir, "pids.max", "");
    put(dir, "cgroup.subtree_control", "");
    put(dir, "cgroup.procs", "");
    put(dir, "cgroup.kill", "");
}

static bool is_ours(const char *path)
{
    return root[0] && strncmp(path, root, strlen(root)) == 0;
}

int mkdir(const char *path, mode_t mode)
{
    int ret = (int)syscall(SYS_mkdir, path, mode);

    if (ret == 0 && is_ours(path)) {
        fake_cgroups_made++;
        fill(path);
    }
    return ret;
}

static void empty(const char *dir)
{
    char path[PATH_MAX];
    struct dirent **entries;
    int n = scandir(dir, &entries, NULL, NULL);

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        if (entries[i]->d_type == DT_REG)
            unlink(path);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

int rmdir(const char *path)
{
    if (is_ours(path) && fake_cgroup_busy) {
        errno = EBUSY;
        return -1;
    }
    if (is_ours(path))
        empty(path);
    return (int)syscall(SYS_rmdir, path);
}

void fake_cgroup_begin(const char *controllers)
{
    char dir[] = "/tmp/cgroup.XXXXXX";

    cr_assert_not_null(mkdtemp(dir));
    fake_cgroup_busy = false;
    fake_cgroups_made = 0;
    put(dir, "cgroup.controllers", controllers);
    if (*controllers)
        put(dir, "cgroup.subtree_control", "");
    strcpy(root, dir);
    cgroup_dir = root;
}

void fake_cgroup_finish(void)
{
    char path[128];

    fake_cgroup_busy = false;
    snprintf(path, sizeof(path), "%s/hospes", root);
    rmdir(path);
    cr_assert_eq(rmdir(root), 0, "a group was left");
    root[0] = '\0';
}

static char *dir_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/hospes/%s", root, name);
    return path;
}

const char *fake_cgroup_text(const char *name, const char *file)
{
    char path[128];

    return get(dir_of(name, path), file);
}

bool fake_cgroup_exists(const char *name)
{
    char path[128];

    return access(dir_of(name, path), F_OK) == 0;
}
