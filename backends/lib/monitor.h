/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trusted process of a device: its nodes in xenstore, its life, and the child (the worker) that
 * serves the guest.  It reads numbers that the guest wrote to xenstore, and the worker's messages.
 */
#ifndef BACK_MONITOR_H
#define BACK_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/backend.h"
#include "lib/broker.h"
#include "lib/bus.h"
#include "lib/fail.h"
#include "lib/loop.h"
#include "lib/nodes.h"

struct monitor;

struct monitor_ops {
    /* Writes the features below m->nodes.back; false with errno if xenstore refuses. */
    bool (*announce)(struct monitor *m);
    /* Reads the guest's half into @body of CONTROL_BODY bytes; 0, or -1 with m->fail. */
    int (*gather)(struct monitor *m, void *body);
    /* The worker serves: writes what the guest waits for; NULL: nothing. */
    bool (*connected)(struct monitor *m);
};

struct monitor {
    const struct monitor_ops *ops;
    struct nodes nodes;
    uint32_t id; /* the device's number in the front-end's domain */
    pid_t worker;
    int control;             /* to the worker */
    bool connected;          /* the worker has the rings */
    bool connecting;         /* it was told to, and has not answered */
    bool closing;            /* it was told to let go, and has not answered */
    enum bus_action pending; /* what is to be done once it has */
    bool resumed, leaving;
    int64_t deadline;     /* for letting go, in store_now()'s units */
    int status;           /* to exit with */
    struct inject inject; /* the faults that the worker was told of */
    unsigned int lines;   /* of the worker's that may still be logged */
    int64_t told;         /* when it last told of trouble, in store_now()'s units; 0: never */
    struct broker broker;
    struct source store_source, control_source, log_source;
    struct fail fail;
};

/* What xend says of the device on the command line. */
struct monitor_options {
    uid_t uid;       /* the worker's own */
    const int *keep; /* descriptors that the worker needs, */
    int keep_count;
    size_t area;                /* bytes of memory that grants are copied from and to, */
    uint32_t grants;            /* and granted pages that it may have mapped at a time */
    struct device_stats *stats; /* what it counts in */
};

/* Opens the store and finds the device's nodes; 0, or -1 after saying why. */
int monitor_open(struct monitor *m, const char *path, const struct monitor_ops *ops);

/*
 * Starts the worker, which runs @worker, and attends to the device until it is gone: the status to
 * exit with, 0 if nobody is to serve the device any more.
 */
int monitor_run(struct monitor *m, const struct monitor_options *o,
                const struct backend_ops *worker);

/* A number that the guest wrote below its half, @key printf-style; false if absent or too large. */
bool monitor_front_number(struct monitor *m, uint32_t max, uint32_t *value, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* How many queues the guest wants, 1 if it does not say: 0 and @queues, or -1 with m->fail. */
int monitor_front_queues(struct monitor *m, uint32_t max, uint32_t *queues);

/* As before, for a yes/no feature: absent is no. */
bool monitor_front_flag(struct monitor *m, const char *key);

/* Writes one of the back-end's own numbers. */
bool monitor_put(struct monitor *m, const char *key, uint64_t value);

#endif
