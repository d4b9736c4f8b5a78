/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and watching processes; see process.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/beside.h"
#include "xend/group.h"
#include "xend/journal.h"
#include "xend/process.h"

static void on_end(struct source *s, uint32_t events)
{
    struct process *p = (struct process *)s; /* its first member */
    bool clean = false;
    int status;

    (void)events;
    if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
        clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (WIFSIGNALED(status))
            journal("process %d was killed by signal %d", p->pid, WTERMSIG(status));
        else if (!clean)
            journal("process %d ended with status %d", p->pid, WEXITSTATUS(status));
    }
    loop_del(s);
    close(s->fd);
    s->fd = -1;
    if (p->group[0])
        group_end(p->group);
    p->ended(p, clean);
}

int process_adopt(struct process *p, pid_t pid)
{
    int fd = syscall(SYS_pidfd_open, pid, 0); /* always close-on-exec */

    if (fd < 0)
        return -1;
    p->pid = pid;
    p->source = (struct source){.fd = fd, .ready = on_end};
    return loop_add(&p->source, EPOLLIN);
}

/* Nothing of xend's state may reach a program: not its lock, not its signal mask. */
static void become_child(int log)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    dup2(log, STDERR_FILENO);
    dup2(log, STDOUT_FILENO);
}

static void exec_program(char *const argv[])
{
    beside_exec(argv);
    dprintf(STDERR_FILENO, "xend: cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

int process_work(struct process *p, int (*work)(const void *arg), const void *arg)
{
    int log = journal_fd();
    pid_t pid = fork();

    if (pid == 0) {
        become_child(log);
        close_range(3, ~0u, 0);
        _exit(work(arg));
    }
    return pid < 0 ? -1 : process_adopt(p, pid);
}

int process_start(struct process *p, char *const argv[], const int *fds, int count)
{
    int log = journal_fd(), moved[PROCESS_FDS];
    bool bounded;
    pid_t pid;

    if (count > PROCESS_FDS) {
        errno = EINVAL;
        return -1;
    }
    bounded = p->group[0] && group_begin(p->group);
    pid = fork();
    if (pid == 0) {
        become_child(log);
        if (bounded && cgroup_enter(p->group))
            dprintf(STDERR_FILENO, "xend: cannot enter group %s: %s\n", p->group, strerror(errno));
        for (int i = 0; i < count; i++) /* out of the way of the numbers they shall have */
            moved[i] = fcntl(fds[i], F_DUPFD, 3 + PROCESS_FDS);
        for (int i = 0; i < count; i++)
            dup2(moved[i], 3 + i);
        close_range(3 + count, ~0u, 0);
        exec_program(argv);
    }
    return pid < 0 ? -1 : process_adopt(p, pid);
}
