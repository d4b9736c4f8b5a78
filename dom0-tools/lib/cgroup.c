/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups of processes; see cgroup.h. */
#include "lib/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Not below the service's own group: what it starts outlives it, and a service manager counts. */
#define TOP "hospes"

#define CONTROLLERS "+memory +pids"

const char *cgroup_dir = "/sys/fs/cgroup";

/* The path of @file in group @name ("": above them all). */
static char *path_of(const char *name, const char *file, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/" TOP "/%s/%s", cgroup_dir, name, file);
    return path;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), saved;
    ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return n < 0 ? -1 : 0;
}

static int write_number(const char *name, const char *file, uint64_t value)
{
    char path[PATH_MAX], text[24];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    return write_text(path_of(name, file, path), text);
}

static int make_dir(const char *path)
{
    return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

/* The group above all of ours, in which the controllers are on. */
static int make_top(void)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/cgroup.subtree_control", cgroup_dir);
    if (write_text(path, CONTROLLERS) || make_dir(path_of("", "", path)))
        return -1;
    return write_text(path_of("", "cgroup.subtree_control", path), CONTROLLERS);
}

int cgroup_make(const char *name, const struct cgroup_bounds *b, struct fail *f)
{
    char path[PATH_MAX];

    if (make_top() == 0 && make_dir(path_of(name, "", path)) == 0 &&
        write_number(name, "memory.max", b->memory) == 0 &&
        write_number(name, "pids.max", b->tasks) == 0)
        return 0;
    fail(f,
         "cannot make %s/" TOP "/%s: %s (is cgroup version 2 mounted there, with memory and pids?)",
         cgroup_dir, name, strerror(errno));
    rmdir(path_of(name, "", path));
    return -1;
}

int cgroup_enter(const char *name)
{
    char path[PATH_MAX];

    return write_text(path_of(name, "cgroup.procs", path), "0");
}

int cgroup_end(const char *name)
{
    char path[PATH_MAX];

    if (rmdir(path_of(name, "", path)) == 0 || errno == ENOENT)
        return 0;
    write_text(path_of(name, "cgroup.kill", path), "1"); /* if Linux has it (5.14) */
    return rmdir(path_of(name, "", path)) == 0 || errno == ENOENT ? 0 : -1;
}

int cgroup_events(const char *name)
{
    char path[PATH_MAX], text[64];
    int fd = open(path_of(name, "cgroup.events", path), O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && read(fd, text, sizeof(text)) < 0) { /* it tells of changes since then */
        close(fd);
        fd = -1;
    }
    return fd;
}

void cgroup_sweep(void)
{
    char path[PATH_MAX];
    DIR *dir = opendir(path_of("", "", path));
    struct dirent *e;

    while (dir && (e = readdir(dir)))
        if (e->d_type == DT_DIR && e->d_name[0] != '.')
            rmdir(path_of(e->d_name, "", path)); /* refused while a process is in it */
    if (dir)
        closedir(dir);
}
