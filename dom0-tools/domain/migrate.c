/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of a migration; see migrate.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/config_file.h"
#include "domain/live.h"
#include "domain/migrate.h"
#include "domain/moving.h"
#include "domain/rename.h"
#include "domain/save.h"
#include "domain/suspend.h"
#include "domain/teardown.h"

/* The messages (tools/xl/xl_migrate.c): all but the first with their nul byte. */
static const char banner[] = "xl migration receiver ready, send binary domain data.\n";
static const char received[] = "domain received, ready to unpause";
static const char go[] = "domain is yours, you are cleared to unpause";
static const char report[] = "my copy unpause results are as follows";
#define BANNER_LEN (sizeof(banner) - 1)

/* What the report says */
#define REPORT_RUNS   0
#define REPORT_FAILED 3
#define REPORT_NO_GO  0xff

#define AWAY     "--migratedaway"
#define INCOMING "--incoming"

/* Reads exactly @message; 0 or -1. */
static int expect(struct stream_in *in, const char *message, size_t len, const char *what)
{
    char got[64];

    if (stream_get(in, got, len, what))
        return -1;
    return memcmp(got, message, len) == 0
               ? 0
               : fail(in->fail, "the other host answers something else than %s", what);
}

/* Lets the source go on, under its name; the cause of the failure stays in ts->fail. */
static enum migrate_end take_back(struct toolstack *ts, uint32_t domid, const char *name)
{
    struct fail why = ts->fail;
    bool resumed = domain_resume(ts, domid) == 0;

    if (resumed && domain_rename_live(ts, domid, name) == 0) {
        ts->fail = why;
    } else {
        struct fail also = ts->fail;

        fail(&ts->fail, "%.400s; and then: %.400s", why.text, also.text);
    }
    return resumed ? MIGRATE_HERE : MIGRATE_ALONE;
}

static enum migrate_end alone(struct toolstack *ts)
{
    struct fail why = ts->fail;

    fail(&ts->fail,
         "%.500s: the other host may run the domain or not, so the copy here stays suspended. Look "
         "there: if it runs, destroy the copy here, else let it go on with resume",
         why.text);
    return MIGRATE_ALONE;
}

/*
 * The domain is suspended, and all of it is on its way to the receiver, who has some work with it:
 * the time to rename it here.
 */
static enum migrate_end hand_over(struct toolstack *ts, uint32_t domid, const char *name,
                                  struct live *live, struct stream_in *in, struct stream_out *out)
{
    char away[256];
    uint8_t status;

    snprintf(away, sizeof(away), "%.200s" AWAY, name);
    if (domain_rename_live(ts, domid, away) ||
        expect(in, received, sizeof(received), "that it has received the domain"))
        return take_back(ts, domid, name);
    if (live)
        live_received(live);
    if (stream_put(out, go, sizeof(go)) || expect(in, report, sizeof(report), "how it went") ||
        stream_get(in, &status, 1, "how it went"))
        return alone(ts);
    if (live && status == REPORT_RUNS)
        live_done(live);
    if (status == REPORT_RUNS)
        return teardown(ts, domid) ? MIGRATE_ALONE : MIGRATE_DONE;
    if (expect(in, go, sizeof(go), "that its copy is gone"))
        return alone(ts);
    fail(&ts->fail, "the other host could not let the domain run (code %u)", status);
    return take_back(ts, domid, name);
}

/* It was not handed over: it has its name again, if it is there still; ts->fail stays the cause. */
static enum migrate_end keep_here(struct toolstack *ts, const struct migration *m, const char *name)
{
    struct fail why = ts->fail;

    if (m->rename && ts_domain_info(ts, m->domid, &(xc_domaininfo_t){0}))
        domain_rename_migrating(ts, m->domid, name, false);
    ts->fail = why;
    return MIGRATE_HERE;
}

static enum migrate_end send_named(struct toolstack *ts, const struct migration *m,
                                   const char *name, struct stream_in *in, struct stream_out *out)
{
    struct moving moving;
    struct live live;
    int ret;

    if (m->rename && domain_rename_migrating(ts, m->domid, name, true))
        return keep_here(ts, m, name);
    if (m->live)
        live_begin(&live, ts, m->domid, m->live);
    moving_out(&moving, ts, "Sending", m->domid, out);
    ret = domain_save(ts, m->domid, m->conf, m->live ? &live : NULL, out);
    moving_end(&moving);
    if (ret)
        return keep_here(ts, m, name);
    return hand_over(ts, m->domid, name, m->live ? &live : NULL, in, out);
}

enum migrate_end migrate_send(struct toolstack *ts, const struct migration *m, struct stream_in *in,
                              struct stream_out *out)
{
    enum migrate_end end;
    char *name;

    if (expect(in, banner, BANNER_LEN, "that it is ready for a domain"))
        return MIGRATE_HERE;
    name = ts_domain_name(ts, m->domid);
    end = send_named(ts, m, name, in, out);
    free(name);
    return end;
}

/* The copy is whole, paused, and called NAME--incoming. */
static int take_over(struct toolstack *ts, uint32_t domid, const char *name, bool paused,
                     struct stream_in *in, struct stream_out *out)
{
    uint8_t status = REPORT_NO_GO;
    struct fail why;
    bool renamed;

    if (stream_put(out, received, sizeof(received)))
        return -1;
    renamed = domain_rename_kept(ts, domid, name) == 0; /* while the sender reads that */
    if (expect(in, go, sizeof(go), "that the domain may run") == 0) {
        status = REPORT_FAILED;
        if (renamed && domain_rename_shown(ts, domid, name) == 0 &&
            (paused || xc_domain_unpause(ts->xch, domid) == 0 ||
             fail(&ts->fail, "cannot start the domain: %s", strerror(errno)) == 0))
            status = REPORT_RUNS;
    }
    why = ts->fail;
    if (status != REPORT_RUNS)
        teardown(ts, domid); /* before the sender hears of it */
    if (stream_put(out, report, sizeof(report)) == 0 && stream_put(out, &status, 1) == 0 &&
        status != REPORT_RUNS)
        stream_put(out, go, sizeof(go));
    ts->fail = why;
    return status == REPORT_RUNS ? 0 : -1;
}

static int receive(struct toolstack *ts, struct conf *conf, bool paused, struct stream_in *in,
                   struct stream_out *out, uint32_t *domid)
{
    char name[256], incoming[256];

    snprintf(name, sizeof(name), "%.200s",
             conf_string(conf, "name") ? conf_string(conf, "name") : "");
    snprintf(incoming, sizeof(incoming), "%.200s" INCOMING, name);
    if (!name[0])
        return fail(&ts->fail, "the domain that comes has no name");
    if (ts_domid_of(ts, name) >= 0)
        return fail(&ts->fail, "Domain '%s' already exists here", name);
    config_set(conf, "name", incoming);
    if (domain_restore(ts, conf, in, true, domid))
        return -1;
    if (take_over(ts, *domid, name, paused, in, out) == 0)
        return 0;
    if (ts_domain_info(ts, *domid, &(xc_domaininfo_t){0})) {
        struct fail why = ts->fail;

        teardown(ts, *domid);
        ts->fail = why;
    }
    return -1;
}

int migrate_receive(struct toolstack *ts, bool paused, struct stream_in *in, struct stream_out *out,
                    uint32_t *domid)
{
    struct conf *conf;
    int ret;

    if (stream_put(out, banner, BANNER_LEN))
        return -1;
    conf = saved_config(in, "migration");
    if (!conf)
        return -1;
    ret = receive(ts, conf, paused, in, out, domid);
    conf_free(conf);
    return ret;
}
