/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of figures; see figures.h. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "http/figures.h"
#include "http/sample.h"

typedef struct sample host_object, memory_object;
typedef struct cpu_sample cpu_object;
typedef struct top_row domain_object;
typedef xc_vcpuinfo_t vcpu_object;
typedef struct disk_counters disk_object;
typedef struct nic_counters nic_object;

/* A control domain may have no limit; JSON has numbers up to 2^63. */
static uint64_t bytes_of(uint64_t pages)
{
    return (pages < INT64_MAX >> 12 ? pages : INT64_MAX >> 12) << 12;
}

static uint64_t all_errors(const struct disk_counters *o)
{
    uint64_t sum = 0;

    for (int i = 0; i < STATS_KINDS; i++)
        sum += o->stats.of[i].errors;
    return sum;
}

#define GETTER(class, key, value, help)                                                            \
    static uint64_t class##_##key(const void *object)                                              \
    {                                                                                              \
        const class##_object *o = object;                                                          \
                                                                                                   \
        return value;                                                                              \
    }
#define COUNTER   GETTER
#define COUNTER_S GETTER
#define GAUGE     GETTER
#define GAUGE_S   GETTER
#include "http/figures.def"
#undef COUNTER
#undef COUNTER_S
#undef GAUGE
#undef GAUGE_S

#define ROW(class, key, end, help, counts, seconds)                                                \
    {FIGURE_##class, #key, "hospes_" #class "_" #key end, help, counts, seconds, class##_##key},
#define COUNTER(class, key, value, help)   ROW(class, key, "_total", help, true, false)
#define COUNTER_S(class, key, value, help) ROW(class, key, "_total", help, true, true)
#define GAUGE(class, key, value, help)     ROW(class, key, "", help, false, false)
#define GAUGE_S(class, key, value, help)   ROW(class, key, "", help, false, true)
static const struct figure table[] = {
#include "http/figures.def"
};

const struct figure *figure_next(enum figure_class class, const struct figure *after)
{
    const struct figure *f = after ? after + 1 : table;

    for (; f < table + sizeof(table) / sizeof(table[0]); f++)
        if (f->class == class)
            return f;
    return NULL;
}

char *figure_text(const struct figure *figure, const void *object, char text[FIGURE_TEXT])
{
    uint64_t value = figure->get(object);

    if (figure->seconds)
        snprintf(text, FIGURE_TEXT, "%" PRIu64 ".%06" PRIu64, value / 1000000000,
                 value / 1000 % 1000000);
    else
        snprintf(text, FIGURE_TEXT, "%" PRIu64, value);
    return text;
}
