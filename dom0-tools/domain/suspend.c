/* SPDX-License-Identifier: BSD-2-Clause */
/* The suspend protocol by xenstore (docs/misc/xenstore-paths.pandoc); see suspend.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domain/suspend.h" /* <xenctrl.h> must come before <xenguest.h> */
#include <xenguest.h>

#include "domain/device.h"
#include "lib/store.h"

/* xl's limits: until the guest takes note, and from then until it has suspended */
#define NOTE_MS    60000
#define SUSPEND_MS 60000

/* Until the disks of a guest that has just been restored are connected again */
#define CONNECT_MS 20000

static const char request[] = "suspend";
static const char token[] = "suspend";

/* 1: the guest has taken the request, 0: not yet. */
static bool taken(struct toolstack *ts, uint32_t domid)
{
    char *text = store_read(ts->xs, "/local/domain/%u/control/shutdown", domid);
    bool ret = !text || strcmp(text, request) != 0;

    free(text);
    return ret;
}

/* 1: suspended, 0: runs, -1: gone or down for another reason. */
static int state(struct toolstack *ts, uint32_t domid)
{
    xc_domaininfo_t info;

    if (!ts_domain_info(ts, domid, &info) || info.flags & XEN_DOMINF_dying)
        return fail(&ts->fail, "the domain ended while it was asked to suspend");
    if (!(info.flags & XEN_DOMINF_shutdown))
        return 0;
    if ((info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask) == SHUTDOWN_suspend)
        return 1;
    return fail(&ts->fail, "the domain went down while it was asked to suspend");
}

/* Takes the request back, unless the guest takes it at that moment: true if it is back. */
static bool withdraw(struct toolstack *ts, uint32_t domid)
{
    for (;;) {
        xs_transaction_t t = xs_transaction_start(ts->xs);
        char path[64], *text;
        unsigned int len;
        bool ours;

        if (t == XBT_NULL)
            return false;
        snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
        text = xs_read(ts->xs, t, path, &len);
        ours = text && strcmp(text, request) == 0;
        free(text);
        if (ours)
            xs_write(ts->xs, t, path, "", 0);
        if (xs_transaction_end(ts->xs, t, !ours))
            return ours;
        if (errno != EAGAIN)
            return false;
    }
}

static int wait_suspended(struct toolstack *ts, uint32_t domid)
{
    int64_t deadline = store_now() + NOTE_MS;
    bool noted = false;

    for (;;) {
        int now = state(ts, domid);

        if (now)
            return now > 0 ? 0 : -1;
        if (!noted && taken(ts, domid)) {
            noted = true;
            deadline = store_now() + SUSPEND_MS;
        }
        if (store_wait(ts->xs, deadline))
            continue;
        if (store_cancelled())
            fail(&ts->fail, "interrupted");
        else
            fail(&ts->fail,
                 noted ? "the guest has not suspended within %d s"
                       : "the guest does not answer the request to suspend (%d s)",
                 SUSPEND_MS / 1000);
        /* It may take the request at this very moment; then it is waited for, as long again. */
        if (noted || withdraw(ts, domid) || store_cancelled())
            return -1;
        noted = true;
        deadline = store_now() + SUSPEND_MS;
    }
}

static void note_unconnected(struct toolstack *ts, const struct device_at *at, void *arg)
{
    const long state = store_number(ts->xs, 0, "%s/state", at->paths.back);

    if (state > 0 && state < STATE_CONNECTED)
        *(bool *)arg = true;
}

static bool disks_are_connected(struct toolstack *ts, uint32_t domid)
{
    bool unconnected = false;

    device_each_of(ts, &class_disk, domid, note_unconnected, &unconnected);
    return !unconnected;
}

/*
 * Linux connects a disk in the thread that also suspends it.  Asked in between, its journal would
 * wait for the disk, the suspension for the journal, and the disk for the thread.  (A guest that
 * has no use for a disk never connects it; it is asked all the same.)
 */
static void await_disks(struct toolstack *ts, uint32_t domid)
{
    const int64_t deadline = store_now() + CONNECT_MS;

    if (disks_are_connected(ts, domid))
        return;
    devices_watch(ts, domid, token, true);
    while (!disks_are_connected(ts, domid) && store_now() < deadline &&
           store_wait(ts->xs, deadline))
        ;
    devices_watch(ts, domid, token, false);
}

int domain_suspend(struct toolstack *ts, uint32_t domid)
{
    char node[64];
    int ret;

    await_disks(ts, domid);
    snprintf(node, sizeof(node), "/local/domain/%u/control/shutdown", domid);
    xs_watch(ts->xs, node, token);
    xs_watch(ts->xs, "@releaseDomain", token);
    if (!store_write(ts->xs, XBT_NULL, request, "%s", node))
        ret = fail(&ts->fail, "cannot write to the domain's control node: %s", strerror(errno));
    else
        ret = wait_suspended(ts, domid);
    xs_unwatch(ts->xs, "@releaseDomain", token);
    xs_unwatch(ts->xs, node, token);
    return ret;
}

int domain_resume(struct toolstack *ts, uint32_t domid)
{
    if (xc_domain_resume(ts->xch, domid, 1))
        return fail(&ts->fail, "cannot let the domain go on: %s", strerror(errno));
    if (!xs_resume_domain(ts->xs, domid))
        return fail(&ts->fail, "xenstored was not told that the domain goes on: %s",
                    strerror(errno));
    return 0;
}
