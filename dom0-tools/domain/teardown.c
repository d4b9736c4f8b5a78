/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a domain away; see teardown.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/device.h"
#include "domain/driver.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xs_post.h"
#include "domain/teardown.h"

#define GONE_MS 10000
/*
 * xenstored forgets a domain when it is told to let it go, so nobody says when the hypervisor has
 * freed its last page; that is asked for this often.
 */
#define LOOK_MS 5

/* Of a driver domain that guests have devices of, its halves of them stay. */
static void remove_own(struct toolstack *ts, uint32_t domid)
{
    const bool left = driver_left(ts, domid);
    unsigned int n = 0;
    char **names = left ? store_list(ts->xs, &n, "/local/domain/%u", domid) : NULL;

    if (!left)
        store_remove(ts->xs, "/local/domain/%u", domid);
    for (unsigned int i = 0; i < n; i++)
        if (strcmp(names[i], "backend") != 0)
            store_remove(ts->xs, "/local/domain/%u/%s", domid, names[i]);
    free(names);
}

static void remove_nodes(struct toolstack *ts, uint32_t domid)
{
    char *vm = store_read(ts->xs, "/local/domain/%u/vm", domid);
    char path[PATH_LEN];

    xs_post_begin(ts->xs);
    for (const struct device_class *const *class = device_classes; *class; class ++) {
        store_remove(ts->xs, BACKEND_DIR "/%s/%u", (*class)->type, domid);
        store_remove(ts->xs, BACKEND_ERROR_DIR "/%s/%u", (*class)->type, domid);
    }
    if (vm && strncmp(vm, "/vm/", 4) == 0)
        store_remove(ts->xs, "%s", vm);
    remove_own(ts, domid);
    store_remove(ts->xs, "/libxl/%u", domid);
    xs_post_end(ts->xs);
    free(vm);
    unlink(path_domain_config(domid, path));
}

/* The last references (the daemons' ring mappings) go a moment after the domain is told to die. */
static void wait_gone(struct toolstack *ts, uint32_t domid)
{
    int64_t deadline = store_now() + GONE_MS;
    xc_domaininfo_t info;

    while (ts_domain_info(ts, domid, &info) && store_now() < deadline)
        store_pause(LOOK_MS);
}

int teardown(struct toolstack *ts, uint32_t domid)
{
    int ret = 0;
    xc_domaininfo_t info;
    bool alive = ts_domain_info(ts, domid, &info);

    if (alive)
        xc_domain_pause(ts->xch, domid);
    devices_remove_all(ts, domid);
    driver_leave(ts, domid);
    if (alive && xc_domain_destroy(ts->xch, domid) && errno != ESRCH && !ts->fail.text[0])
        ret = fail(&ts->fail, "cannot destroy domain %u: %s", domid, strerror(errno));
    xs_release_domain(ts->xs, domid);
    remove_nodes(ts, domid);
    if (alive)
        wait_gone(ts, domid);
    return ret;
}
