/* SPDX-License-Identifier: BSD-2-Clause */
/* The server, as it is in dom0: confined, one thread, and callers of every kind. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "http/page.h"
#include "http/routes.h"
#include "lib/clock.h"

#define LONG_MS  600000 /* a deadline that no test waits for */
#define SHORT_MS 300

static struct server server;

static void stop(void)
{
    if (server.pid)
        server_end(&server);
}

TestSuite(web, .fini = stop, .timeout = 120);

static void starts(const char *answer, const char *with)
{
    cr_assert_eq(strncmp(answer, with, strlen(with)), 0, "not %s: %s", with, answer);
}

static void has(const char *answer, const char *what)
{
    cr_assert_not_null(strstr(answer, what), "no '%s' in:\n%s", what, answer);
}

static const char *body(const char *answer)
{
    const char *at = strstr(answer, "\r\n\r\n");

    return at ? at + 4 : "";
}

/* Asks for @path, answers the server's question, and gives what came. */
static const char *get(const char *path, const char *more, int version)
{
    int fd = client_connect(&server);
    char text[1024];

    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", path, more);
    client_send(fd, text);
    if (server_asks(&server, -1))
        server_answer(&server, version);
    return client_answer(fd);
}

Test(web, gives_each_route_its_text)
{
    server = server_start(NULL, LONG_MS);
    starts(get("/metrics", "", 1), "HTTP/1.1 200 ");
    for (int i = 0; i < ROUTE_COUNT; i++) {
        char text[64];
        int fd = client_connect(&server);
        const char *answer;

        snprintf(text, sizeof(text), "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", route_path(i));
        client_send(fd, text);
        if (server_asks(&server, 0)) /* on a slow machine the texts have grown old meanwhile */
            server_answer(&server, 1);
        while (recv(fd, text, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            if (server_asks(&server, 10))
                server_answer(&server, 1);
        answer = client_answer(fd);
        snprintf(text, sizeof(text), "%s @1\n", route_path(i));
        cr_assert_str_eq(body(answer), text);
        has(answer, "200 OK");
        has(answer, "Connection: close");
        has(answer, "Cache-Control: no-store");
        has(answer, "X-Content-Type-Options: nosniff");
        has(answer, i == ROUTE_metrics ? "Content-Type: text/plain; version=0.0.4"
                                       : "Content-Type: application/json");
    }
}

Test(web, gives_the_page_with_its_policy)
{
    const char *answer;

    server = server_start(NULL, LONG_MS);
    answer = client_get(&server, "/", "");
    starts(answer, "HTTP/1.1 200 ");
    has(answer, "text/html");
    has(answer,
        "Content-Security-Policy: default-src 'none'; connect-src 'self'; style-src 'sha256-");
    cr_assert_str_eq(body(answer), page_text);
    cr_assert_not(server_asks(&server, 0), "nobody asked for numbers");
}

/* No address of another host in the page: nothing is asked there, whatever a browser makes of it. */
Test(web, page_names_no_other_host)
{
    const char *at = page_text;

    while ((at = strstr(at, "://"))) {
        cr_assert(strncmp(at - 4, "http://www.w3.org/2000/svg", 26) == 0 ||
                      strncmp(at - 4, "http://HOST/", 12) == 0,
                  "%.60s", at - 4);
        at += 3;
    }
    cr_assert_null(strstr(page_text, "innerHTML"));
    cr_assert_null(strstr(page_text, "@import"));
}

Test(web, head_is_a_get_without_the_text)
{
    const char *answer;
    int fd;

    server = server_start(NULL, LONG_MS);
    fd = client_connect(&server);
    client_send(fd, "HEAD /api/v1/host HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_assert(server_asks(&server, -1));
    server_answer(&server, 1);
    answer = client_answer(fd);
    starts(answer, "HTTP/1.1 200 ");
    has(answer, "Content-Length: 16\r\n");
    cr_assert_str_eq(body(answer), "");
}

Test(web, only_reads)
{
    const char *const methods[] = {"POST",  "PUT",     "DELETE", "PATCH", "OPTIONS",
                                   "TRACE", "CONNECT", "get",    "X"};

    server = server_start(NULL, LONG_MS);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        for (int k = 0; k < 2; k++) {
            int fd = client_connect(&server);
            const char *answer;
            char text[128];

            snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", methods[i],
                     k ? "/" : "/api/v1/all");
            client_send(fd, text);
            answer = client_answer(fd);
            starts(answer, "HTTP/1.1 405 ");
            has(answer, "Allow: GET, HEAD\r\n");
        }
    cr_assert_not(server_asks(&server, 0));
}

Test(web, takes_no_bodies)
{
    server = server_start(NULL, LONG_MS);
    starts(client_get(&server, "/", "Content-Length: 1000000\r\n"), "HTTP/1.1 413 ");
    starts(client_get(&server, "/metrics", "Transfer-Encoding: chunked\r\n"), "HTTP/1.1 413 ");
    starts(client_get(&server, "/", "Content-Length: 0\r\n"), "HTTP/1.1 200 ");
}

Test(web, knows_no_other_paths)
{
    const char *const paths[] = {"/x", "/api",           "/api/v1",           "/api/v1/all/",
                                 "//", "/../etc/passwd", "/%2e%2e/etc/passwd"};

    server = server_start(NULL, LONG_MS);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *answer = client_get(&server, paths[i], "");

        cr_assert(strncmp(answer, "HTTP/1.1 404 ", 13) == 0 ||
                      strncmp(answer, "HTTP/1.1 400 ", 13) == 0,
                  "%s: %s", paths[i], answer);
    }
}

Test(web, wants_its_token_for_numbers)
{
    const char *answer;

    server = server_start("correct-horse-battery", LONG_MS);
    for (int i = 0; i < ROUTE_COUNT; i++) {
        answer = client_get(&server, route_path(i), "");
        starts(answer, "HTTP/1.1 401 ");
        has(answer, "WWW-Authenticate: Bearer\r\n");
        starts(
            client_get(&server, route_path(i), "Authorization: Bearer correct-horse-batterz\r\n"),
            "HTTP/1.1 401 ");
    }
    cr_assert_not(server_asks(&server, 0), "a wrong token costs no measurement");
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
    answer = get("/api/v1/all", "Authorization: Bearer correct-horse-battery\r\n", 7);
    cr_assert_str_eq(body(answer), "/api/v1/all @7\n");
}

/* A page from elsewhere whose name server says 127.0.0.1 (DNS rebinding). */
Test(web, without_token_answers_for_this_machine_only)
{
    const char *const hosts[] = {"Host: evil.example.org\r\n", "Host: 10.0.0.1:80\r\n", ""};

    server = server_start(NULL, LONG_MS);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        int fd = client_connect(&server);
        char text[256];

        snprintf(text, sizeof(text), "GET /api/v1/all HTTP/1.%d\r\n%s\r\n", *hosts[i] ? 1 : 0,
                 hosts[i]);
        client_send(fd, text);
        has(client_answer(fd), " 421 ");
    }
}

Test(web, refuses_long_requests)
{
    const size_t length = 3 * WEB_REQUEST_MAX;
    char *text = malloc(length + 1);

    server = server_start(NULL, LONG_MS);
    for (int kind = 0; kind < 3; kind++) {
        int fd = client_connect(&server);
        const char *answer;

        memset(text, 'a', length);
        text[length] = '\0';
        client_send(fd, kind == 0   ? "GET /"
                        : kind == 1 ? "GET / HTTP/1.1\r\nHost: localhost\r\nX: "
                                    : "");
        client_send(fd, text);
        shutdown(fd, SHUT_WR);
        answer = client_answer(fd);
        /* The answer may be lost: the server leaves with what it has not read. */
        cr_assert(*answer == '\0' || strncmp(answer, "HTTP/1.1 4", 10) == 0, "%s", answer);
        cr_assert_null(strstr(answer, " 200 "));
    }
    free(text);
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
}

Test(web, many_who_wait_are_one_question)
{
    enum { CLIENTS = 40 };
    int fd[CLIENTS], questions = 0;

    server = server_start(NULL, LONG_MS);
    for (int i = 0; i < CLIENTS; i++) {
        fd[i] = client_connect(&server);
        client_send(fd[i], "GET /api/v1/cpus HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    cr_assert(server_asks(&server, -1));
    /* While that question has no answer there is no other. */
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
    cr_assert_not(server_asks(&server, 0));
    server_answer(&server, 3);
    for (int i = 0; i < CLIENTS; i++) {
        char c;

        while (recv(fd[i], &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            if (server_asks(&server, 10)) {
                server_answer(&server, 3);
                questions++;
            }
        cr_assert_str_eq(body(client_answer(fd[i])), "/api/v1/cpus @3\n");
    }
    cr_assert_leq(questions, CLIENTS / 2);
}

Test(web, slow_ones_are_ended_and_keep_nobody_waiting)
{
    char text[512];
    int slow[4];

    server = server_start(NULL, LONG_MS);
    for (int i = 0; i < 4; i++) {
        slow[i] = client_connect(&server);
        client_send(slow[i], "GET / HT");
    }
    for (int i = 0; i < 3; i++) {
        starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
        for (int k = 0; k < 4; k++)
            client_send(slow[k], "T"); /* a letter now and then */
    }
    for (int i = 0; i < 4; i++)
        cr_assert_eq(recv(slow[i], text, sizeof(text), MSG_DONTWAIT), -1, "they wait still");
    server_end(&server);
    server = server_start(NULL, SHORT_MS);
    slow[0] = client_connect(&server);
    client_send(slow[0], "GET / HT");
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
    cr_assert_null(strstr(client_answer(slow[0]), "200"));
}

Test(web, crowd_that_says_nothing_is_ended)
{
    enum { CROWD = 3 * WEB_CONNECTIONS };
    int fd[CROWD];

    server = server_start(NULL, SHORT_MS);
    for (int i = 0; i < CROWD; i++)
        fd[i] = client_connect(&server);
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
    for (int i = 0; i < CROWD; i++)
        cr_assert_str_eq(client_answer(fd[i]), "");
}

Test(web, says_so_when_nothing_is_measured)
{
    int fd;

    server = server_start(NULL, SHORT_MS);
    fd = client_connect(&server);
    client_send(fd, "GET /api/v1/all HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_assert(server_asks(&server, -1));
    starts(client_answer(fd), "HTTP/1.1 503 ");
}

/* One who takes a long answer and reads nothing of it. */
Test(web, slow_reader_is_ended)
{
    struct route_lengths head = {{[ROUTE_all] = ROUTE_TEXT_MAX}};
    char *text = calloc(1, ROUTE_TEXT_MAX);
    int fd;
    size_t have = 0;
    ssize_t n;

    server = server_start(NULL, SHORT_MS);
    fd = client_connect(&server);
    client_send(fd, "GET /api/v1/all HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_assert(server_asks(&server, -1));
    cr_assert_eq(write(server.feed, &head, sizeof(head)), (ssize_t)sizeof(head));
    for (have = 0; have < ROUTE_TEXT_MAX; have += n)
        n = write(server.feed, text + have, ROUTE_TEXT_MAX - have);
    usleep(3 * SHORT_MS * 1000); /* a reader that rests */
    for (have = 0; (n = read(fd, text, ROUTE_TEXT_MAX)) > 0; have += n)
        ;
    cr_assert_lt(have, (size_t)ROUTE_TEXT_MAX);
    close(fd);
    free(text);
}

Test(web, answers_so_many_a_second)
{
    int64_t began;
    int refused = 0, asked = 0;

    server = server_start(NULL, LONG_MS);
    began = now_ms();
    for (; asked < 4 * RATE_BURST; asked++)
        refused += strncmp(client_get(&server, "/", ""), "HTTP/1.1 429 ", 13) == 0;
    /* What may have been let through since then; a machine may be slower than that. */
    if (asked > RATE_BURST + (now_ms() - began) * RATE_PER_S / 1000 + 1)
        cr_assert_gt(refused, 0);
    cr_assert_leq(refused, asked - RATE_BURST);
}

Test(web, ends_with_its_feed)
{
    struct route_lengths head;
    int fd, status;

    server = server_start(NULL, LONG_MS);
    fd = client_connect(&server);
    client_send(fd, "GET /api/v1/all HTTP/1.1\r\nHost: localhost\r\n\r\n");
    cr_assert(server_asks(&server, -1));
    status = server_end(&server);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%x", status);
    client_answer(fd);
    server = server_start(NULL, LONG_MS);
    memset(&head, 0xff, sizeof(head)); /* longer than may be */
    cr_assert_eq(write(server.feed, &head, sizeof(head)), (ssize_t)sizeof(head));
    cr_assert_eq(waitpid(server.pid, &status, 0), server.pid);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it has been believed: %x", status);
    server.pid = 0;
}

static void status_says(const char *what)
{
    char path[64], text[4096] = "";
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/status", server.pid);
    in = fopen(path, "r");
    cr_assert(in && fread(text, 1, sizeof(text) - 1, in) > 0);
    fclose(in);
    has(text, what);
}

Test(web, has_no_rights)
{
    char path[64], names[64];

    server = server_start(NULL, LONG_MS);
    starts(client_get(&server, "/", ""), "HTTP/1.1 200 ");
    status_says("\nSeccomp:\t2\n");
    status_says("\nNoNewPrivs:\t1\n");
    status_says("\nCapEff:\t0000000000000000\n");
    status_says("\nThreads:\t1\n");
    if (geteuid() != 0)
        return;
    status_says("\nUid:\t1879050000\t1879050000\t1879050000\t1879050000\n");
    status_says("\nGid:\t1879050000\t1879050000\t1879050000\t1879050000\n");
    snprintf(path, sizeof(path), "/proc/%d/root/etc/passwd", server.pid);
    cr_assert_neq(access(path, F_OK), 0);
    snprintf(names, sizeof(names), "/proc/%d/root/disk", server.pid);
    cr_assert_eq(access(names, F_OK), 0, "its root is the empty one");
}
