/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader's process; see apart.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader/confine.h"
#include "build/apart.h"
#include "stream/remote.h"

/* The descriptors that it has: no terminal, nothing of whoever restores. */
enum { STREAM, SOCKET, DESCRIPTORS };

static int keep_two(int stream, int socket)
{
    const int a = fcntl(stream, F_DUPFD, DESCRIPTORS), b = fcntl(socket, F_DUPFD, DESCRIPTORS);

    return a < 0 || b < 0 || dup2(a, STREAM) < 0 || dup2(b, SOCKET) < 0 ||
                   close_range(DESCRIPTORS, ~0u, 0)
               ? -1
               : 0;
}

/* (Without a terminal that it could put words into; by the socket it hears of its parent's end.) */
static int read_apart(const struct restore *told, int socket, int (*keep_maps)(void *ctx))
{
    const struct confinement reader = {.uid = CONFINE_NOBODY, .dies_with_parent = true};
    const int stream = STREAM;
    struct fail f = {""};
    struct stream_in in = stream_in_fd(&stream, &f);
    struct restore r = *told;
    struct remote remote;
    int ret;

    in.bytes = told->in->bytes;
    r.in = &in;
    remote_init(&remote, SOCKET, told->guest, &f);
    r.guest = &remote.guest;
    setsid();
    if (keep_two(stream_in_descriptor(told->in), socket))
        return -1; /* nobody to tell: where the socket belongs may be somebody else's output */
    if (keep_maps(told->guest->ctx) || confine_as(&reader))
        ret = fail(&f, "cannot read the saved state without privileges: %s", strerror(errno));
    else
        ret = restore_run(&r);
    return remote_end(&remote, ret, &r);
}

int apart_restore(struct restore *r, int (*keep_maps)(void *ctx))
{
    int pair[2], ret;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return fail(r->guest->fail, "cannot make a socket: %s", strerror(errno));
    pid = fork();
    if (pid == 0)
        _exit(read_apart(r, pair[1], keep_maps) ? 1 : 0);
    close(pair[1]);
    ret = pid < 0 ? fail(r->guest->fail, "cannot start a process that reads the saved state: %s",
                         strerror(errno))
                  : remote_serve(pair[0], r);
    close(pair[0]);
    if (pid > 0)
        kill(pid, SIGKILL); /* whatever it does still */
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return ret;
}
