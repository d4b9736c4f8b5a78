/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a domain away; see teardown.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xm/device.h"
#include "xm/hotplug.h"
#include "xm/loop.h"
#include "xm/paths.h"
#include "xm/store.h"
#include "xm/teardown.h"

#define CLOSE_MS 10000
#define GONE_MS  10000

/* Returns 1 if the device counts for the caller. */
typedef unsigned int (*device_fn)(struct xm *xm, const char *type, uint32_t domid, uint32_t id);

/* Calls @fn for every device that dom0 serves to @domid; returns how many it counted. */
static unsigned int each_device(struct xm *xm, uint32_t domid, device_fn fn)
{
    unsigned int total = 0, n;

    for (const char *const *type = device_types; *type; type++) {
        char **ids = store_list(xm->xs, &n, "/local/domain/0/backend/%s/%u", *type, domid);

        for (unsigned int i = 0; i < n; i++)
            total += fn(xm, *type, domid, strtoul(ids[i], NULL, 10));
        free(ids);
    }
    return total;
}

/* Asks the back-end to stop; without its front-end it need not wait for the guest. */
static unsigned int close_device(struct xm *xm, const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);

    store_write(xm->xs, XBT_NULL, "0", "%s/online", p.back);
    if (store_number(xm->xs, 0, "%s/state", p.back) != STATE_CLOSED)
        store_write(xm->xs, XBT_NULL, "5", "%s/state", p.back);
    store_remove(xm->xs, "%s", p.front);
    return 1;
}

static unsigned int is_open(struct xm *xm, const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);
    long state = store_number(xm->xs, STATE_CLOSED, "%s/state", p.back);

    return state != STATE_CLOSED && state != 0;
}

static void wait_closed(struct xm *xm, uint32_t domid)
{
    static const char token[] = "closed";
    int64_t deadline = store_now() + CLOSE_MS;
    char path[96];

    for (const char *const *type = device_types; *type; type++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", *type, domid);
        xs_watch(xm->xs, path, token);
    }
    while (each_device(xm, domid, is_open) && store_wait(xm->xs, deadline))
        ;
    for (const char *const *type = device_types; *type; type++) {
        snprintf(path, sizeof(path), "/local/domain/0/backend/%s/%u", *type, domid);
        xs_unwatch(xm->xs, path, token);
    }
}

/* Scripts first (they read the node), then loop devices, then the node. */
static unsigned int remove_device(struct xm *xm, const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);
    struct fail kept = xm->fail;
    char *script = store_read(xm->xs, "%s/script", p.back);
    char *node = store_read(xm->xs, "%s/node", p.back);

    if (script && strcmp(type, "vif") == 0)
        hotplug_run(xm, script, "offline", type, domid, id);
    else if (script)
        hotplug_run(xm, script, "remove", type, domid, id);
    else if (node)
        loop_detach(node);
    store_remove(xm->xs, "%s", p.back);
    xm->fail = kept;
    free(script);
    free(node);
    return 1;
}

static void remove_devices(struct xm *xm, uint32_t domid)
{
    if (each_device(xm, domid, close_device) == 0)
        return;
    wait_closed(xm, domid);
    each_device(xm, domid, remove_device);
}

static void remove_nodes(struct xm *xm, uint32_t domid)
{
    char *vm = store_read(xm->xs, "/local/domain/%u/vm", domid);
    char path[64];

    for (const char *const *type = device_types; *type; type++) {
        store_remove(xm->xs, "/local/domain/0/backend/%s/%u", *type, domid);
        store_remove(xm->xs, "/local/domain/0/error/backend/%s/%u", *type, domid);
    }
    if (vm && strncmp(vm, "/vm/", 4) == 0)
        store_remove(xm->xs, "%s", vm);
    store_remove(xm->xs, "/local/domain/%u", domid);
    free(vm);
    snprintf(path, sizeof(path), XEND_DOMAINS "/%u.cfg", domid);
    unlink(path);
}

/* The last references (the daemons' ring mappings) go a moment after the domain is told to die. */
static void wait_gone(struct xm *xm, uint32_t domid)
{
    static const char token[] = "gone";
    int64_t deadline = store_now() + GONE_MS;
    xc_domaininfo_t info;

    xs_watch(xm->xs, "@releaseDomain", token);
    while (xm_domain_info(xm, domid, &info) && store_wait(xm->xs, deadline))
        ;
    xs_unwatch(xm->xs, "@releaseDomain", token);
}

int teardown(struct xm *xm, uint32_t domid)
{
    int ret = 0;
    xc_domaininfo_t info;
    bool alive = xm_domain_info(xm, domid, &info);

    if (alive)
        xc_domain_pause(xm->xch, domid);
    remove_devices(xm, domid);
    if (alive && xc_domain_destroy(xm->xch, domid) && errno != ESRCH && !xm->fail.text[0])
        ret = fail(&xm->fail, "cannot destroy domain %u: %s", domid, strerror(errno));
    xs_release_domain(xm->xs, domid);
    remove_nodes(xm, domid);
    if (alive)
        wait_gone(xm, domid);
    return ret;
}
