/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at the machine; see sample.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "http/sample.h"
#include "lib/xalloc.h"

#define CPUS_MAX 4096 /* the ABI has no number; no PC has as many */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static void look_at_host(struct toolstack *ts, struct sample *s)
{
    int version = xc_version(ts->xch, XENVER_version, NULL);
    xen_extraversion_t extra = "";
    struct utsname u;

    if (uname(&u) == 0) {
        snprintf(s->name, sizeof(s->name), "%.64s", u.nodename);
        snprintf(s->kernel, sizeof(s->kernel), "%.64s", u.release);
    }
    xc_version(ts->xch, XENVER_extraversion, extra);
    snprintf(s->hypervisor, sizeof(s->hypervisor), "%d.%d%.*s", version >> 16, version & 0xffff,
             (int)sizeof(extra), extra);
    s->time = time(NULL);
}

static int look_at_cpus(struct toolstack *ts, struct sample *s)
{
    xc_physinfo_t machine;
    xc_cpuinfo_t *info;
    int count = 0;

    if (xc_physinfo(ts->xch, &machine))
        return fail(&ts->fail, "cannot read the machine's description: %s", strerror(errno));
    s->cpu_mhz = machine.cpu_khz / 1000;
    count = machine.nr_cpus < CPUS_MAX ? machine.nr_cpus : CPUS_MAX;
    info = xcalloc(count, sizeof(*info));
    if (xc_getcpuinfo(ts->xch, count, info, &count)) {
        free(info);
        return fail(&ts->fail, "cannot read the CPUs' times: %s", strerror(errno));
    }
    s->cpus = xcalloc(count, sizeof(*s->cpus));
    for (s->cpu_count = 0; (int)s->cpu_count < count; s->cpu_count++)
        s->cpus[s->cpu_count] = (struct cpu_sample){s->cpu_count, info[s->cpu_count].idletime};
    free(info);
    return 0;
}

static void look_at_vcpus(struct toolstack *ts, struct sample *s, unsigned int row)
{
    const xc_domaininfo_t *d = &s->top.rows[row].info;

    for (unsigned int i = 0; d->max_vcpu_id != XEN_INVALID_MAX_VCPU_ID && i <= d->max_vcpu_id;
         i++) {
        struct vcpu_sample v = {.row = row, .vcpu = i};

        if (xc_vcpu_getinfo(ts->xch, d->domain, i, &v.info))
            continue;
        s->vcpus = xrealloc(s->vcpus, (s->vcpu_count + 1) * sizeof(*s->vcpus));
        s->vcpus[s->vcpu_count++] = v;
    }
}

int sample_take(struct toolstack *ts, struct sample *out)
{
    const struct top none = {0};
    uint64_t began = now_ns();

    *out = (struct sample){0};
    if (top_measure(ts, &none, &out->top))
        return -1;
    if (look_at_cpus(ts, out)) {
        sample_free(out);
        return -1;
    }
    look_at_host(ts, out);
    for (int i = 0; i < out->top.count; i++)
        look_at_vcpus(ts, out, i);
    out->uptime_ns = now_ns();
    out->took_ns = out->uptime_ns - began;
    return 0;
}

void sample_free(struct sample *s)
{
    top_free(&s->top);
    free(s->cpus);
    free(s->vcpus);
    *s = (struct sample){0};
}
