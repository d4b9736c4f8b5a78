/* SPDX-License-Identifier: BSD-2-Clause */
/* One domain's console: connecting it, moving its bytes, logging them. */
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/daemon.h"
#include "lib/xalloc.h"

#define PAGE 4096

/* Reads a node below the domain's directory; NULL when it is not there. */
static char *read_node(const struct console *c, const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/local/domain/%u/%s", c->domid, name);
    return xs_read(c->host->xs, XBT_NULL, path, NULL);
}

static bool read_number(const struct console *c, const char *name, unsigned long *n)
{
    char *text = read_node(c, name), *end = text;

    if (text)
        *n = strtoul(text, &end, 10);
    free(text);
    return end != text;
}

struct console *console_new(const struct host *host, unsigned int domid)
{
    struct console *c = xcalloc(1, sizeof(*c));
    char path[64], token[16];

    c->host = host;
    c->domid = domid;
    c->port = c->slave = c->log_fd = c->pty.fd = -1;
    snprintf(path, sizeof(path), "/local/domain/%u/console", domid);
    snprintf(token, sizeof(token), "%u", domid);
    xs_watch(host->xs, path, token);
    return c;
}

/* The file's name comes from the domain's name, of which only harmless characters are taken. */
void console_reopen_log(struct console *c)
{
    char *name = read_node(c, "name"), path[512];

    if (!c->host->log_dir) {
        free(name);
        return;
    }
    for (char *p = name; p && *p; p++)
        if (*p == '/' || *p < ' ' || (p == name && *p == '.'))
            *p = '_';
    if (name && *name)
        snprintf(path, sizeof(path), "%s/guest-%.200s.log", c->host->log_dir, name);
    else
        snprintf(path, sizeof(path), "%s/guest-%u.log", c->host->log_dir, c->domid);
    free(name);
    if (c->log_fd >= 0)
        close(c->log_fd);
    c->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (c->log_fd < 0)
        log_msg("domain %u: cannot log to %s: %s", c->domid, path, strerror(errno));
}

static void pty_ready(struct source *s, uint32_t events);

/* Says in the store where the terminal is, but only while the domain has its part there: what is
 * written after its end nobody would ever remove. */
static bool announce(const struct console *c, const char *tty)
{
    struct xs_handle *xs = c->host->xs;
    char path[64];
    bool ok;

    do {
        xs_transaction_t t = xs_transaction_start(xs);
        char *ring;

        if (t == XBT_NULL)
            return false;
        snprintf(path, sizeof(path), "/local/domain/%u/console/ring-ref", c->domid);
        ring = xs_read(xs, t, path, NULL);
        snprintf(path, sizeof(path), "/local/domain/%u/console/tty", c->domid);
        ok = ring && xs_write(xs, t, path, tty, (unsigned int)strlen(tty));
        free(ring);
        if (xs_transaction_end(xs, t, !ok))
            return ok;
    } while (errno == EAGAIN);
    return false;
}

/* Opens the pseudo terminal and says in the store where it is. */
static bool open_pty(struct console *c)
{
    struct termios t;
    char name[64];
    int master;

    if (openpty(&master, &c->slave, NULL, NULL, NULL) < 0 || tcgetattr(c->slave, &t) < 0 ||
        ttyname_r(c->slave, name, sizeof(name)) != 0) {
        log_msg("domain %u: no pseudo terminal: %s", c->domid, strerror(errno));
        return false;
    }
    cfmakeraw(&t);
    tcsetattr(c->slave, TCSANOW, &t);
    fcntl(master, F_SETFL, O_NONBLOCK);
    fcntl(master, F_SETFD, FD_CLOEXEC);
    fcntl(c->slave, F_SETFD, FD_CLOEXEC);
    c->pty = (struct source){.fd = master, .ready = pty_ready};
    c->waits_for = EPOLLIN;
    loop_add(&c->pty, EPOLLIN);
    return announce(c, name);
}

static void disconnect(struct console *c)
{
    if (c->port >= 0)
        xenevtchn_unbind(c->host->evtchn, c->port);
    c->port = -1;
    if (c->page && c->by_grant)
        xengnttab_unmap(c->host->gnttab, c->page, 1);
    else if (c->page)
        munmap(c->page, PAGE);
    c->page = NULL;
}

/* The toolstack seeds a grant for us; older ones do not, then the frame number must do. */
static bool connect_ring(struct console *c, unsigned long ring_ref, unsigned int port)
{
    xen_pfn_t pfn = ring_ref;

    c->page = xengnttab_map_grant_ref(c->host->gnttab, c->domid, GNTTAB_RESERVED_CONSOLE,
                                      PROT_READ | PROT_WRITE);
    c->by_grant = c->page;
    if (!c->page)
        c->page =
            xenforeignmemory_map(c->host->foreign, c->domid, PROT_READ | PROT_WRITE, 1, &pfn, NULL);
    if (c->page)
        c->port = xenevtchn_bind_interdomain(c->host->evtchn, c->domid, port);
    if (c->port < 0) {
        log_msg("domain %u: cannot connect its console (frame %#lx, port %u): %s", c->domid,
                ring_ref, port, strerror(errno));
        disconnect(c);
        return false;
    }
    c->ring_ref = ring_ref;
    c->remote_port = port;
    c->broken = c->masked = false;
    return true;
}

void console_refresh(struct console *c)
{
    unsigned long ring_ref = 0, port = 0;
    char *type = read_node(c, "console/type");
    bool ours = !type || !strcmp(type, "xenconsoled");

    free(type);
    if (!ours || !read_number(c, "console/ring-ref", &ring_ref) ||
        !read_number(c, "console/port", &port))
        return;
    if (c->page && c->ring_ref == ring_ref && c->remote_port == port)
        return;
    disconnect(c);
    if (!connect_ring(c, ring_ref, (unsigned int)port))
        return;
    if (c->log_fd < 0)
        console_reopen_log(c);
    if (c->pty.fd < 0)
        open_pty(c);
}

/* A full disk must not stop the console: what cannot be logged is lost. */
static void log_output(struct console *c, const char *data, size_t len)
{
    if (c->log_fd >= 0 && write(c->log_fd, data, len) < 0 && errno != ENOSPC) {
        log_msg("domain %u: cannot log any more: %s", c->domid, strerror(errno));
        close(c->log_fd);
        c->log_fd = -1;
    }
}

static void impossible(struct console *c)
{
    log_msg("domain %u: impossible console ring indices: not served any more", c->domid);
    c->broken = true;
}

/* Empties the ring as far as @allowed; returns how many bytes there were. */
static size_t take_output(struct console *c, size_t allowed)
{
    char buf[sizeof(c->page->out)];
    size_t total = 0;

    while (total < allowed && !c->broken) {
        size_t want = allowed - total < sizeof(buf) ? allowed - total : sizeof(buf);
        ssize_t n = console_ring_read(c->page, buf, want);

        if (n < 0)
            impossible(c);
        if (n <= 0)
            break;
        buffer_put(&c->out, buf, n);
        log_output(c, buf, n);
        total += n;
    }
    if (total)
        xenevtchn_notify(c->host->evtchn, c->port);
    return total;
}

static void write_pty(struct console *c)
{
    const char *data;
    size_t len;

    while (c->pty.fd >= 0 && (len = buffer_peek(&c->out, &data))) {
        ssize_t n = write(c->pty.fd, data, len);

        if (n <= 0)
            return;
        buffer_drop(&c->out, n);
    }
}

/* Terminal to guest, no more than its ring takes. */
static void read_pty(struct console *c)
{
    char buf[sizeof(c->page->in)];
    ssize_t room, n;

    if (!c->page || c->broken)
        return;
    room = console_ring_room(c->page);
    if (room < 0)
        impossible(c);
    if (room <= 0)
        return;
    n = read(c->pty.fd, buf, room);
    if (n > 0 && console_ring_write(c->page, buf, n) > 0)
        xenevtchn_notify(c->host->evtchn, c->port);
}

/* Waits for input only while the guest has room for it, for output only while there is some. */
static void settle(struct console *c)
{
    bool room = c->page && !c->broken && console_ring_room(c->page) > 0;
    uint32_t events = (room ? EPOLLIN : 0) | (c->out.len ? EPOLLOUT : 0);

    /* At the end every time that the reader takes something matters: see console_over(). */
    if (c->deadline)
        events = EPOLLOUT | EPOLLET;
    if (c->pty.fd >= 0 && events != c->waits_for) {
        loop_change(&c->pty, events);
        c->waits_for = events;
    }
}

static void pty_ready(struct source *s, uint32_t events)
{
    struct console *c = (struct console *)((char *)s - offsetof(struct console, pty));

    if (events & EPOLLIN)
        read_pty(c);
    if (events & EPOLLOUT)
        write_pty(c);
    settle(c);
}

int64_t console_service(struct console *c, int64_t now)
{
    int64_t again = -1;

    if (c->page && !c->broken) {
        size_t allowed = rate_allowance(&c->rate, now);
        size_t taken = take_output(c, allowed);

        rate_use(&c->rate, taken);
        /* While the channel stays masked a flood cannot wake us. */
        if (taken == allowed)
            again = rate_resume(&c->rate);
        else if (c->masked && rate_event(&c->rate))
            c->masked = xenevtchn_unmask(c->host->evtchn, c->port) < 0;
        else if (c->masked)
            again = now + RATE_POLL_MS;
    }
    write_pty(c);
    settle(c);
    return again;
}

void console_event(struct console *c)
{
    c->masked = true;
}

void console_end(struct console *c, int64_t now)
{
    char path[64], token[16];

    if (c->page && !c->broken)
        take_output(c, sizeof(c->page->out));
    disconnect(c);
    snprintf(path, sizeof(path), "/local/domain/%u/console", c->domid);
    snprintf(token, sizeof(token), "%u", c->domid);
    xs_unwatch(c->host->xs, path, token);
    c->deadline = now + LINGER_MS;
    write_pty(c);
    settle(c);
}

bool console_over(const struct console *c, int64_t now)
{
    int unread = 0;

    if (!c->deadline)
        return false;
    if (c->pty.fd >= 0 && ioctl(c->slave, FIONREAD, &unread) < 0)
        unread = 0;
    return now >= c->deadline || (!unread && !c->out.len);
}

void console_free(struct console *c)
{
    if (c->pty.fd >= 0) {
        loop_del(&c->pty);
        close(c->pty.fd);
        close(c->slave);
    }
    if (c->log_fd >= 0)
        close(c->log_fd);
    free(c);
}
