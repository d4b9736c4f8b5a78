/* SPDX-License-Identifier: BSD-2-Clause */
/* Dropping privileges; see drop.h. */
#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/daemon.h"
#include "lib/drop.h"

/* nobody and nogroup on every Linux distribution */
#define NOBODY 65534

/* Nothing that opens, creates, executes, connects or touches other processes. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(ioctl),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(close),
    SCMP_SYS(futex),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(fcntl),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(lseek),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(getrandom),
};

static int set_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int ret = filter ? 0 : -ENOMEM;

    for (size_t i = 0; !ret && i < sizeof(allowed) / sizeof(allowed[0]); i++)
        ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (!ret)
        ret = seccomp_load(filter); /* sets no_new_privs as well */
    seccomp_release(filter);
    errno = -ret;
    return ret ? -1 : 0;
}

int drop_privileges(void)
{
    static const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_CORE, &none) || setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
        setresuid(NOBODY, NOBODY, NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        set_filter()) {
        log_msg("cannot give up privileges: %s", strerror(errno));
        return -1;
    }
    return 0;
}
