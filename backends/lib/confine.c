/* SPDX-License-Identifier: BSD-2-Clause */
/* Confinement of a device's processes; see confine.h. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

#include "lib/confine.h"
#include "lib/daemon.h"

/* A worker's buffers, rings and granted pages take less than 64 MiB of addresses. */
#define WORKER_MEMORY      (UINT64_C(256) << 20)
#define WORKER_DESCRIPTORS 32
#define WORKER_THREADS     64 /* io_uring's own count, too */

/* Both loops. */
static const int for_both[] = {
    SCMP_SYS(read),          SCMP_SYS(write),          SCMP_SYS(readv),
    SCMP_SYS(writev),        SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),      SCMP_SYS(sendto),         SCMP_SYS(poll),
    SCMP_SYS(epoll_wait),    SCMP_SYS(epoll_pwait),    SCMP_SYS(epoll_ctl),
    SCMP_SYS(munmap),        SCMP_SYS(madvise),        SCMP_SYS(brk),
    SCMP_SYS(close),         SCMP_SYS(futex),          SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),    SCMP_SYS(lseek),          SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),  SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),
    SCMP_SYS(gettid),        SCMP_SYS(tgkill),         SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),          SCMP_SYS(exit_group),     SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime), SCMP_SYS(mremap),
};

static const int for_worker[] = {SCMP_SYS(io_uring_enter)};

/* To end the worker; the last two are the first steps of the broker's thread. */
static const int for_monitor[] = {
    SCMP_SYS(wait4), SCMP_SYS(kill), SCMP_SYS(shutdown), SCMP_SYS(rseq), SCMP_SYS(set_robust_list),
};

/* By the command: a descriptor of another kind does not know the number. */
static const unsigned int monitor_ioctls[] = {
    IOCTL_GNTDEV_MAP_GRANT_REF,
    IOCTL_GNTDEV_UNMAP_GRANT_REF,
    IOCTL_GNTDEV_GRANT_COPY,
};

static const unsigned int worker_ioctls[] = {
    IOCTL_EVTCHN_BIND_INTERDOMAIN,     IOCTL_EVTCHN_UNBIND, IOCTL_EVTCHN_NOTIFY,
    IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, TUNSETOFFLOAD,       TUNSETQUEUE,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
    int ret = 0;

    for (size_t i = 0; !ret && i < count; i++)
        ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    return ret;
}

/* Memory may be had, but none that could be executed. */
static int allow_data(scmp_filter_ctx filter)
{
    struct scmp_arg_cmp data = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int ret = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &data);

    return ret ? ret : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &data);
}

static int allow_ioctls(scmp_filter_ctx filter, const unsigned int *commands, size_t count)
{
    int ret = 0;

    for (size_t i = 0; !ret && i < count; i++)
        ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                               SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, commands[i]));
    return ret;
}

static int set_filter(bool worker)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int ret = filter ? allow(filter, for_both, COUNT(for_both)) : -ENOMEM;

    if (!ret)
        ret = allow_data(filter);
    if (!ret)
        ret = worker ? allow(filter, for_worker, COUNT(for_worker))
                     : allow(filter, for_monitor, COUNT(for_monitor));
    if (!ret)
        ret = worker ? allow_ioctls(filter, worker_ioctls, COUNT(worker_ioctls))
                     : allow_ioctls(filter, monitor_ioctls, COUNT(monitor_ioctls));
    if (!ret)
        ret = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* the broker's thread, too */
    if (!ret)
        ret = seccomp_load(filter); /* sets no_new_privs as well */
    seccomp_release(filter);
    errno = -ret;
    return ret ? -1 : 0;
}

pid_t confine_fork(void)
{
    unsigned long flags =
        CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD;

    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
}

static int compare(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int confine_descriptors(const int *keep, int count)
{
    int sorted[16], from = STDERR_FILENO + 1;

    if (count > 16) {
        errno = EINVAL;
        return -1;
    }
    memcpy(sorted, keep, count * sizeof(int));
    qsort(sorted, count, sizeof(int), compare);
    for (int i = 0; i < count; i++) {
        if (sorted[i] > from && close_range(from, sorted[i] - 1, 0))
            return -1;
        if (sorted[i] >= from)
            from = sorted[i] + 1;
    }
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    return close_range(from, ~0u, 0);
}

/* A file system without a file, without room for one, takes the place of all others. */
static int enter_empty_root(void)
{
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
                   mount("none", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                         "size=4k,nr_inodes=2,mode=555") ||
                   chdir("/proc") || syscall(SYS_pivot_root, ".", ".") ||
                   umount2(".", MNT_DETACH) || chdir("/")
               ? -1
               : 0;
}

/* No program that is executed could get one back; this takes a capability itself. */
static int bound_capabilities(void)
{
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
            return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

/* All go but @kept, a bit of the first 32, or 0. */
static int drop_capabilities(uint32_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct left[2] = {{.effective = kept, .permitted = kept}};

    return (int)syscall(SYS_capset, &header, left);
}

static int bound(int what, uint64_t most)
{
    struct rlimit limit = {most, most};

    return setrlimit(what, &limit);
}

static int become(uid_t uid)
{
    return setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid) ? -1 : 0;
}

int confine_worker(uid_t uid)
{
    if (enter_empty_root() || bound(RLIMIT_CORE, 0) || bound(RLIMIT_AS, WORKER_MEMORY) ||
        bound(RLIMIT_NOFILE, WORKER_DESCRIPTORS) || bound(RLIMIT_NPROC, WORKER_THREADS) ||
        bound_capabilities() || become(uid) || drop_capabilities(0) ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || /* after the user: that resets it */
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || set_filter(true)) {
        log_msg("cannot give up privileges: %s", strerror(errno));
        return -1;
    }
    return 0;
}

int confine_monitor(void)
{
    if (bound(RLIMIT_CORE, 0) || bound_capabilities() || drop_capabilities(1u << CAP_KILL) ||
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || set_filter(false)) {
        log_msg("cannot give up privileges: %s", strerror(errno));
        return -1;
    }
    return 0;
}
