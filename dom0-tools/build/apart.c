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
static int read_apart(const struct apart *a, int socket)
{
    const struct confinement reader = {.uid = CONFINE_NOBODY, .dies_with_parent = true};
    const int stream = STREAM;
    struct fail f = {""};
    struct stream_in in = stream_in_fd(&stream, &f);
    int ret = 0;

    in.bytes = a->in->bytes;
    setsid();
    if (keep_two(stream_in_descriptor(a->in), socket))
        return -1; /* nobody to tell: where the socket belongs may be somebody else's output */
    if ((a->prepare && a->prepare(a->arg)) || confine_as(&reader))
        ret = fail(&f, "cannot read the saved state without privileges: %s", strerror(errno));
    return a->read(a->arg, &in, SOCKET, ret);
}

int apart_run(const struct apart *a)
{
    int pair[2], ret;
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return fail(a->in->fail, "cannot make a socket: %s", strerror(errno));
    pid = fork();
    if (pid == 0)
        _exit(read_apart(a, pair[1]) ? 1 : 0);
    close(pair[1]);
    ret = pid < 0 ? fail(a->in->fail, "cannot start a process that reads the saved state: %s",
                         strerror(errno))
                  : a->hear(a->arg, pair[0]);
    close(pair[0]);
    if (pid > 0)
        kill(pid, SIGKILL); /* whatever it does still */
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return ret;
}

/* ---- a guest ---- */

struct restoring {
    struct restore *r;
    int (*keep_maps)(void *ctx);
};

static int keep_maps(void *arg)
{
    const struct restoring *w = arg;

    return w->keep_maps(w->r->guest->ctx);
}

static int read_guest(void *arg, struct stream_in *in, int socket, int begun)
{
    struct restore r = *((struct restoring *)arg)->r;
    struct remote remote;

    remote_init(&remote, socket, r.guest, in->fail);
    r.guest = &remote.guest;
    r.in = in;
    return remote_end(&remote, begun ? begun : restore_run(&r), &r);
}

static int serve_guest(void *arg, int socket)
{
    return remote_serve(socket, ((struct restoring *)arg)->r);
}

int apart_restore(struct restore *r, int (*keep)(void *ctx))
{
    struct restoring w = {.r = r, .keep_maps = keep};
    const struct apart a = {
        .in = r->in, .prepare = keep_maps, .read = read_guest, .hear = serve_guest, .arg = &w};

    return apart_run(&a);
}
