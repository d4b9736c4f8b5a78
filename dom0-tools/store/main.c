/* SPDX-License-Identifier: BSD-2-Clause */
/* xenstored: options, start and stop, and the round of the event loop. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "store/conn.h"
#include "store/db.h"
#include "store/domain.h"
#include "store/log.h"
#include "store/loop.h"
#include "store/sock.h"
#include "store/xalloc.h"

static bool stopping;

static void log_text(const char *text)
{
    log_msg("%s", text);
}

static const struct store_io io = {
    .reply = conn_reply,
    .event = conn_event,
    .introduce = domain_introduce,
    .release = domain_release,
    .resume = domain_resume,
    .set_target = domain_set_target,
    .introduced = domain_introduced,
    .log = log_text,
};

struct options {
    bool daemonise;
    bool domains;
    const char *pid_file;
};

static const char usage[] =
    "Usage: xenstored [OPTION]...\n"
    "Serve the store to dom0's processes and to the domains.\n\n"
    "  -D, --daemonise        go to the background once the socket listens\n"
    "  -F, --pid-file FILE    write the process id to FILE\n"
    "      --no-domain-init   serve the socket only: no Xen devices are needed\n"
    "  -h, --help             show this text\n\n"
    "The socket is /run/xenstored/socket, or what XENSTORED_PATH says.\n";

static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option table[] = {
        {"daemonise", no_argument, NULL, 'D'},      {"daemonize", no_argument, NULL, 'D'},
        {"pid-file", required_argument, NULL, 'F'}, {"no-domain-init", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0},
    };
    int opt;

    *o = (struct options){.domains = true};
    while ((opt = getopt_long(argc, argv, "DF:h", table, NULL)) != -1) {
        switch (opt) {
        case 'D':
            o->daemonise = true;
            break;
        case 'F':
            o->pid_file = optarg;
            break;
        case 'n':
            o->domains = false;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "xenstored: unexpected argument '%s'\n", argv[optind]);
        return -1;
    }
    return 0;
}

static void on_signal(struct source *s, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    if (read(s->fd, &info, sizeof(info)) == sizeof(info))
        stopping = true;
}

static int catch_signals(void)
{
    static struct source source = {.ready = on_signal};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return loop_add(&source, EPOLLIN);
}

static int write_pid(const char *path)
{
    FILE *f = fopen(path, "we");

    if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f)) {
        log_msg("cannot write %s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

/* Forks; the parent exits as soon as the child is ready, or with 1 when it failed. */
static int go_to_background(void)
{
    int fds[2], null;
    char byte;
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        log_msg("cannot go to the background: %s", strerror(errno));
        exit(1);
    }
    if (pid) {
        close(fds[1]);
        _exit(read(fds[0], &byte, 1) == 1 ? 0 : 1);
    }
    close(fds[0]);
    setsid();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    return fds[1];
}

static void say_ready(int fd)
{
    log_to_syslog();
    dup2(STDOUT_FILENO, STDERR_FILENO);
    if (write(fd, "", 1) != 1)
        log_msg("the starting process has gone away");
    close(fd);
}

static void write_node(const char *path, const char *value)
{
    static const struct subject self = {.privileged = true};
    struct change_list changes = {0};
    struct view v = {&store.tree, &self, &store.quota, &changes};

    db_write(&v, path, value, strlen(value));
    change_clear(&changes);
}

static void first_nodes(bool domains)
{
    write_node("/tool/xenstored", "");
    write_node("/local/domain", "");
    write_node("/vm", "");
    if (domains) {
        write_node("/local/domain/0/domid", "0");
        write_node("/local/domain/0/name", "Domain-0");
    }
}

static void serve(void)
{
    while (!stopping) {
        bool more = false;

        for (struct conn *c = conns; c; c = c->next)
            if (c->ready && !c->dead)
                conn_service(c);
        sock_reap();
        domain_reap();
        for (struct conn *c = conns; c; c = c->next)
            more |= c->ready && !c->dead;
        loop_wait(more ? 0 : -1);
    }
}

int main(int argc, char **argv)
{
    const char *path = xs_daemon_socket();
    struct options o;
    int ready_fd = -1;

    if (parse_options(argc, argv, &o) < 0)
        return 2;
    if (o.daemonise)
        ready_fd = go_to_background();
    store_init(&store, &io);
    first_nodes(o.domains);
    if (loop_init() < 0 || catch_signals() < 0) {
        log_msg("cannot set up the event loop: %s", strerror(errno));
        return 1;
    }
    if (sock_listen(path) < 0)
        return 1;
    if ((o.domains && domain_init() < 0) || (o.pid_file && write_pid(o.pid_file) < 0)) {
        sock_close(path);
        return 1;
    }
    if (ready_fd >= 0)
        say_ready(ready_fd);
    serve();
    sock_close(path);
    if (o.pid_file)
        unlink(o.pid_file);
    return 0;
}
