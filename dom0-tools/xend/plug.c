/* SPDX-License-Identifier: BSD-2-Clause */
/* The script of a NIC in a driver domain; see serve.h. */
#include <stdlib.h>
#include <string.h>

#include "domain/hotplug.h"
#include "lib/store.h"
#include "xend/journal.h"
#include "xend/serve.h"

struct call {
    const struct service *d;
    const char *script, *action;
};

bool plug_wanted(const struct service *d)
{
    return device_home() && strcmp(d->type, "vif") == 0 && d->netdev[0];
}

/* A device that has been served already, and has no interface here, was served by the domain that was
 * in this one's place. */
bool plug_due(struct service *d, bool again)
{
    return device_home() && strcmp(d->type, "vif") == 0 && (!again || nic_read_note(d));
}

/* In a child, with a connection of its own: hotplug_run() asks for nothing but the store. */
static int run(const void *arg)
{
    const struct call *call = arg;
    const struct service *d = call->d;
    struct toolstack ts = {.program = "xend", .xs = xs_open(0)};
    int ret = 1;

    if (!ts.xs)
        journal("%s: cannot reach xenstored for its script", d->paths.back);
    else if (hotplug_run(&ts, call->script, call->action, d->type, d->domid, d->id))
        journal("%s: %s", d->paths.back, ts.fail.text);
    else
        ret = 0;
    xs_close(ts.xs);
    return ret;
}

int plug_start(struct service *d, const char *action, struct fail *f)
{
    char *script = store_read(service_xs, "%s/script", d->paths.back);
    struct call call = {d, script, action};
    int ret;

    if (!script || script[0] != '/')
        ret = fail(f, "its node says no script, or none by its whole path");
    else if (!store_is_own(service_xs, device_home(), "%s/script", d->paths.back))
        ret = fail(f, "its script could have been written by another domain: not run");
    else if (process_work(&d->script, run, &call))
        ret = fail(f, "cannot start a process for its script");
    else
        ret = 0;
    free(script);
    return ret;
}

void plug_why(const struct service *d, struct fail *f)
{
    char *error = store_read(service_xs, "%s/hotplug-error", d->paths.back);

    fail(f, "%s", error && *error ? error : "its script failed: see /var/log/xen/xend.log");
    free(error);
}

void plug_undone(const struct service *d)
{
    store_remove(service_xs, "%s/hotplug-status", d->paths.back);
}
