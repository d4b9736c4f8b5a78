/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine and its domains at one moment. */
#ifndef HTTP_SAMPLE_H
#define HTTP_SAMPLE_H

#include <stdint.h>

#include "xm/top.h"

struct cpu_sample {
    uint32_t cpu;
    uint64_t idle_ns;
};

struct vcpu_sample {
    uint32_t row; /* of the domain, in top.rows */
    uint32_t vcpu;
    xc_vcpuinfo_t info;
};

struct sample {
    struct top top; /* memory, domains, their disks and NICs */
    struct cpu_sample *cpus;
    struct vcpu_sample *vcpus;
    unsigned int cpu_count, vcpu_count;
    uint64_t uptime_ns, took_ns;
    int64_t time; /* seconds since 1970 */
    char name[65], kernel[65], hypervisor[80];
    unsigned int cpu_mhz;
};

/* Looks at everything; 0, or -1 with ts->fail and nothing to free. */
int sample_take(struct toolstack *ts, struct sample *out);
void sample_free(struct sample *sample);

#endif
