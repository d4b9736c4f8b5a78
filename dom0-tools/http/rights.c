/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving up rights; see rights.h. */
#include <errno.h>
#include <seccomp.h>
#include <string.h>

#include "bootloader/confine.h"
#include "http/rights.h"
#include "lib/daemon.h"

int rights_drop(uid_t uid)
{
    /* The server stands: from here on it only accepts, reads and writes. */
    static const int calls[] = {
        SCMP_SYS(accept4),    SCMP_SYS(recvfrom),       SCMP_SYS(sendto),
        SCMP_SYS(sendmsg),    SCMP_SYS(writev),         SCMP_SYS(poll),
        SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),    SCMP_SYS(epoll_ctl),
        SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),     SCMP_SYS(shutdown),
        SCMP_SYS(madvise),    SCMP_SYS(rt_sigprocmask), SCMP_SYS(getpid),
        SCMP_SYS(tgkill),     SCMP_SYS(rt_sigaction),   SCMP_SYS(restart_syscall),
    };
    const struct confinement c = {.uid = uid,
                                  .dies_with_parent = true,
                                  .calls = calls,
                                  .count = sizeof(calls) / sizeof(calls[0])};

    if (confine_as(&c)) {
        log_msg("cannot give up privileges: %s", strerror(errno));
        return -1;
    }
    return 0;
}
