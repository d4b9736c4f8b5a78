/* SPDX-License-Identifier: BSD-2-Clause */
/* The console client: wait for console/tty in the store, then shuffle bytes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <xenstore.h>

#include "lib/clock.h"
#include "lib/console_client.h"

#define DEFAULT_TIMEOUT_MS 5000

struct session {
    int domid;
    int tty;
    int escape;
    bool input; /* standard input is still open */
};

/* Waits for the next watch event until @deadline (-1: no limit); false at the limit. */
static bool next_event(struct xs_handle *h, long long deadline)
{
    for (;;) {
        char **event = xs_check_watch(h);
        struct pollfd p = {.fd = xs_fileno(h), .events = POLLIN};
        long long left = deadline < 0 ? -1 : deadline - now_ms();

        if (event) {
            free(event);
            return true;
        }
        if (errno != EAGAIN || (deadline >= 0 && left <= 0))
            return false;
        if (poll(&p, 1, left) < 0 && errno != EINTR)
            return false;
    }
}

static bool domain_exists(struct xs_handle *h, int domid)
{
    char path[64], *value;
    bool exists;

    snprintf(path, sizeof(path), "/local/domain/%d", domid);
    value = xs_read(h, XBT_NULL, path, NULL);
    exists = value;
    free(value);
    return exists;
}

/* The path of the domain's terminal, waited for; NULL after saying why there is none. */
static char *wait_for_tty(struct xs_handle *h, int domid, int timeout_ms)
{
    long long deadline =
        timeout_ms < 0 ? -1 : now_ms() + (timeout_ms ? timeout_ms : DEFAULT_TIMEOUT_MS);
    char path[64];

    snprintf(path, sizeof(path), "/local/domain/%d/console/tty", domid);
    if (!xs_watch(h, path, "tty") || !xs_watch(h, "@releaseDomain", "release")) {
        fprintf(stderr, "Error: cannot watch %s: %s\n", path, strerror(errno));
        return NULL;
    }
    do {
        char *tty = xs_read(h, XBT_NULL, path, NULL);

        if (tty && *tty)
            return tty;
        free(tty);
        if (!domain_exists(h, domid)) {
            fprintf(stderr, "Error: Domain '%d' does not exist.\n", domid);
            return NULL;
        }
    } while (next_event(h, deadline));
    fprintf(stderr,
            "Error: Domain '%d' has no console yet: %s is not there (is xenconsoled "
            "running?)\n",
            domid, path);
    return NULL;
}

static int open_tty(const char *tty)
{
    struct termios t;
    int fd;

    if (strncmp(tty, "/dev/pts/", 9)) {
        fprintf(stderr, "Error: console/tty says '%s', which is no pseudo terminal\n", tty);
        return -1;
    }
    fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "Error: cannot open %s: %s\n", tty, strerror(errno));
        return -1;
    }
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        tcsetattr(fd, TCSANOW, &t);
    }
    return fd;
}

static bool write_all(int fd, const char *p, size_t len)
{
    return xs_write_all(fd, p, len);
}

/* Terminal to guest; false when the escape key was pressed or the console went away. */
static bool forward_input(struct session *s)
{
    char buf[1024];
    ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));
    char *escape;

    if (n <= 0) {
        s->input = n < 0 && errno == EINTR;
        return true;
    }
    escape = s->escape < 0 ? NULL : memchr(buf, s->escape, n);
    if (escape)
        n = escape - buf;
    return write_all(s->tty, buf, n) && !escape;
}

/* Guest to terminal; false at the end. */
static bool forward_output(struct session *s)
{
    char buf[4096];
    ssize_t n = read(s->tty, buf, sizeof(buf));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    return n > 0 && write_all(STDOUT_FILENO, buf, n);
}

static void shuffle(struct session *s)
{
    bool go_on = true;

    while (go_on) {
        struct pollfd p[2] = {{.fd = s->tty, .events = POLLIN},
                              {.fd = s->input ? STDIN_FILENO : -1, .events = POLLIN}};

        if (poll(p, 2, -1) < 0) {
            go_on = errno == EINTR;
            continue;
        }
        if (p[0].revents)
            go_on = forward_output(s);
        if (go_on && p[1].revents)
            go_on = forward_input(s);
    }
}

int console_attach(int domid, const struct console_opts *opts)
{
    struct session s = {.domid = domid, .escape = opts->escape, .input = true};
    struct xs_handle *h = xs_open(0);
    struct termios saved;
    bool terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
    char *tty;

    if (!h) {
        fprintf(stderr, "Error: cannot reach xenstored: %s (is it running?)\n", strerror(errno));
        return 1;
    }
    tty = wait_for_tty(h, domid, opts->timeout_ms);
    s.tty = tty ? open_tty(tty) : -1;
    free(tty);
    xs_close(h);
    if (s.tty < 0)
        return 1;
    if (opts->notify_fd > 0 && (write(opts->notify_fd, "", 1) != 1 || close(opts->notify_fd)))
        return 1;
    if (terminal) {
        struct termios raw = saved;

        if (!opts->quiet && opts->escape == CONSOLE_ESCAPE)
            fprintf(stderr, "Connected to domain %d; ^] leaves.\n", domid);
        cfmakeraw(&raw);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    shuffle(&s);
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    close(s.tty);
    return 0;
}
