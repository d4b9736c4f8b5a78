/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is measured, once for JSON and for Prometheus.  To show more of a disk, say, is to add a
 * line to figures.def (and its name to docs/MONITORING.md and schema/, as the tests will tell).
 */
#ifndef HTTP_FIGURES_H
#define HTTP_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

/* Whose figures, and of what type an object is. */
enum figure_class {
    FIGURE_host,   /* struct sample */
    FIGURE_memory, /* struct sample */
    FIGURE_cpu,    /* struct cpu_sample */
    FIGURE_domain, /* struct top_row */
    FIGURE_vcpu,   /* xc_vcpuinfo_t */
    FIGURE_disk,   /* struct disk_counters */
    FIGURE_nic,    /* struct nic_counters */
};

struct figure {
    enum figure_class class;
    const char *key;    /* in JSON */
    const char *metric; /* in Prometheus: hospes_CLASS_KEY, and _total if it counts */
    const char *help;
    bool counts;  /* goes up for as long as the object is there; else it may go up and down */
    bool seconds; /* shown in seconds, got in nanoseconds */
    uint64_t (*get)(const void *object);
};

/* The first figure of @class, or the next one; NULL at the end. */
const struct figure *figure_next(enum figure_class class, const struct figure *after);

#define FIGURE_TEXT 32

/* The figure's value of @object as text. */
char *figure_text(const struct figure *figure, const void *object, char text[FIGURE_TEXT]);

#endif
