/* SPDX-License-Identifier: BSD-2-Clause */
/* xenconsoled: which domains there are, and one loop over all their consoles. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/clock.h"
#include "lib/daemon.h"
#include "lib/domstate.h"
#include "lib/xalloc.h"

#define DESCRIPTORS 16384 /* a domain takes its terminal's two ends and a log */

static struct host host;
static struct domstate_handle *domstate;
static struct console *consoles;
static bool stopping, reopen_logs;

static bool log_guests;
static const char *log_dir = "/var/log/xen/console";

static const char usage[] =
    "Usage: xenconsoled [OPTION]...\n"
    "Connect the consoles of the domains with pseudo terminals and log files.\n\n"
    "  -D, --daemonise      go to the background when ready\n"
    "      --log=WHAT       none or guest (default none)\n"
    "      --log-dir=DIR    directory of guest-NAME.log (default /var/log/xen/console)\n"
    "      --pid-file FILE  write the process id to FILE\n"
    "  -i, --interactive    stay in the foreground (the default)\n"
    "  -h, --help           show this text\n\n"
    "SIGHUP opens the log files anew.\n";

static const struct option options[] = {
    DAEMON_OPTIONS,
    {"interactive", no_argument, NULL, 'i'},
    {"log", required_argument, NULL, 'l'},
    {"log-dir", required_argument, NULL, 'd'},
    {NULL, 0, NULL, 0},
};

static int own_option(int opt)
{
    if (opt == 'd') {
        log_dir = optarg;
        return 0;
    }
    log_guests = !strcmp(optarg, "guest");
    if (log_guests || !strcmp(optarg, "none"))
        return 0;
    fprintf(stderr, "xenconsoled: --log=%s: must be none or guest\n", optarg);
    return -1;
}

static struct console *find_console(unsigned int domid)
{
    struct console *c = consoles;

    while (c && (c->domid != domid || c->deadline))
        c = c->next;
    return c;
}

static bool is_alive(unsigned int domid)
{
    struct domstate state;

    return domstate_get(domstate, (domid_t)domid, &state) == 0 && state.exists && !state.dying;
}

/* Domains came or went: look after the new ones, leave the dead ones. */
static void look_for_domains(void)
{
    unsigned int n = 0;
    char **names = xs_directory(host.xs, XBT_NULL, "/local/domain", &n);

    for (unsigned int i = 0; names && i < n; i++) {
        unsigned int domid = atoi(names[i]);

        if (domid && !find_console(domid) && is_alive(domid)) {
            struct console *c = console_new(&host, domid);

            c->next = consoles;
            consoles = c;
        }
    }
    free(names);
    for (struct console *c = consoles; c; c = c->next)
        if (!c->deadline && !is_alive(c->domid))
            console_end(c, now_ms());
}

static void free_dead_consoles(int64_t now)
{
    struct console **slot = &consoles, *c;

    while ((c = *slot)) {
        if (console_over(c, now)) {
            *slot = c->next;
            console_free(c);
        } else {
            slot = &c->next;
        }
    }
}

/* All watch events that are there; the token is the domid, or empty for coming and going. */
static void handle_watches(void)
{
    char **event;

    while ((event = xs_check_watch(host.xs))) {
        const char *token = event[XS_WATCH_TOKEN];
        struct console *c = *token ? find_console(atoi(token)) : NULL;

        if (!*token)
            look_for_domains();
        else if (c)
            console_refresh(c);
        free(event);
    }
    if (errno != EAGAIN) {
        log_msg("lost the connection to xenstored");
        stopping = true;
    }
}

static void watches_ready(struct source *s, uint32_t events)
{
    (void)s;
    (void)events;
    handle_watches();
}

static void evtchn_ready(struct source *s, uint32_t events)
{
    int port = xenevtchn_pending(host.evtchn);

    (void)s;
    (void)events;
    for (struct console *c = consoles; c && port >= 0; c = c->next)
        if (c->port == port)
            console_event(c);
}

static int open_host(void)
{
    host.xs = xs_open(0);
    host.evtchn = xenevtchn_open(NULL, 0);
    host.gnttab = xengnttab_open(NULL, 0);
    host.foreign = xenforeignmemory_open(NULL, 0);
    domstate = domstate_open();
    if (!host.xs) {
        log_msg("cannot reach xenstored: %s (is it running?)", strerror(errno));
        return -1;
    }
    if (!host.evtchn || !host.gnttab || !host.foreign || !domstate) {
        log_msg("no %s: load the modules xen-evtchn, xen-gntdev and xen-privcmd",
                !host.evtchn   ? "/dev/xen/evtchn"
                : !host.gnttab ? "/dev/xen/gntdev"
                               : "/dev/xen/privcmd");
        return -1;
    }
    return 0;
}

static int add_sources(void)
{
    static struct source watches = {.ready = watches_ready}, events = {.ready = evtchn_ready};

    watches.fd = xs_fileno(host.xs);
    events.fd = xenevtchn_fd(host.evtchn);
    if (loop_add(&watches, EPOLLIN) < 0 || loop_add(&events, EPOLLIN) < 0)
        return -1;
    if (xs_watch(host.xs, "@introduceDomain", "") && xs_watch(host.xs, "@releaseDomain", ""))
        return 0;
    log_msg("cannot watch for domains: %s", strerror(errno));
    return -1;
}

static void serve(void)
{
    while (!stopping) {
        int64_t now = now_ms(), wake = -1;

        free_dead_consoles(now);
        for (struct console *c = consoles; c; c = c->next) {
            int64_t again = c->deadline ? c->deadline : console_service(c, now);

            if (again >= 0 && (wake < 0 || again < wake))
                wake = again;
            if (reopen_logs)
                console_reopen_log(c);
        }
        reopen_logs = false;
        loop_wait(wake < 0 ? -1 : wake > now ? (int)(wake - now) : 0);
    }
}

int main(int argc, char **argv)
{
    struct daemon_options o;

    if (daemon_parse(argc, argv, "Dih", options, usage, own_option, &o) < 0)
        return 2;
    if (o.daemonise)
        daemon_background();
    if (log_guests) {
        mkdir(log_dir, 0755);
        host.log_dir = log_dir;
    }
    if (daemon_descriptors(DESCRIPTORS))
        return 1;
    if (loop_init() < 0 || daemon_signals(&stopping, &reopen_logs) < 0) {
        log_msg("cannot set up the event loop: %s", strerror(errno));
        return 1;
    }
    if (open_host() < 0 || add_sources() < 0)
        return 1;
    if (o.pid_file && daemon_write_pid(o.pid_file) < 0)
        return 1;
    daemon_ready();
    serve();
    for (struct console *c = consoles; c; c = c->next)
        console_end(c, 0);
    free_dead_consoles(LINGER_MS);
    if (o.pid_file)
        unlink(o.pid_file);
    return 0;
}
