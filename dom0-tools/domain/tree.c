/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's part of xenstore, as Xen's docs/misc/xenstore-paths.pandoc lays it out. */
#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "conf/ends.h"
#include "domain/creation.h"
#include "domain/driver.h"
#include "lib/store.h"
#include "lib/xs_post.h"

#define DOM0 0u
/* Bytes that xenconsoled keeps of a guest's output while nobody reads it */
#define CONSOLE_LIMIT 1048576

static int failed(struct toolstack *ts)
{
    return fail(&ts->fail, "cannot write the domain's nodes to xenstore: %s", strerror(errno));
}

int tree_claim(struct toolstack *ts, const struct creation *c)
{
    char dir[64];

    snprintf(dir, sizeof(dir), "/local/domain/%u", c->domid);
    if (c->returns)
        driver_return(ts, c->domid);
    xs_post_begin(ts->xs);
    if (!c->returns)
        driver_clear(ts, c->domid);
    store_mkdir(ts->xs, XBT_NULL, DOM0, c->domid, "%s", dir);
    store_put(ts->xs, XBT_NULL, dir, "name", "%s", c->name);
    store_put(ts->xs, XBT_NULL, dir, "domid", "%u", c->domid);
    return xs_post_end(ts->xs) ? 0 : failed(ts);
}

static bool write_vm(struct toolstack *ts, xs_transaction_t t, const struct creation *c)
{
    static const char *const actions[] = {"on_poweroff", "on_reboot", "on_crash"};
    /* A restored domain's is in its stream; the config may name it. */
    const char *kernel = c->kernel_name ? c->kernel_name : conf_string(c->conf, "kernel");
    char dir[64];
    struct timeval now;
    bool ok;

    gettimeofday(&now, NULL);
    snprintf(dir, sizeof(dir), "/vm/%s", c->uuid);
    ok = store_mkdir(ts->xs, t, DOM0, c->domid, "%s", dir) &&
         store_put(ts->xs, t, dir, "uuid", "%s", c->uuid) &&
         store_put(ts->xs, t, dir, "name", "%s", c->name) &&
         store_put(ts->xs, t, dir, "start_time", "%ld.%02ld", (long)now.tv_sec,
                   (long)now.tv_usec / 10000) &&
         store_put(ts->xs, t, dir, "xend/started", "%ld", (long)now.tv_sec) &&
         store_put(ts->xs, t, dir, "xend/short_lives", "%u", c->short_lives) &&
         store_put(ts->xs, t, dir, "image/ostype", "linux") &&
         store_put(ts->xs, t, dir, "image/kernel", "%s", kernel ? kernel : "") &&
         store_put(ts->xs, t, dir, "image/cmdline", "%s", c->cmdline);
    for (size_t i = 0; ok && i < sizeof(actions) / sizeof(actions[0]); i++)
        ok = store_put(ts->xs, t, dir, actions[i], "%s",
                       conf_end_action(c->conf, actions[i], ts->xl));
    return ok;
}

/* What the guest itself may write to is its own; the rest it may only read. */
static bool write_guest_dirs(struct toolstack *ts, xs_transaction_t t, const struct creation *c,
                             const char *dir)
{
    static const char *const readable[] = {"cpu",     "memory", "device",
                                           "control", "store",  "console"};
    static const char *const writable[] = {
        "data",
        "drivers",
        "feature",
        "attr",
        "error",
        "device/suspend/event-channel",
        "control/shutdown",
        "control/sysrq",
        "control/feature-poweroff",
        "control/feature-reboot",
        "control/feature-suspend",
        "control/feature-balloon",
    };
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof(readable) / sizeof(readable[0]); i++)
        ok = store_mkdir(ts->xs, t, DOM0, c->domid, "%s/%s", dir, readable[i]);
    for (size_t i = 0; ok && i < sizeof(writable) / sizeof(writable[0]); i++)
        ok = store_mkdir(ts->xs, t, c->domid, c->domid, "%s/%s", dir, writable[i]);
    return ok;
}

static bool write_guest(struct toolstack *ts, xs_transaction_t t, const struct creation *c)
{
    int64_t online = conf_number(c->conf, "vcpus");
    char dir[64], key[64];
    bool ok;

    snprintf(dir, sizeof(dir), "/local/domain/%u", c->domid);
    ok = write_guest_dirs(ts, t, c, dir) && store_put(ts->xs, t, dir, "vm", "/vm/%s", c->uuid) &&
         store_put(ts->xs, t, dir, "memory/static-max", "%llu",
                   (unsigned long long)c->build.max_pages * 4) &&
         store_put(ts->xs, t, dir, "memory/target", "%llu",
                   (unsigned long long)c->build.nr_pages * 4) &&
         store_put(ts->xs, t, dir, "memory/videoram", "0") &&
         store_put(ts->xs, t, dir, "control/platform-feature-multiprocessor-suspend", "1") &&
         store_put(ts->xs, t, dir, "control/platform-feature-xs_reset_watches", "1") &&
         store_put(ts->xs, t, dir, "console/limit", "%d", CONSOLE_LIMIT) &&
         store_put(ts->xs, t, dir, "console/type", "xenconsoled") &&
         store_put(ts->xs, t, dir, "console/output", "pty");
    for (unsigned int i = 0; ok && i < c->build.vcpus; i++) {
        snprintf(key, sizeof(key), "cpu/%u/availability", i);
        ok = store_put(ts->xs, t, dir, key, i < online ? "online" : "offline");
    }
    return ok;
}

/* Where its rings are, known when it has been built. */
static bool write_rings(xs_transaction_t t, void *arg)
{
    const struct creation_nodes *n = arg;
    const struct dombuild_result *built = &n->c->built;
    char dir[64];

    snprintf(dir, sizeof(dir), "/local/domain/%u", n->c->domid);
    return store_put(n->ts->xs, t, dir, "store/port", "%u", built->store_port) &&
           store_put(n->ts->xs, t, dir, "store/ring-ref", "%llu",
                     (unsigned long long)built->store_mfn) &&
           store_put(n->ts->xs, t, dir, "console/port", "%u", built->console_port) &&
           store_put(n->ts->xs, t, dir, "console/ring-ref", "%llu",
                     (unsigned long long)built->console_mfn);
}

static bool write_domain(xs_transaction_t t, void *arg)
{
    const struct creation_nodes *n = arg;

    return write_vm(n->ts, t, n->c) && write_guest(n->ts, t, n->c);
}

static bool write_all(xs_transaction_t t, void *arg)
{
    return write_domain(t, arg) && write_rings(t, arg);
}

static int publish(struct toolstack *ts, struct creation *c,
                   bool (*write)(xs_transaction_t t, void *arg))
{
    struct creation_nodes nodes = {ts, c};

    if (!store_transact(ts->xs, write, &nodes))
        return failed(ts);
    if (!xs_introduce_domain(ts->xs, c->domid, c->built.store_mfn, c->built.store_port))
        return fail(&ts->fail, "xenstored refused the new domain: %s", strerror(errno));
    return 0;
}

int tree_publish(struct toolstack *ts, struct creation *c)
{
    return publish(ts, c, write_all);
}

int tree_prepare(struct toolstack *ts, struct creation *c)
{
    struct creation_nodes nodes = {ts, c};

    return store_transact(ts->xs, write_domain, &nodes) ? 0 : failed(ts);
}

int tree_complete(struct toolstack *ts, struct creation *c)
{
    return publish(ts, c, write_rings);
}
