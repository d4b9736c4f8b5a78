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

/* libxenevtchn, which nothing here reaches. */
int xenevtchn_fd(xenevtchn_handle *xce)
{
    (void)xce;
    return -1;
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
