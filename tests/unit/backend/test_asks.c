/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker whose monitor dies with a question open ends without a word: whoever asked would tell
 * the guest of an error that the next worker does not have.
 */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/backend.h"
#include "lib/channel.h"

/* libxenevtchn, of which only the descriptor is used here. */
static int event_fd = -1;
int xenevtchn_fd(xenevtchn_handle *xce)
{
    (void)xce;
    return event_fd;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    (void)xce;
    (void)domid;
    (void)remote_port;
    return -1;
}

enum call { MAP, COPY };

static void ask_and_come_back(int grants, enum call call)
{
    struct backend be = {.grants = grants, .gntdev = -1};
    xengnttab_grant_copy_segment_t seg = {.len = 1};
    uint32_t ref = 8;

    if (call == MAP)
        backend_map(&be, &ref, 1);
    else
        backend_copy(&be, 1, &seg);
    _exit(0);
}

/* How a process ended that asked @call of a monitor that dies before the question, or after. */
static int end_of_asking(enum call call, bool heard)
{
    struct grant_request q;
    int pair[2], status;
    pid_t pid;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    if (!heard)
        close(pair[0]);
    pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        if (heard)
            close(pair[0]);
        ask_and_come_back(pair[1], call);
    }
    close(pair[1]);
    if (heard) {
        cr_assert_gt(recv(pair[0], &q, sizeof(q), 0), 0);
        close(pair[0]);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

Test(asks, a_worker_without_monitor_ends, .timeout = 60)
{
    for (enum call call = MAP; call <= COPY; call++) {
        cr_assert_eq(end_of_asking(call, false), 1);
        cr_assert_eq(end_of_asking(call, true), 1);
    }
}

/* /dev/xen/evtchn as a socket: what the worker writes, it unmasks. */
static int device, monitor;
static unsigned rounds;
static evtchn_port_t unmasked[8];

static ssize_t look_at_unmasked(void)
{
    return recv(device, unmasked, sizeof(unmasked), MSG_DONTWAIT);
}

/* A guest sends what it likes: two events, then one more in the middle of the work. */
static int work(struct backend *be)
{
    static const evtchn_port_t fired[] = {7, 9};

    switch (++rounds) {
    case 1:
        cr_assert_eq(send(device, fired, sizeof(fired), 0), sizeof(fired));
        break;
    case 2:
        cr_assert_lt(look_at_unmasked(), 0, "unmasked before the work is done");
        cr_assert_eq(send(device, fired, sizeof(fired[0]), 0), sizeof(fired[0]));
        break;
    case 3:
        cr_assert_eq(look_at_unmasked(), sizeof(fired), "unmasked after the work");
        cr_assert(unmasked[0] == 7 && unmasked[1] == 9);
        cr_assert_lt(look_at_unmasked(), 0, "the last one before its work is done");
        close(monitor);
        break;
    default:
        be->leaving = true;
        break;
    }
    return -1;
}

Test(events, are_unmasked_after_the_work, .timeout = 60)
{
    static const struct backend_ops ops = {.run = work};
    int events[2], control[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, events), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control), 0);
    event_fd = events[0];
    device = events[1];
    monitor = control[1];
    struct backend be = {.ops = &ops, .control = control[0], .connected = true};
    cr_assert_eq(backend_prepare(&be), 0);
    backend_serve(&be);
    cr_assert_geq(rounds, 3);
    cr_assert_eq(look_at_unmasked(), sizeof(evtchn_port_t));
    cr_assert_eq(unmasked[0], 7);
}
