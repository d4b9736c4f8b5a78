/* SPDX-License-Identifier: BSD-2-Clause */
/* The client library against the daemon, and clients that misbehave. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"
#include "lib/xs_post.h"

TestSuite(socket, .init = daemon_begin, .fini = daemon_end, .timeout = 300);

static char *read_str(xs_transaction_t t, const char *path)
{
    return xs_read(h, t, path, NULL);
}

Test(socket, reads_and_writes)
{
    struct xs_permissions perms[2] = {{0, XS_PERM_NONE}, {5, XS_PERM_READ}}, *got;
    unsigned int n;
    char *value, **names;

    cr_assert(xs_write(h, XBT_NULL, "/a/b", "v\0w", 3));
    value = xs_read(h, XBT_NULL, "/a/b", &n);
    cr_assert_eq(n, 3);
    cr_assert_eq(memcmp(value, "v\0w", 4), 0, "and a nul that is not counted");
    free(value);
    cr_assert(xs_set_permissions(h, XBT_NULL, "/a/b", perms, 2));
    got = xs_get_permissions(h, XBT_NULL, "/a/b", &n);
    cr_assert_eq(n, 2);
    cr_assert_eq(got[1].id, 5);
    cr_assert_eq(got[1].perms, XS_PERM_READ);
    free(got);
    names = xs_directory(h, XBT_NULL, "/a", &n);
    cr_assert_eq(n, 1);
    cr_assert_str_eq(names[0], "b");
    free(names);
    cr_assert(xs_rm(h, XBT_NULL, "/a"));
    cr_assert_null(xs_read(h, XBT_NULL, "/a", NULL));
    cr_assert_eq(errno, ENOENT);
    value = xs_get_domain_path(h, 3);
    cr_assert_str_eq(value, "/local/domain/3");
    free(value);
    cr_assert_not(xs_is_domain_introduced(h, 3));
    cr_assert_not(xs_introduce_domain(h, 3, 1, 1));
    cr_assert_eq(errno, ENOSYS, "there are no domains without Xen");
}

Test(socket, long_directories)
{
    char path[64], **names;
    unsigned int n;

    for (int i = 0; i < 1000; i++) {
        snprintf(path, sizeof(path), "/long/a-name-of-some-length-%d", i);
        cr_assert(xs_mkdir(h, XBT_NULL, path));
    }
    names = xs_directory(h, XBT_NULL, "/long", &n);
    cr_assert_not_null(names);
    cr_assert_eq(n, 1000);
    cr_assert_str_eq(names[999], "a-name-of-some-length-999");
    free(names);
}

Test(socket, watches_can_be_polled_for)
{
    struct pollfd p = {.fd = xs_fileno(h), .events = POLLIN};
    char **event, *value;
    unsigned int n;

    cr_assert_eq(poll(&p, 1, 0), 0);
    cr_assert(xs_watch(h, "/w", "token"));
    cr_assert(xs_write(h, XBT_NULL, "/w/x", "1", 1));
    value = read_str(XBT_NULL, "/w/x"); /* the events are read on the way to the reply */
    free(value);
    cr_assert_eq(poll(&p, 1, 5000), 1);
    event = xs_read_watch(h, &n);
    cr_assert_eq(n, 2);
    cr_assert_str_eq(event[XS_WATCH_PATH], "/w");
    cr_assert_str_eq(event[XS_WATCH_TOKEN], "token");
    free(event);
    event = xs_check_watch(h);
    cr_assert_str_eq(event[XS_WATCH_PATH], "/w/x");
    free(event);
    cr_assert_null(xs_check_watch(h));
    cr_assert_eq(errno, EAGAIN);
    cr_assert_eq(poll(&p, 1, 0), 0);
    cr_assert(xs_unwatch(h, "/w", "token"));
    cr_assert_not(xs_unwatch(h, "/w", "token"));
    cr_assert_eq(errno, ENOENT);
}

static void *wait_for_event(void *unused)
{
    (void)unused;
    for (;;) {
        char **event = xs_read_watch(h, NULL);
        bool last = event && !strcmp(event[XS_WATCH_PATH], "/t/last");

        cr_assert_not_null(event);
        free(event);
        if (last)
            return NULL;
    }
}

Test(socket, a_thread_may_wait_while_another_asks)
{
    pthread_t thread;
    char path[32];

    cr_assert(xs_watch(h, "/t", "token"));
    pthread_create(&thread, NULL, wait_for_event, NULL);
    for (int i = 0; i < 500; i++) {
        snprintf(path, sizeof(path), "/t/%d", i);
        cr_assert(xs_write(h, XBT_NULL, path, "x", 1));
    }
    cr_assert(xs_write(h, XBT_NULL, "/t/last", "x", 1));
    pthread_join(thread, NULL);
}

static void *count_up(void *arg)
{
    struct xs_handle *mine = xs_open(0);
    int *retries = arg;

    for (int i = 0; i < 100; i++) {
        for (;;) {
            xs_transaction_t t = xs_transaction_start(mine);
            char *value = xs_read(mine, t, "/count", NULL), text[16];

            snprintf(text, sizeof(text), "%d", atoi(value) + 1);
            free(value);
            xs_write(mine, t, "/count", text, strlen(text));
            if (xs_transaction_end(mine, t, false))
                break;
            cr_assert_eq(errno, EAGAIN);
            ++*retries;
        }
    }
    xs_close(mine);
    return NULL;
}

Test(socket, concurrent_transactions_lose_nothing)
{
    pthread_t thread[4];
    int retries[4] = {0};
    char *value;

    cr_assert(xs_write(h, XBT_NULL, "/count", "0", 1));
    for (int i = 0; i < 4; i++)
        pthread_create(&thread[i], NULL, count_up, &retries[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(thread[i], NULL);
    value = read_str(XBT_NULL, "/count");
    cr_assert_str_eq(value, "400");
    free(value);
}

static int raw_connection(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(addr.sun_path, getenv("XENSTORED_PATH"));
    cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return fd;
}

static void still_serves(void)
{
    char *reply = xs_control_command(h, "check", NULL, 0);

    cr_assert_str_eq(reply, "OK");
    free(reply);
}

Test(socket, an_overlong_message_ends_its_connection_only)
{
    struct xsd_sockmsg hdr = {.type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1};
    int fd = raw_connection();
    char byte;

    cr_assert_eq(send(fd, &hdr, sizeof(hdr), 0), sizeof(hdr));
    cr_assert_eq(read(fd, &byte, 1), 0, "disconnected");
    close(fd);
    still_serves();
}

Test(socket, partial_messages_and_sudden_ends_harm_nobody)
{
    struct xsd_sockmsg hdr = {.type = XS_WRITE, .len = 100};

    for (size_t len = 0; len <= sizeof(hdr); len++) {
        int fd = raw_connection();

        cr_assert_eq(send(fd, &hdr, len, 0), len);
        close(fd);
    }
    still_serves();
}

Test(socket, a_client_that_never_reads_does_not_grow_the_daemon)
{
    struct {
        struct xsd_sockmsg hdr;
        char path[8];
    } msg = {{.type = XS_READ, .len = 5}, "/big\0"};
    size_t len = sizeof(msg.hdr) + 5;
    char big[4000] = {0};
    int fd = raw_connection();
    long before;

    cr_assert(xs_write(h, XBT_NULL, "/big", big, sizeof(big)));
    before = daemon_rss();
    /* Requests are taken until enough replies wait; then the socket fills up. */
    while (send(fd, &msg, len, MSG_DONTWAIT) == (ssize_t)len)
        still_serves();
    cr_assert_eq(errno, EAGAIN);
    cr_assert_lt(daemon_rss() - before, 8192);
    close(fd);
    still_serves();
}

static void expect_value(const char *path, const char *value)
{
    char *got = read_str(XBT_NULL, path);

    cr_expect_str_eq(got ? got : "(none)", value, "%s", path);
    free(got);
}

Test(socket, posted_requests_are_done_in_their_order)
{
    char path[64], value[16];
    unsigned int n;
    char **names;

    xs_post_begin(h);
    for (int i = 0; i < 3000; i++) {
        snprintf(path, sizeof(path), "/posted/%d", i % 1000);
        snprintf(value, sizeof(value), "%d", i);
        cr_assert(xs_write(h, XBT_NULL, path, value, strlen(value)));
        if (i % 777 == 0) /* one that is waited for comes after all before it */
            expect_value(path, value);
    }
    cr_assert(xs_rm(h, XBT_NULL, "/posted/5"));
    cr_assert(xs_post_end(h));
    expect_value("/posted/999", "2999");
    names = xs_directory(h, XBT_NULL, "/posted", &n);
    cr_assert_eq(n, 999);
    free(names);
}

Test(socket, an_error_of_a_posted_request_is_told_at_the_end)
{
    xs_post_begin(h);
    cr_assert(xs_write(h, XBT_NULL, "/good", "1", 1));
    cr_assert(xs_write(h, XBT_NULL, "/bad path", "1", 1), "nobody knows yet");
    cr_assert(xs_write(h, XBT_NULL, "/later", "1", 1));
    expect_value("/good", "1");
    errno = 0;
    cr_assert_not(xs_post_end(h));
    cr_assert_eq(errno, EINVAL);
    expect_value("/later", "1");
    cr_assert_not(xs_write(h, XBT_NULL, "/bad path", "1", 1), "it is waited for again");
    xs_post_begin(h);
    cr_assert(xs_post_end(h), "an error is told once");
}

Test(socket, posted_removals_of_what_is_not_there_are_no_error)
{
    xs_post_begin(h);
    cr_assert(xs_rm(h, XBT_NULL, "/none/of/it"));
    cr_assert(xs_unwatch(h, "/none", "token"));
    cr_assert(xs_post_end(h));
}

Test(socket, posted_within_a_transaction)
{
    xs_transaction_t t = xs_transaction_start(h);

    xs_post_begin(h);
    cr_assert(xs_mkdir(h, t, "/t"));
    cr_assert(xs_write(h, t, "/t/a", "1", 1));
    cr_assert(xs_post_end(h));
    cr_assert_null(read_str(XBT_NULL, "/t/a"));
    cr_assert(xs_transaction_end(h, t, false));
    expect_value("/t/a", "1");
}

/* More than are sent together, some of them of nodes that are not there or may not be anywhere. */
Test(socket, many_nodes_are_read_at_once)
{
    enum { N = 300 };
    static char text[N][5000];
    const char *path[N];
    char *value[N], number[16];

    xs_post_begin(h);
    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof(text[i]), i == 7 ? "/bad path" : "/many/%d", i);
        snprintf(number, sizeof(number), "%d", i);
        if (i % 3 == 0)
            cr_assert(xs_write(h, XBT_NULL, text[i], number, strlen(number)));
        path[i] = text[i];
    }
    memset(text[10], 'x', sizeof(text[10]) - 1); /* longer than any request */
    cr_assert(xs_read_each(h, XBT_NULL, path, N, value), "also before the posted are settled");
    cr_assert(xs_post_end(h), "what cannot be read is no error of a posted one");
    for (int i = 0; i < N; i++) {
        snprintf(number, sizeof(number), "%d", i);
        if (i % 3 == 0)
            cr_expect_str_eq(value[i] ? value[i] : "(none)", number);
        else
            cr_expect_null(value[i], "%s", path[i]);
        free(value[i]);
    }
    expect_value("/many/3", "3");
}

/* Ends the connection of @h under it. */
static void cut(void)
{
    for (int fd = 3; fd < 64; fd++) {
        struct sockaddr_un peer = {0};
        socklen_t len = sizeof(peer);

        if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
            strcmp(peer.sun_path, xs_daemon_socket()) == 0)
            shutdown(fd, SHUT_RDWR);
    }
}

Test(socket, a_lost_connection_ends_the_reading_of_many)
{
    const char *path[2] = {"/a", "/b"};
    char *value[2];

    cut();
    errno = 0;
    cr_assert_not(xs_read_each(h, XBT_NULL, path, 2, value));
    cr_assert_eq(errno, EIO);
    cr_assert_null(value[0]);
    cr_assert_null(value[1]);
}

/* Events that come with replies are not left where poll() cannot see them. */
Test(socket, events_among_posted_replies_are_seen_by_poll)
{
    struct pollfd p = {.fd = xs_fileno(h), .events = POLLIN};
    int events = 0;
    char **event;

    cr_assert(xs_watch(h, "/seen", "token"));
    xs_post_begin(h);
    for (int i = 0; i < 200; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/seen/%d", i);
        cr_assert(xs_write(h, XBT_NULL, path, "1", 1));
    }
    cr_assert(xs_post_end(h));
    while (events < 201 && poll(&p, 1, 20000) == 1)
        while ((event = xs_check_watch(h))) {
            free(event);
            events++;
        }
    cr_assert_eq(events, 201);
}
