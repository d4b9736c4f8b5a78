/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of domains; see life.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "domain/creation.h"
#include "domain/managed.h"
#include "domain/paths.h"
#include "lib/domstate.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xend/ending.h"
#include "xend/journal.h"
#include "xend/life.h"
#include "xend/process.h"
#include "xend/verdict.h"

/* One domain that is down and being dealt with. */
struct ending {
    struct process job; /* first: job_ended() casts */
    struct ending *next;
    uint32_t domid;
    bool gone_after; /* what is done at its end leaves nothing of it */
    bool over;       /* the domain is gone; its number may be another's by now */
};

static struct xs_handle *xs;
static struct domstate_handle *states;
static struct ending *endings;

/* In a child: with connections of its own, for xend's must not wait. */
static int end_domain(const void *plan)
{
    struct toolstack ts = {.program = "xend"};

    if (ts_open(&ts) == 0 && ending_run(&ts, plan, journal) == 0)
        return 0;
    journal("%s", ts.fail.text);
    return 1;
}

static void job_ended(struct process *p, bool clean)
{
    struct ending *e = (struct ending *)p;

    e->over = clean && e->gone_after;
    if (!clean)
        journal("domain %u: what was to be done at its end failed; see above", e->domid);
    life_event(); /* forgets the domain if it is gone */
}

/* Decides, and counts the life that has ended. */
static struct ending_plan plan_for(uint32_t domid, const char *vm, const char *key)
{
    char *action = store_read(xs, "%s/%s", vm, key);
    char *name = store_read(xs, "/local/domain/%u/name", domid);
    long start = store_number(xs, -1, "%s/xend/started", vm);
    struct ending_plan plan = {
        .domid = domid, .verdict = verdict_of(action), .core = verdict_wants_core(action)};

    plan.short_lives = store_number(xs, 0, "%s/xend/short_lives", vm);
    journal("domain %s (%u) is down: %s is %s", name ? name : "?", domid, key,
            action ? action : "not set");
    if (verdict_starts_again(plan.verdict) &&
        !verdict_may_restart(&plan.short_lives, start >= 0 ? time(NULL) - start : -1)) {
        journal("domain %s ended within %d s of its start %d times: not started again",
                name ? name : "?", VERDICT_SHORT_LIFE_S, VERDICT_SHORT_LIVES);
        plan.verdict = VERDICT_DESTROY;
    }
    free(action);
    free(name);
    return plan;
}

static void deal_with(struct ending *e, const char *vm, const char *key)
{
    struct ending_plan plan = plan_for(e->domid, vm, key);

    e->gone_after = plan.verdict == VERDICT_DESTROY || plan.verdict == VERDICT_RESTART;
    if (plan.verdict != VERDICT_PRESERVE && process_work(&e->job, end_domain, &plan))
        journal("domain %u: cannot start a process: %s", e->domid, strerror(errno));
}

/* A domain is down: deals with it, once. */
static void domain_down(uint32_t domid, unsigned int reason)
{
    const char *key = verdict_key(reason);
    struct ending *e = endings;
    char *vm;

    while (e && e->domid != domid)
        e = e->next;
    vm = e || !key ? NULL : store_read(xs, "/local/domain/%u/vm", domid);
    if (!vm)
        return; /* known already, suspended, or not made by xm */
    e = xcalloc(1, sizeof(*e));
    e->next = endings;
    e->domid = domid;
    e->job.source.fd = -1;
    e->job.ended = job_ended;
    endings = e;
    deal_with(e, vm, key);
    free(vm);
}

/* The numbers of domains that are gone may come back some day. */
static void forget_gone(void)
{
    struct ending **link = &endings;

    while (*link) {
        struct ending *e = *link;
        struct domstate s;

        if (e->job.source.fd >= 0 ||
            (!e->over && (domstate_get(states, e->domid, &s) || s.exists))) {
            link = &e->next;
            continue;
        }
        *link = e->next;
        free(e);
    }
}

void life_event(void)
{
    unsigned int n;
    char **ids;

    forget_gone();
    ids = store_list(xs, &n, "/local/domain");
    for (unsigned int i = 0; i < n; i++) {
        unsigned long domid = strtoul(ids[i], NULL, 10);
        struct domstate s;

        if (domid && domid < DOMID_FIRST_RESERVED && domstate_get(states, domid, &s) == 0 &&
            s.exists && s.shutdown && !s.dying)
            domain_down(domid, s.reason);
    }
    free(ids);
}

/* True once per boot of the machine: /run is empty then. */
static bool first_start(void)
{
    char path[PATH_LEN];
    int fd;

    snprintf(path, sizeof(path), "%s/started", paths.run);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* on_xend_start = "start" means at the machine's start: xend itself may come and go. */
static void start_managed(struct toolstack *ts)
{
    char **names;
    int n = first_start() ? managed_names(&names) : -1;

    if (n < 0)
        return;
    for (int i = 0; i < n; i++) {
        struct conf *conf = managed_load(ts, names[i]);
        const struct conf_entry *entry = conf ? conf_find(conf, "on_xend_start") : NULL;
        uint32_t domid;

        if (!conf)
            journal("%s", ts->fail.text);
        else if (entry && entry->value.type == CONF_STRING &&
                 strcmp(entry->value.text, "start") == 0 && ts_domid_of(ts, names[i]) < 0 &&
                 domain_start_config(ts, conf, 0, false, &domid))
            journal("managed domain %s: %s", names[i], ts->fail.text);
        conf_free(conf);
        free(names[i]);
    }
    free(names);
}

static void recovered(struct process *p, bool clean)
{
    (void)p;
    (void)clean;
}

/* What an earlier xend left undone, and the managed domains that are to start with xend. */
static int recover(const void *unused)
{
    struct toolstack ts = {.program = "xend"};

    (void)unused;
    if (ts_open(&ts)) {
        journal("%s", ts.fail.text);
        return 1;
    }
    ending_recover(&ts, journal);
    start_managed(&ts);
    return 0;
}

int life_init(struct xs_handle *handle)
{
    static struct process job = {.ended = recovered};

    xs = handle;
    states = domstate_open();
    if (!states)
        return -1;
    if (process_work(&job, recover, NULL))
        journal("cannot start a process: %s", strerror(errno));
    life_event();
    return 0;
}
