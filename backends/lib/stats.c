/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting; see stats.h. */
#include "lib/stats.h"

#include <string.h>
#include <unistd.h>

#include "lib/kept.h"

struct device_stats *stats_map(int fd)
{
    struct device_stats *s = kept_map(fd, sizeof(*s));

    if (!s)
        return NULL;
    close(fd);
    if (s->magic != DEVICE_STATS_MAGIC)
        *s = (struct device_stats){.magic = DEVICE_STATS_MAGIC};
    s->starts++;
    return s;
}

static unsigned int bucket_of(int64_t us)
{
    uint64_t units = us < 0 ? 0 : (uint64_t)us / LATENCY_FIRST_US;
    unsigned int bucket = units ? 64u - (unsigned int)__builtin_clzll(units) : 0;

    return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

void stats_latency(struct backend *be, int64_t us)
{
    be->stats->latency[bucket_of(us)]++;
}

void stats_slow(struct backend *be, int64_t us)
{
    be->trouble.slow++;
    if (us / 1000 > be->trouble.longest_ms)
        be->trouble.longest_ms = us / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(us / 1000);
}

void stats_failed(struct backend *be)
{
    be->trouble.failed++;
}

void stats_report(struct backend *be)
{
    struct control_message m = {.kind = CONTROL_TROUBLE};
    int64_t since = be->now - (int64_t)be->stats->told;

    /* Told in the future: another boot's, or nonsense of the process before. */
    if (be->stats->told && since >= 0 && since < TROUBLE_PAUSE_MS * INT64_C(1000))
        return;
    be->stats->told = (uint64_t)be->now;
    memcpy(m.body, &be->trouble, sizeof(be->trouble));
    be->trouble = (struct trouble){0};
    if (!channel_send(be->control, &m))
        be->leaving = true;
}
