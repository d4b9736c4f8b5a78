/* SPDX-License-Identifier: BSD-2-Clause */
/* Background, readiness, pid file, signals and messages of the daemons. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/daemon.h"
#include "lib/loop.h"

static bool to_syslog;
static int ready_fd = -1;
static bool *stop_flag, *hup_flag;

void log_msg(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (to_syslog) {
        vsyslog(LOG_NOTICE, fmt, ap);
    } else {
        fprintf(stderr, "%s: ", program_invocation_short_name);
        vfprintf(stderr, fmt, ap);
        fputc('\n', stderr);
    }
    va_end(ap);
}

int daemon_parse(int argc, char **argv, const char *letters, const struct option *table,
                 const char *usage, int (*own)(int opt), struct daemon_options *o)
{
    int opt;

    *o = (struct daemon_options){0};
    while ((opt = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        switch (opt) {
        case 'D':
            o->daemonise = true;
            break;
        case 'i': /* of those that have --interactive */
            o->daemonise = false;
            break;
        case 'F':
            o->pid_file = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            if (opt == '?' || !own || own(opt))
                return -1;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'\n", program_invocation_short_name,
                argv[optind]);
        return -1;
    }
    return 0;
}

uid_t daemon_uid(const char *text)
{
    char *end;
    const unsigned long n = strtoul(text, &end, 10);

    return *text >= '0' && *text <= '9' && !*end && n < UINT32_MAX ? (uid_t)n : 0;
}

void daemon_background(void)
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
    ready_fd = fds[1];
    setsid();
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    close(null);
}

void daemon_to_syslog(void)
{
    openlog(program_invocation_short_name, LOG_PID, LOG_DAEMON);
    to_syslog = true;
    dup2(STDOUT_FILENO, STDERR_FILENO); /* /dev/null: let go of the starter's terminal */
}

void daemon_ready(void)
{
    if (ready_fd < 0)
        return;
    daemon_to_syslog();
    if (write(ready_fd, "", 1) != 1)
        log_msg("the starting process has gone away");
    close(ready_fd);
    ready_fd = -1;
}

int daemon_write_pid(const char *path)
{
    char fresh[PATH_MAX];
    FILE *f;

    snprintf(fresh, sizeof(fresh), "%s.new", path); /* who reads it finds it whole */
    f = fopen(fresh, "we");
    if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f) || rename(fresh, path) < 0) {
        log_msg("cannot write %s: %s", path, strerror(errno));
        return -1;
    }
    return 0;
}

static void on_signal(struct source *s, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)events;
    if (read(s->fd, &info, sizeof(info)) != sizeof(info))
        return;
    if (info.ssi_signo == SIGHUP && hup_flag)
        *hup_flag = true;
    else
        *stop_flag = true;
}

int daemon_descriptors(unsigned int n)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        if (limit.rlim_cur >= n)
            return 0;
        limit.rlim_cur = n;
        if (limit.rlim_max < n)
            limit.rlim_max = n;
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
            return 0;
    }
    log_msg("cannot make room for %u open files: %s", n, strerror(errno));
    return -1;
}

int daemon_signals(bool *stop, bool *hup)
{
    static struct source source = {.ready = on_signal};
    sigset_t set;

    stop_flag = stop;
    hup_flag = hup;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return loop_add(&source, EPOLLIN);
}
