/* SPDX-License-Identifier: BSD-2-Clause */
/* Serving what the machine does over HTTP; see http.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/gate.h"
#include "lib/store.h"
#include "xend/http.h"
#include "xend/journal.h"
#include "xend/listen.h"
#include "xend/process.h"
#include "xend/timer.h"
#include "xend/user.h"

#define PORT_TRIES    50 /* while the hospes-http of an xend that was killed goes */
#define PORT_PAUSE_MS 100
#define AGAIN_MS      5000

static int listener = -1, token_fd = -1, life[2] = {-1, -1};
static struct process server;
static struct timer again = {.source = {.fd = -1}};

static int split(const char *where, char *address, size_t cap, unsigned int *port, struct fail *f)
{
    const char *colon = strrchr(where, ':');
    size_t length = colon ? colon - where : 0;
    char *end;

    if (colon && where[0] == '[' && length > 2 && colon[-1] == ']') {
        where++;
        length -= 2;
    }
    snprintf(address, cap, "%.*s", (int)length, where);
    *port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (!colon || length >= cap || !listen_is_address(address) || *port == 0 || *port > 65535 ||
        colon[1] < '0' || colon[1] > '9' || *end)
        return fail(f, "--http %s is not ADDRESS:PORT, as 127.0.0.1:8006 or [::1]:8006", where);
    return 0;
}

/* Nobody else may read it: whoever has it may ask. */
static int open_token(const char *path, struct fail *f)
{
    char text[TOKEN_MAX + 2] = "";
    struct token token;
    struct stat st;

    token_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (token_fd < 0 || fstat(token_fd, &st))
        return fail(f, "cannot read the token in %s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 077)
        return fail(f, "others may read the token in %s: chown root and chmod 600 it", path);
    if (pread(token_fd, text, sizeof(text) - 1, 0) < 0 || !token_parse(text, &token))
        return fail(f,
                    "the first line of %s is no token of %u to %u characters: make one with "
                    "openssl rand -hex 20",
                    path, TOKEN_MIN, TOKEN_MAX);
    return 0;
}

int http_open(const char *where, const char *token_file, struct fail *f)
{
    unsigned int port;
    char address[64];

    if (split(where, address, sizeof(address), &port, f))
        return -1;
    if (!token_file && !listen_is_loopback(address))
        return fail(f,
                    "--http %s: other machines could read there; give --http-token FILE, or use "
                    "127.0.0.1",
                    where);
    if (token_file && open_token(token_file, f))
        return -1;
    for (int i = 0; (listener = listen_at(address, port)) < 0; i++) {
        if (errno != EADDRINUSE || i == PORT_TRIES)
            return fail(f, "cannot listen on %s, port %u: %s", address, port, strerror(errno));
        store_pause(PORT_PAUSE_MS);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    /* Its end is the server's: nobody writes to it, but it closes when xend goes. */
    return pipe2(life, O_CLOEXEC) ? fail(f, "cannot make a pipe: %s", strerror(errno)) : 0;
}

static void start_later(void)
{
    journal("hospes-http does not run; it is started in %d s", AGAIN_MS / 1000);
    if (!timer_start(&again, AGAIN_MS))
        journal("it cannot be: %s", strerror(errno));
}

static void on_end(struct process *p, bool clean)
{
    (void)p, (void)clean;
    start_later();
}

static void start(void)
{
    char uid[12];
    const int fds[] = {listener, life[0], token_fd};
    char *argv[] = {"hospes-http", "--uid", uid,          "--listen-fd", "3",
                    "--life-fd",   "4",     "--token-fd", "5",           NULL};

    if (token_fd < 0)
        argv[7] = NULL;
    snprintf(uid, sizeof(uid), "%u", user_take());
    server.ended = on_end;
    strcpy(server.group, "http");
    if (process_start(&server, argv, fds, token_fd < 0 ? 2 : 3))
        start_later();
}

static void on_again(struct timer *t)
{
    (void)t;
    start();
}

void http_start(void)
{
    again.fired = on_again;
    if (listener >= 0)
        start();
}
