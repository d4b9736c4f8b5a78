/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that read what a guest wrote; see child.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader/child.h"
#include "bootloader/confine.h"
#include "lib/cgroup.h"

/* A reader may have 512 MiB of addresses; its output, a kernel or RAM disk, is counted as its. */
static const struct cgroup_bounds bounds = {.memory = UINT64_C(2) << 30, .tasks = 4};

static char *group_name(char name[CGROUP_NAME])
{
    snprintf(name, CGROUP_NAME, "boot-%d", getpid());
    return name;
}

pid_t child_fork(void)
{
    char name[CGROUP_NAME];
    struct fail none; /* who is not root may not; xend tells root */
    int made = cgroup_make(group_name(name), &bounds, &none);
    pid_t pid = fork();

    if (pid == 0 && made == 0 && cgroup_enter(name))
        _exit(CONFINE_FAILED);
    if (pid < 0)
        cgroup_end(name);
    return pid;
}

int child_wait(pid_t pid, int ms)
{
    int status, fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    int ready = fd < 0 ? 1 : poll(&pfd, 1, ms);
    char name[CGROUP_NAME];

    if (ready <= 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (fd >= 0)
        close(fd);
    cgroup_end(group_name(name));
    return ready > 0 ? status : -1;
}

int child_run(int (*work)(void *arg), void *arg)
{
    pid_t pid = child_fork();
    int status;

    if (pid == 0) {
        close_range(0, ~0u, 0);
        _exit(confine() ? CONFINE_FAILED : work(arg));
    }
    status = pid > 0 ? child_wait(pid, -1) : -1;
    return status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != CONFINE_FAILED
               ? WEXITSTATUS(status)
               : -1;
}
