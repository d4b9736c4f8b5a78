/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of domains; see life.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/domstate.h"
#include "lib/xalloc.h"
#include "xend/journal.h"
#include "xend/life.h"
#include "xend/process.h"
#include "xend/verdict.h"
#include "xm/device.h"
#include "xm/paths.h"
#include "xm/store.h"

/* One domain that is down and being dealt with. */
struct ending {
    struct process job; /* first: job_ended() casts */
    struct ending *next;
    uint32_t domid;
};

/* How a domain, known by its uuid, has fared; kept across its restarts. */
struct history {
    struct history *next;
    char uuid[40];
    unsigned int short_lives;
};

static struct xs_handle *xs;
static struct domstate_handle *states;
static struct ending *endings;
static struct history *histories;

static struct history *history_of(const char *uuid)
{
    struct history *h = histories;

    while (h && strcmp(h->uuid, uuid) != 0)
        h = h->next;
    if (!h) {
        h = xcalloc(1, sizeof(*h));
        snprintf(h->uuid, sizeof(h->uuid), "%s", uuid);
        h->next = histories;
        histories = h;
    }
    return h;
}

/* False if the domain dies as soon as it is started. */
static bool may_restart(const char *vm)
{
    const char *uuid = strrchr(vm, '/');
    char *start = store_read(xs, "%s/start_time", vm);
    long lived = start ? time(NULL) - strtol(start, NULL, 10) : -1;

    free(start);
    return verdict_may_restart(&history_of(uuid ? uuid + 1 : vm)->short_lives, lived);
}

/* Copies the domain's config, without its uuid if the old domain keeps that; false on error. */
static bool copy_config(uint32_t domid, const char *copy, bool keep_uuid)
{
    char path[96], line[4096];
    FILE *in, *out;
    bool ok, begin = true;

    snprintf(path, sizeof(path), XEND_DOMAINS "/%u.cfg", domid);
    in = fopen(path, "re");
    out = in ? fopen(copy, "we") : NULL;
    ok = out != NULL;
    while (ok && fgets(line, sizeof(line), in)) {
        bool uuid = begin && strncmp(line, "uuid", 4) == 0;

        begin = line[strlen(line) - 1] == '\n';
        if (keep_uuid || !uuid)
            ok = fputs(line, out) >= 0;
    }
    if (in)
        fclose(in);
    if (out)
        ok = fclose(out) == 0 && ok;
    return ok;
}

/* The new domain shall get the devices of one that is kept. */
static void release_devices(uint32_t domid)
{
    unsigned int n;

    for (const char *const *type = device_types; *type; type++) {
        char **id = store_list(xs, &n, "/local/domain/0/backend/%s/%u", *type, domid);

        for (unsigned int i = 0; i < n; i++) {
            struct device_paths p = device_paths(*type, domid, strtoul(id[i], NULL, 10));

            store_put(xs, XBT_NULL, p.back, "online", "0");
            store_put(xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSING);
            store_remove(xs, "%s", p.front);
        }
        free(id);
    }
}

/* In the job's process: xm itself does what an administrator would type. */
static int run_job(uint32_t domid, enum verdict verdict, const char *name, const char *config)
{
    char id[16], kept[128];
    char *destroy[] = {"xm", "destroy", id, NULL};
    char *rename[] = {"xm", "rename", id, kept, NULL};
    char *create[] = {"xm", "create", "--quiet", "--defconfig", (char *)config, NULL};
    int ret;

    snprintf(id, sizeof(id), "%u", domid);
    snprintf(kept, sizeof(kept), "%s-%u", name, domid);
    ret = process_run(verdict == VERDICT_RENAME_RESTART ? rename : destroy);
    if (ret == 0 && verdict != VERDICT_DESTROY)
        ret = process_run(create);
    unlink(config);
    return ret;
}

static void job_ended(struct process *p, bool clean)
{
    struct ending *e = (struct ending *)p;

    if (!clean)
        journal("domain %u: what was to be done at its end failed; see above", e->domid);
    life_event(); /* forgets the domain if it is gone */
}

static void deal_with(struct ending *e, const char *vm, const char *key)
{
    char *action = store_read(xs, "%s/%s", vm, key);
    char *name = store_read(xs, "/local/domain/%u/name", e->domid);
    enum verdict verdict = verdict_of(action);
    char config[96];

    journal("domain %s (%u) is down: %s is %s", name ? name : "?", e->domid, key,
            action ? action : "not set");
    snprintf(config, sizeof(config), XEND_DOMAINS "/restart-%u.cfg", e->domid);
    if (verdict == VERDICT_RESTART || verdict == VERDICT_RENAME_RESTART) {
        if (!may_restart(vm)) {
            journal("domain %s ended within %d s of its start %d times: not started again",
                    name ? name : "?", VERDICT_SHORT_LIFE_S, VERDICT_SHORT_LIVES);
            verdict = VERDICT_DESTROY;
        } else if (!copy_config(e->domid, config, verdict == VERDICT_RESTART)) {
            journal("domain %u: its config cannot be copied to %s: %s", e->domid, config,
                    strerror(errno));
            verdict = VERDICT_DESTROY;
        }
    }
    if (verdict == VERDICT_RENAME_RESTART)
        release_devices(e->domid);
    if (verdict != VERDICT_PRESERVE) {
        pid_t pid = process_fork(&e->job);

        if (pid == 0)
            _exit(run_job(e->domid, verdict, name ? name : "domain", config));
        if (pid < 0)
            journal("domain %u: cannot start a process: %s", e->domid, strerror(errno));
    }
    free(action);
    free(name);
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

        if (e->job.source.fd >= 0 || domstate_get(states, e->domid, &s) || s.exists) {
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

int life_init(struct xs_handle *handle)
{
    xs = handle;
    states = domstate_open();
    if (!states)
        return -1;
    life_event();
    return 0;
}
