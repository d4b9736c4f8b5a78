/* SPDX-License-Identifier: BSD-2-Clause */
/* What is counted outlives the process that counts; trouble is told, but not often. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/stats.h"

static struct device_stats *map(int file)
{
    struct device_stats *s = stats_map(dup(file));

    cr_assert_not_null(s);
    return s;
}

Test(stats, go_on_with_the_next_process)
{
    int file = memfd_create("stats", 0);
    struct device_stats *s = map(file);

    cr_assert_eq(s->starts, 1);
    stats_count(s, STATS_READ, 4096, false);
    stats_count(s, STATS_READ, 512, true);
    s = map(file);
    cr_assert_eq(s->starts, 2);
    cr_assert_eq(s->of[STATS_READ].requests, 2);
    cr_assert_eq(s->of[STATS_READ].bytes, 4096);
    cr_assert_eq(s->of[STATS_READ].errors, 1);
    s->magic++;
    s = map(file);
    cr_assert_eq(s->starts, 1, "counts of another format begin anew");
    cr_assert_eq(s->of[STATS_READ].requests, 0);
}

Test(stats, a_descriptor_that_cannot_hold_them_is_refused)
{
    cr_assert_null(stats_map(open("/dev/null", O_RDONLY)));
    cr_assert_null(stats_map(-1));
}

/* Each bucket begins where the one before ends; nothing is beyond the last. */
Test(stats, latencies_go_into_their_buckets)
{
    struct device_stats s = {0};
    struct backend be = {.stats = &s};

    for (unsigned int i = 0; i + 1 < LATENCY_BUCKETS; i++) {
        int64_t end = (int64_t)LATENCY_FIRST_US << i;

        stats_latency(&be, end - 1);
        cr_assert_eq(s.latency[i], i ? 2 : 1, "bucket %u", i);
        stats_latency(&be, end);
        cr_assert_eq(s.latency[i + 1], 1, "bucket %u", i + 1);
    }
    stats_latency(&be, INT64_MAX);
    cr_assert_eq(s.latency[LATENCY_BUCKETS - 1], 2);
    stats_latency(&be, -1);
    cr_assert_eq(s.latency[0], 2, "a clock that went back");
}

static struct trouble heard(int fd)
{
    struct control_message m;
    struct trouble t;

    cr_assert(channel_receive(fd, &m));
    cr_assert_eq(m.kind, CONTROL_TROUBLE);
    memcpy(&t, m.body, sizeof(t));
    return t;
}

Test(stats, trouble_is_told_once_in_a_while)
{
    struct device_stats s = {0};
    struct backend be = {.stats = &s, .now = 5};
    struct control_message m;
    struct trouble t;
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    be.control = ends[0];
    stats_slow(&be, 1500000);
    stats_slow(&be, 1200000);
    stats_failed(&be);
    stats_report(&be);
    t = heard(ends[1]);
    cr_assert_eq(t.slow, 2);
    cr_assert_eq(t.longest_ms, 1500);
    cr_assert_eq(t.failed, 1);
    stats_failed(&be);
    be.now += TROUBLE_PAUSE_MS * 1000 - 1;
    stats_report(&be);
    cr_assert_not(channel_receive(ends[1], &m));
    be.now += 1;
    stats_report(&be);
    t = heard(ends[1]);
    cr_assert_eq(t.slow, 0);
    cr_assert_eq(t.failed, 1, "kept meanwhile");
    be.now -= 1000; /* another boot's clock */
    stats_report(&be);
    heard(ends[1]);
    close(ends[1]);
    be.now += TROUBLE_PAUSE_MS * 1000;
    stats_report(&be);
    cr_assert(be.leaving, "the monitor is gone");
}
