/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hospes-http: shows the machine to browsers and to Prometheus; started by xend.  Two processes:
 * one measures, and hears nothing of whoever asks but that somebody does; its child hears them, and
 * has no right to anything: neither store nor hypervisor, no file, no user of somebody else's.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/rights.h"
#include "http/source.h"
#include "http/web.h"
#include "lib/daemon.h"

#define WEB_MEMORY      (UINT64_C(256) << 20) /* of addresses, the libraries' included */
#define WEB_DESCRIPTORS (WEB_CONNECTIONS + 32)

struct options {
    int listener, life, token; /* descriptors; -1: not given */
    uid_t uid;
};

static struct options options = {.listener = -1, .life = -1, .token = -1};

static int parse(int argc, char **argv)
{
    static const struct option table[] = {{"listen-fd", required_argument, NULL, 'l'},
                                          {"life-fd", required_argument, NULL, 'e'},
                                          {"token-fd", required_argument, NULL, 't'},
                                          {"uid", required_argument, NULL, 'u'},
                                          {NULL, 0, NULL, 0}};
    int opt;

    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (opt) {
        case 'l':
            options.listener = atoi(optarg);
            break;
        case 'e':
            options.life = atoi(optarg);
            break;
        case 't':
            options.token = atoi(optarg);
            break;
        case 'u':
            options.uid = daemon_uid(optarg);
            break;
        default:
            return -1;
        }
    }
    return optind < argc || options.listener < 0 || options.life < 0 || !options.uid ? -1 : 0;
}

static int read_token(struct token *token)
{
    char text[TOKEN_MAX + 2];
    ssize_t n;

    *token = (struct token){0};
    if (options.token < 0)
        return 0;
    n = pread(options.token, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(options.token);
    return token_parse(text, token) ? 0 : -1;
}

static int bound(int what, uint64_t most)
{
    const struct rlimit limit = {most, most};

    return setrlimit(what, &limit);
}

static int drop_rights(void)
{
    return rights_drop(options.uid);
}

static void serve_web(int feed, const struct token *token)
{
    const struct web web = {.listener = options.listener,
                            .feed = feed,
                            .token = *token,
                            .deadline_ms = WEB_DEADLINE_MS,
                            .ready = drop_rights};

    close(options.life);
    fcntl(feed, F_SETFL, O_NONBLOCK);
    if (bound(RLIMIT_AS, WEB_MEMORY) || bound(RLIMIT_NOFILE, WEB_DESCRIPTORS) || web_run(&web)) {
        log_msg("cannot begin to serve: %s", strerror(errno));
        _exit(1);
    }
    _exit(0);
}

static int measure(int fd)
{
    struct toolstack ts = {.program = "xend"};
    int ret = ts_open(&ts) ? -1 : source_run(&ts, fd, options.life);

    if (ret)
        log_msg("%s", ts.fail.text);
    ts_close(&ts);
    return ret;
}

int main(int argc, char **argv)
{
    struct token token;
    int fds[2], ret;
    pid_t web;

    if (parse(argc, argv)) {
        fprintf(stderr, "Usage: hospes-http --listen-fd N --life-fd N --uid N [--token-fd N]\n"
                        "Show domains to browsers and Prometheus; started by xend --http.\n");
        return 2;
    }
    if (read_token(&token)) {
        log_msg("the token has not %u to %u characters", TOKEN_MIN, TOKEN_MAX);
        return 1;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) || (web = fork()) < 0) {
        log_msg("cannot make a process: %s", strerror(errno));
        return 1;
    }
    if (web == 0) {
        close(fds[0]);
        serve_web(fds[1], &token);
    }
    close(fds[1]);
    close(options.listener);
    explicit_bzero(&token, sizeof(token));
    ret = measure(fds[0]);
    kill(web, SIGKILL);
    waitpid(web, NULL, 0);
    return ret ? 1 : 0;
}
