/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Either of the daemon's two processes is killed while clients work; no client notices.  The server
 * is traced and killed at the return from each of its system calls in turn, which is where bytes
 * have moved that it has not yet heard of.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

TestSuite(killed, .init = daemon_begin, .fini = daemon_end, .timeout = 300);

/* One client's work, each result checked; @round makes values differ. */
static void work(unsigned int round)
{
    char value[16], *got, **event;
    unsigned int n;
    xs_transaction_t t;

    snprintf(value, sizeof(value), "%u", round);
    cr_assert(xs_write(h, XBT_NULL, "/k/plain", value, strlen(value)));
    t = xs_transaction_start(h);
    cr_assert_neq(t, XBT_NULL);
    cr_assert(xs_write(h, t, "/k/in", value, strlen(value)));
    cr_assert(xs_transaction_end(h, t, false), "%s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        got = xs_read(h, XBT_NULL, i ? "/k/plain" : "/k/in", &n);
        cr_assert_str_eq(got, value);
        free(got);
    }
    /* Exactly one event for each of the two writes. */
    for (int i = 0; i < 2; i++) {
        event = xs_read_watch(h, &n);
        cr_assert_str_eq(event[XS_WATCH_PATH], i ? "/k/in" : "/k/plain");
        free(event);
    }
    cr_assert_null(xs_check_watch(h));
}

static void begin_work(void)
{
    char **event;
    unsigned int n;

    cr_assert(xs_mkdir(h, XBT_NULL, "/k"));
    cr_assert(xs_watch(h, "/k", "t"));
    event = xs_read_watch(h, &n);
    free(event);
}

/* Traces the server up to the return of its @nth system call from now and kills it there. */
struct trap {
    pthread_t thread;
    int nth;
    pthread_barrier_t set;
    bool reached;
};

static void *trap(void *arg)
{
    struct trap *t = arg;
    int pid = daemon_server(), status;

    cr_assert_eq(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0, "%s", strerror(errno));
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, &status, __WALL);
    pthread_barrier_wait(&t->set);
    /* Interrupted in epoll_wait(), which is entered again; then two stops each call. */
    for (int i = 0; i < 2 * t->nth; i++) {
        ptrace(PTRACE_SYSCALL, pid, 0, 0);
        waitpid(pid, &status, __WALL);
        if (!WIFSTOPPED(status))
            return NULL;
    }
    t->reached = true;
    kill(pid, SIGKILL);
    waitpid(pid, &status, __WALL);
    return NULL;
}

/* May processes be traced here?  In some containers they may not. */
static bool may_trace(void)
{
    int pid = daemon_server(), status;

    if (ptrace(PTRACE_SEIZE, pid, 0, 0) < 0)
        return errno != EPERM;
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, &status, __WALL);
    ptrace(PTRACE_DETACH, pid, 0, 0);
    return true;
}

Test(killed, the_server_at_every_system_call)
{
    if (!may_trace())
        cr_skip_test("no process may be traced here");
    begin_work();
    for (int nth = 1; nth <= 60; nth++) {
        struct trap t = {.nth = nth};

        pthread_barrier_init(&t.set, NULL, 2);
        cr_assert_eq(pthread_create(&t.thread, NULL, trap, &t), 0);
        pthread_barrier_wait(&t.set);
        while (!__atomic_load_n(&t.reached, __ATOMIC_ACQUIRE))
            work(nth);
        pthread_join(t.thread, NULL);
        work(1000 + nth);
        pthread_barrier_destroy(&t.set);
    }
}

Test(killed, transactions_watches_and_quotas_live_on)
{
    unsigned int n;
    xs_transaction_t t;
    char **event;
    int status;

    begin_work();
    t = xs_transaction_start(h);
    cr_assert(xs_write(h, t, "/k/x", "1", 1));
    sh("xenstore-control quota watches 9; xenstore-control quota nodes 77", &status);
    kill(daemon_server(), SIGKILL);
    cr_assert(xs_write(h, t, "/k/y", "2", 1));
    cr_assert_null(xs_read(h, XBT_NULL, "/k/x", &n));
    cr_assert(xs_transaction_end(h, t, false));
    event = xs_read_watch(h, &n);
    cr_assert_str_eq(event[XS_WATCH_PATH], "/k/x");
    cr_assert_not_null(
        strstr(sh("xenstore-control quota | tr -d ' '", &status), "nodes:77\nwatches:9\n"));
    sh("xenstore-control check", &status);
    cr_assert_eq(status, 0);
    free(event);
}

Test(killed, the_keeper)
{
    int server = daemon_server(), status;
    char command[64];

    begin_work();
    for (unsigned int i = 0; i < 5; i++) {
        int old = daemon_keeper();

        work(i);
        kill(old, SIGKILL);
        while (daemon_keeper() == old)
            work(i);
        cr_assert_str_eq(sh("xenstore-read /k/plain >/dev/null; echo $?", &status), "0\n");
        work(i);
    }
    cr_assert_eq(daemon_server(), server);
    snprintf(command, sizeof(command), "ps -o pid= --ppid %d | wc -l", server);
    cr_assert_str_eq(sh(command, &status), "1\n", "those that died are not there any more");
    kill(server, SIGKILL);
    work(9);
    cr_assert_neq(daemon_server(), server);
}

static bool runs_what_is_installed(int pid)
{
    char command[96];
    int status;

    snprintf(command, sizeof(command), "test /proc/%d/exe -ef $DIR/xenstored", pid);
    sh(command, &status);
    return status == 0;
}

/* Another version is put in place, and each process killed, in either order: both run that. */
Test(killed, each_starts_the_other_as_installed_since)
{
    int keeper = daemon_keeper(), server = daemon_server(), status;

    begin_work();
    sh("cp $DIR/xenstored $DIR/new && mv $DIR/new $DIR/xenstored", &status);
    cr_assert_eq(status, 0);
    cr_assert_not(runs_what_is_installed(server));
    kill(keeper, SIGKILL);
    while (daemon_keeper() == keeper)
        work(1);
    cr_assert(runs_what_is_installed(daemon_keeper()), "the server started it");
    kill(server, SIGKILL);
    work(2);
    cr_assert(runs_what_is_installed(daemon_server()));
}

/* Clients that come and go while servers die leave nothing open. */
Test(killed, clients_come_and_go)
{
    char command[96];
    int status;

    begin_work();
    for (unsigned int i = 0; i < 30; i++) {
        struct xs_handle *other = xs_open(0);

        kill(daemon_server(), SIGKILL);
        cr_assert_str_eq(sh("xenstore-exists /k; echo $?", &status), "0\n");
        if (i & 1)
            kill(daemon_server(), SIGKILL);
        xs_close(other);
        work(i);
    }
    snprintf(command, sizeof(command), "ls /proc/%d/fd /proc/%d/fd | sort -n | tail -n 1",
             daemon_keeper(), daemon_server());
    for (int i = 0; atoi(sh(command, &status)) > 1004; i++)
        cr_assert_lt(i, 10000, "the keeper has closed all but the first client");
}

/* Who comes before a new server has begun to wait is let in when it does, and stays. */
Test(killed, clients_come_while_a_server_starts)
{
    enum { CLIENTS = 30 };
    struct xs_handle *client[CLIENTS];

    begin_work();
    for (unsigned int i = 0; i < CLIENTS; i++) {
        kill(daemon_server(), SIGKILL);
        client[i] = xs_open(0);
        cr_assert_not_null(client[i]);
        for (unsigned int j = 0; j <= i; j++)
            cr_assert(xs_write(client[j], XBT_NULL, "/other", "", 0), "client %u of %u: %s", j, i,
                      strerror(errno));
        work(i);
    }
    for (unsigned int i = 0; i < CLIENTS; i++)
        xs_close(client[i]);
}
