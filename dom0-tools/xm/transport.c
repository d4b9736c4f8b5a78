/* SPDX-License-Identifier: BSD-2-Clause */
/* A command on two pipes; see transport.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xm/transport.h"

#define LINGER_MS 2000

static int spawn(struct transport *t, const char *command, int in, int out)
{
    char *argv[] = {"sh", "-c", (char *)command, NULL};
    posix_spawn_file_actions_t actions;
    int err;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    err = posix_spawnp(&t->pid, "sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = err;
    return err ? -1 : 0;
}

int transport_open(struct transport *t, const char *command)
{
    int to[2], from[2], ret;

    if (pipe2(to, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return -1;
    }
    ret = spawn(t, command, to[0], from[1]);
    close(to[0]);
    close(from[1]);
    t->in = from[0];
    t->out = to[1];
    if (ret) {
        close(t->in);
        close(t->out);
    }
    return ret;
}

void transport_close(struct transport *t)
{
    struct pollfd ended = {.fd = syscall(SYS_pidfd_open, t->pid, 0), .events = POLLIN};

    close(t->in);
    close(t->out);
    if (ended.fd >= 0 && poll(&ended, 1, LINGER_MS) == 0)
        kill(t->pid, SIGTERM);
    if (ended.fd >= 0)
        close(ended.fd);
    while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}
