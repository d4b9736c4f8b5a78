/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up everything; see confine.h.  (openat: open() is shim.c's in the program it goes into.)
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bootloader/confine.h"

/* For what takes one; an emulated machine on a busy host may need a hundred times as long. */
#define CPU_SECONDS 200

/* Names can be opened and listed: there is only the empty file. */
static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(pread64),   SCMP_SYS(write),
    SCMP_SYS(lseek),        SCMP_SYS(close),     SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),   SCMP_SYS(openat),    SCMP_SYS(getdents64),
    SCMP_SYS(fcntl),        SCMP_SYS(dup),       SCMP_SYS(ioctl),
    SCMP_SYS(readlink),     SCMP_SYS(getcwd),    SCMP_SYS(brk),
    SCMP_SYS(mmap),         SCMP_SYS(munmap),    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),     SCMP_SYS(futex),     SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(exit),      SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(getrandom), SCMP_SYS(gettid),
    SCMP_SYS(sigaltstack), /* the sanitizers of the tests ask for the last two */
};

static int limit(int resource, rlim_t value)
{
    struct rlimit old, new = {value, value};

    if (getrlimit(resource, &old))
        return -1;
    if (old.rlim_max < value)
        new = (struct rlimit){old.rlim_max, old.rlim_max};
    return setrlimit(resource, &new);
}

/*
 * In a mount namespace of its own, so that nothing is left of it.  Others are not needed: there are
 * no system calls for networks and the like, and a network namespace takes long to make.
 */
static int enter_empty_root(void)
{
    int fd;

    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("boot", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=755"))
        return -1;
    fd = openat(AT_FDCWD, "/tmp" CONFINE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0444);
    if (fd < 0 || close(fd) || chroot("/tmp") || chdir("/"))
        return -1;
    return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int write_text(const char *path, const char *fmt, unsigned int id)
{
    int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && dprintf(fd, fmt, id) > 0;

    if (fd >= 0)
        close(fd);
    return ok ? 0 : -1;
}

/* Who is not root is, in a namespace of its own, for as long as it takes to leave dom0's files. */
static int become_root_inside(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    return unshare(CLONE_NEWUSER) || write_text("/proc/self/setgroups", "deny", 0) ||
                   write_text("/proc/self/uid_map", "0 %u 1", uid) ||
                   write_text("/proc/self/gid_map", "0 %u 1", gid)
               ? -1
               : 0;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int ret = 0;

    for (size_t i = 0; !ret && i < count; i++)
        ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return ret;
}

static int set_filter(const int *more, size_t count)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int ret = filter ? allow(filter, allowed, sizeof(allowed) / sizeof(allowed[0])) : -ENOMEM;

    if (!ret)
        ret = allow(filter, more, count);
    if (!ret)
        ret = seccomp_load(filter); /* sets no_new_privs as well */
    seccomp_release(filter);
    errno = -ret;
    return ret ? -1 : 0;
}

static int become(uid_t uid)
{
    return setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ? -1 : 0;
}

int confine_as(const struct confinement *c)
{
    const bool root = geteuid() == 0;

    if ((!root && become_root_inside()) || enter_empty_root() || (root && become(c->uid)))
        return -1;
    if (limit(RLIMIT_CORE, 0) || (c->cpu_seconds && limit(RLIMIT_CPU, c->cpu_seconds)) ||
        limit(RLIMIT_NPROC, 0) ||
        (c->dies_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return set_filter(c->calls, c->count);
}

int confine_more(const int *calls, size_t count, unsigned int cpu_seconds)
{
    const struct confinement c = {
        .uid = CONFINE_NOBODY, .cpu_seconds = cpu_seconds, .calls = calls, .count = count};

    return confine_as(&c);
}

int confine(void)
{
    return confine_more(NULL, 0, CPU_SECONDS);
}
