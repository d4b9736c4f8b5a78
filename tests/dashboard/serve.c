/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hospes-http as it is, but for sample.c: a machine of six domains that is made up and does something
 * at all times.  Prints its port; ends with its standard input.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/rights.h"
#include "http/sample.h"
#include "http/source.h"
#include "http/web.h"
#include "lib/clock.h"
#include "lib/xalloc.h"

#define MIB_PAGES 256u
#define CPUS      8u

static const struct {
    const char *name;
    unsigned int vcpus, mib;
    double load, disk, net; /* share of a CPU, and MB/s; at most */
    uint32_t flags;
} made_up[] = {
    {"Domain-0", 2, 2048, 0.35, 0, 0, XEN_DOMINF_running},
    {"web", 4, 4096, 1.9, 6, 22, XEN_DOMINF_running},
    {"database", 4, 8192, 1.2, 48, 9, XEN_DOMINF_running},
    {"mail", 1, 1024, 0.2, 2, 1.5, XEN_DOMINF_blocked},
    {"build", 2, 4096, 1.6, 18, 0.4, XEN_DOMINF_running},
    {"old-kernel", 1, 512, 0, 0, 0,
     XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift},
};
#define DOMAINS (sizeof(made_up) / sizeof(made_up[0]))

/* The integral from 0 to @t of something between 0 and 1 that comes and goes. */
static double work(double t, unsigned int which)
{
    double fast = 1.1 / (which + 2), slow = 0.23 / (which + 1);

    return 0.5 * t + 0.3 / fast * (1 - cos(fast * t)) + 0.2 / slow * (1 - cos(slow * t + which));
}

static void make_row(struct top_row *row, unsigned int i, double t)
{
    double bytes = made_up[i].disk * 1e6 * work(t, i + 1), packets = made_up[i].net * 1e6;

    row->info = (xc_domaininfo_t){.domain = i ? i + 10 : 0,
                                  .flags = made_up[i].flags,
                                  .cpu_time = made_up[i].load * work(t, i) * 1e9,
                                  .tot_pages = made_up[i].mib * MIB_PAGES,
                                  .max_pages = made_up[i].mib * MIB_PAGES,
                                  .nr_online_vcpus = made_up[i].vcpus,
                                  .max_vcpu_id = made_up[i].vcpus - 1};
    row->info.handle[0] = i;
    row->name = xmemdup(made_up[i].name, strlen(made_up[i].name));
    if (!i)
        return;
    row->disk_count = row->nic_count = 1;
    row->disks = xcalloc(1, sizeof(*row->disks));
    *row->disks = (struct disk_counters){
        .id = 51712,
        .stats.of = {[STATS_READ] = {.requests = bytes / 32768, .bytes = bytes * 0.7},
                     [STATS_WRITE] = {.requests = bytes / 60000, .bytes = bytes * 0.3}}};
    row->nics = xcalloc(1, sizeof(*row->nics));
    *row->nics = (struct nic_counters){.rx_bytes = packets * work(t, i) * 0.3,
                                       .rx_packets = packets * work(t, i) * 0.3 / 900,
                                       .tx_bytes = packets * work(t, i + 3) * 0.7,
                                       .tx_packets = packets * work(t, i + 3) * 0.7 / 1400};
}

int sample_take(struct toolstack *ts, struct sample *s)
{
    double t = now_ms() / 1e3;
    unsigned int mib = 0;

    (void)ts;
    *s = (struct sample){.cpu_count = CPUS,
                         .cpu_mhz = 2600,
                         .uptime_ns = t * 1e9 + 3.2e14,
                         .took_ns = 800000,
                         .time = time(NULL),
                         .name = "host1",
                         .kernel = "6.1.0-37-amd64",
                         .hypervisor = "4.17"};
    s->top = (struct top){.rows = xcalloc(DOMAINS, sizeof(struct top_row)), .count = DOMAINS};
    for (unsigned int i = 0; i < DOMAINS; i++) {
        make_row(&s->top.rows[i], i, t);
        mib += made_up[i].mib;
    }
    s->top.total_kib = 32768 * 1024;
    s->top.free_kib = (32768 - mib) * 1024;
    s->cpus = xcalloc(CPUS, sizeof(*s->cpus));
    for (unsigned int i = 0; i < CPUS; i++)
        s->cpus[i] = (struct cpu_sample){i, (t - work(t, i) * (0.9 - 0.09 * i)) * 1e9};
    return 0;
}

void sample_free(struct sample *s)
{
    for (int i = 0; i < s->top.count; i++) {
        free(s->top.rows[i].name);
        free(s->top.rows[i].nics);
        free(s->top.rows[i].disks);
    }
    free(s->top.rows);
    free(s->cpus);
}

static void make_events(struct happenings *h)
{
    static const char *const what[][2] = {{"created", NULL},
                                          {"shutdown", "reboot"},
                                          {"destroyed", NULL},
                                          {"created", NULL},
                                          {"shutdown", "crash"}};

    for (unsigned int i = 0; i < sizeof(what) / sizeof(what[0]); i++)
        h->ring[++h->last] = (struct happening){.number = i + 1,
                                                .time = time(NULL) - 600 + i * 100,
                                                .domid = 11 + i,
                                                .what = what[i][0],
                                                .reason = what[i][1],
                                                .name = (char *)(uintptr_t)made_up[i + 1].name};
}

static int ready(void)
{
    return rights_drop(65534);
}

static int listen_anywhere(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    socklen_t length = sizeof(at);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, length) || listen(fd, 16) ||
        getsockname(fd, (struct sockaddr *)&at, &length))
        return -1;
    printf("%u\n", ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    static struct happenings h;
    struct toolstack ts = {0};
    struct web web = {
        .listener = listen_anywhere(), .deadline_ms = WEB_DEADLINE_MS, .ready = ready};
    struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.events = POLLIN}};
    int pair[2];
    char any;

    if (web.listener < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return 1;
    if (fork() == 0) {
        close(pair[0]);
        web.feed = pair[1];
        fcntl(web.feed, F_SETFL, O_NONBLOCK);
        _exit(web_run(&web) ? 1 : 0);
    }
    close(pair[1]);
    fds[1].fd = pair[0];
    make_events(&h);
    while (poll(fds, 2, -1) > 0 && !fds[0].revents)
        if (read(pair[0], &any, 1) != 1 || source_answer(&ts, &h, pair[0]))
            return 1;
    return 0;
}
