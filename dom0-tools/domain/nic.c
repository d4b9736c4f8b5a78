/* SPDX-License-Identifier: BSD-2-Clause */
/* The device class of network interfaces: vif nodes (io/netif.h); see device.h. */
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "domain/creation.h"
#include "domain/file.h"
#include "domain/hotplug.h"
#include "domain/nic.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"

/*
 * The number is what the guest knows its NIC by: after the highest of those before it, if none is
 * asked for.
 */
static int choose_number(struct toolstack *ts, struct creation *c, struct nic *nic)
{
    uint32_t next = c->first_nic;

    for (size_t i = 0; i < c->device_count; i++) {
        const struct device *other = c->devices[i];

        if (other->class != &class_nic)
            continue;
        if (nic->spec.has_devid && other->id == nic->spec.devid)
            return conf_fail(c->conf, "vif", nic->dev.value, &ts->fail,
                             "devid=%u is the number of another NIC already", other->id);
        if (other->id >= next)
            next = other->id + 1;
    }
    nic->dev.id = nic->spec.has_devid ? nic->spec.devid : next;
    if (nic->dev.id > VIF_DEVID_MAX)
        return conf_fail(c->conf, "vif", nic->dev.value, &ts->fail,
                         "there is no number after %u (give one with devid=)", VIF_DEVID_MAX);
    return 0;
}

/* Every guest NIC needs an address of its own: from Xen's range, the rest random. */
static int choose_mac(struct toolstack *ts, struct nic *nic)
{
    static const uint8_t prefix[3] = {0x00, 0x16, 0x3e};
    uint8_t *mac = nic->spec.mac;

    if (nic->spec.has_mac)
        return 0;
    memcpy(mac, prefix, sizeof(prefix));
    if (getrandom(mac + 3, 3, 0) != 3)
        return fail(&ts->fail, "cannot get random numbers: %s", strerror(errno));
    mac[3] &= 0x7f; /* the upper half of the range is for addresses given by hand */
    return 0;
}

#define DEFAULTS_MAX 300

/* Gives the NIC what xl.conf says and its config does not; @text is that in the config's words. */
static void take_defaults(const struct host_conf *host, struct vif_spec *spec,
                          char text[DEFAULTS_MAX])
{
    const struct {
        const char *key, *given;
        char **field;
    } rows[] = {
        {"script", host->vif_default.script, &spec->script},
        {"bridge", host->vif_default.bridge, &spec->bridge},
        {"gatewaydev", host->vif_default.gatewaydev, &spec->gatewaydev},
        {"backend", host->vif_default.backend, &spec->backend},
    };
    int n = 0;

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (*rows[i].field || !rows[i].given[0])
            continue;
        *rows[i].field = xmemdup(rows[i].given, strlen(rows[i].given));
        n += snprintf(text + n, DEFAULTS_MAX - n, "%s=%s,", rows[i].key, rows[i].given);
    }
}

/*
 * What was chosen is added to the config, so that the domain keeps it when it is restarted (by xend,
 * which does not read xl.conf), saved or sent, whichever of its NICs have gone by then.
 */
static void write_down(struct creation *c, const struct nic *nic, const char *defaults,
                       size_t index)
{
    char mac[5 + 18] = "", devid[16] = "", mac_text[18], *text;

    if (nic->spec.has_mac && nic->spec.has_devid && !*defaults)
        return;
    vif_mac_text(nic->spec.mac, mac_text);
    if (!nic->spec.has_mac)
        snprintf(mac, sizeof(mac), "mac=%s,", mac_text);
    if (!nic->spec.has_devid)
        snprintf(devid, sizeof(devid), "devid=%u,", nic->dev.id);
    if (asprintf(&text, "%s%s%s%s", mac, devid, defaults, nic->dev.value->text) < 0)
        text = NULL;
    xalloc_check(text);
    xalloc_check(conf_set_item(c->conf, "vif", index, text) ? NULL : c->conf);
    free(text);
}

static bool same_text(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* What bridge= means is the script's affair; only vif-bridge's own needs an interface. */
static int check_bridge(struct toolstack *ts, const struct creation *c, struct nic *nic)
{
    char path[512];

    if (!vif_script_wants_bridge(nic->script))
        return 0;
    if (!nic->spec.bridge && c->host.vif_bridge[0])
        nic->spec.bridge = xmemdup(c->host.vif_bridge, strlen(c->host.vif_bridge));
    if (!nic->spec.bridge)
        return 0;
    snprintf(path, sizeof(path), "%s/%s", paths.net, nic->spec.bridge);
    if (access(path, F_OK) == 0)
        return 0;
    return conf_fail(c->conf, "vif", nic->dev.value, &ts->fail,
                     "bridge %s does not exist (make it with: %s/network-bridge start bridge=%s)",
                     nic->spec.bridge, paths.scripts, nic->spec.bridge);
}

static int parse(struct toolstack *ts, struct creation *c, struct device *dev)
{
    struct nic *nic = (struct nic *)dev;
    const struct conf_value *value = dev->value;
    char defaults[DEFAULTS_MAX];
    const char *script;
    struct fail why;
    struct stat st;
    size_t index = 0;

    for (size_t i = 0; i < c->device_count; i++)
        index += c->devices[i]->class == &class_nic;
    if (vif_parse(value->text, &nic->spec, &why))
        return conf_fail(c->conf, "vif", value, &ts->fail, "'%s': %s", value->text, why.text);
    take_defaults(&c->host, &nic->spec, defaults);
    if (choose_number(ts, c, nic))
        return -1;
    dev->backend = nic->spec.backend;
    snprintf(dev->name, sizeof(dev->name), "%u", dev->id);
    script = nic->spec.script ? nic->spec.script : c->host.vif_script;
    snprintf(nic->script, sizeof(nic->script), "%s%s%s", script[0] == '/' ? "" : paths.scripts,
             script[0] == '/' ? "" : "/", script);
    /* In a driver domain they are that domain's affair. */
    if (!dev->backend &&
        (file_check(ts, c->conf, "vif", value, nic->script, X_OK, &st) || check_bridge(ts, c, nic)))
        return -1;
    if (choose_mac(ts, nic))
        return -1;
    write_down(c, nic, defaults, index);
    return 0;
}

static void release(struct device *dev)
{
    vif_free(&((struct nic *)dev)->spec);
}

/* Another guest's NIC that stands in the way of one that is to be made. */
struct clash {
    const struct nic *nic;
    char mac[18];
    const char *what, *text; /* what they share, and which; NULL: nothing */
    uint32_t domid;
};

static void found(struct clash *clash, const char *what, const char *text)
{
    clash->what = what;
    clash->text = text;
}

/* The bridges are the same, or both are routed. */
static bool same_network(const char *a, const char *b)
{
    return same_text(a, b) || (!a && !b);
}

/* The bridge that a NIC is on; NULL: it is on none, or only its script knows. */
static const char *bridge_of(const char *bridge, const char *script)
{
    return bridge ? bridge : script && vif_script_wants_bridge(script) ? "xenbr0" : NULL;
}

static void look_for_clash(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct clash *clash = arg;
    const struct vif_spec *spec = &clash->nic->spec;
    char *vifname = store_read(ts->xs, "%s/vifname", at->paths.back);
    char *mac = store_read(ts->xs, "%s/mac", at->paths.back);
    char *bridge = store_read(ts->xs, "%s/bridge", at->paths.back);
    char *script = store_read(ts->xs, "%s/script", at->paths.back);
    char *ip = store_read(ts->xs, "%s/ip", at->paths.back);
    const char *its = bridge_of(bridge, script);
    const char *ours = bridge_of(spec->bridge, clash->nic->script);

    if (same_text(vifname, spec->vifname))
        found(clash, "interface name", spec->vifname);
    else if (same_text(mac, clash->mac) && same_text(its, ours))
        found(clash, "address", clash->mac);
    else if (same_text(ip, spec->ip) && !strchr(ip, '/') && same_network(its, ours))
        found(clash, "IP address", spec->ip);
    if (clash->what)
        clash->domid = at->domid;
    free(vifname);
    free(mac);
    free(bridge);
    free(script);
    free(ip);
}

static int check(struct toolstack *ts, const struct creation *c, const struct device *dev)
{
    struct clash clash = {.nic = (const struct nic *)dev};
    const char *vifname = clash.nic->spec.vifname;
    char path[PATH_LEN + IFNAMSIZ], *name;
    unsigned int n;
    char **domids = store_list(ts->xs, &n, BACKENDS_OF "/vif", dev->back);

    vif_mac_text(clash.nic->spec.mac, clash.mac);
    for (unsigned int i = 0; i < n && !clash.what; i++)
        device_each_of(ts, &class_nic, strtoul(domids[i], NULL, 10), look_for_clash, &clash);
    free(domids);
    if (clash.what) {
        name = ts_domain_name(ts, clash.domid);
        conf_fail(c->conf, "vif", dev->value, &ts->fail, "the %s %s is in use by domain %s",
                  clash.what, clash.text, name);
        free(name);
        return -1;
    }
    snprintf(path, sizeof(path), "%s/%s", paths.net, vifname ? vifname : "");
    if (vifname && !dev->back && access(path, F_OK) == 0)
        return conf_fail(c->conf, "vif", dev->value, &ts->fail,
                         "dom0 has an interface called %s already (choose another vifname)",
                         vifname);
    return 0;
}

static bool put_if(struct toolstack *ts, xs_transaction_t t, const char *dir, const char *key,
                   const char *value)
{
    return !value || store_put(ts->xs, t, dir, key, "%s", value);
}

static bool write_nodes(struct toolstack *ts, xs_transaction_t t, const struct device *dev,
                        const struct device_paths *p)
{
    const struct nic *nic = (const struct nic *)dev;
    const struct vif_spec *spec = &nic->spec;
    char mac[18];
    bool ok;

    vif_mac_text(spec->mac, mac);
    ok = store_put(ts->xs, t, p->front, "handle", "%u", dev->id) &&
         store_put(ts->xs, t, p->front, "mac", "%s", mac) &&
         store_put(ts->xs, t, p->back, "handle", "%u", dev->id) &&
         store_put(ts->xs, t, p->back, "mac", "%s", mac) &&
         store_put(ts->xs, t, p->back, "type", "vif") &&
         store_put(ts->xs, t, p->back, "script", "%s", nic->script) &&
         put_if(ts, t, p->back, "bridge", spec->bridge) && put_if(ts, t, p->back, "ip", spec->ip) &&
         put_if(ts, t, p->back, "vifname", spec->vifname) &&
         put_if(ts, t, p->back, "gatewaydev", spec->gatewaydev);
    if (ok && spec->rate_bytes)
        ok = store_put(ts->xs, t, p->back, "rate", "%llu,%u", (unsigned long long)spec->rate_bytes,
                       spec->rate_usecs);
    if (ok && spec->mtu)
        ok = store_put(ts->xs, t, p->front, "mtu", "%u", spec->mtu) &&
             store_put(ts->xs, t, p->back, "mtu", "%u", spec->mtu);
    return ok;
}

static int plug(struct toolstack *ts, uint32_t domid, const struct device *dev)
{
    return hotplug_run(ts, ((const struct nic *)dev)->script, "online", "vif", domid, dev->id);
}

static void unplug(struct toolstack *ts, const struct device_at *at)
{
    char *script = store_read(ts->xs, "%s/script", at->paths.back);

    if (script)
        hotplug_run(ts, script, "offline", "vif", at->domid, at->id);
    free(script);
}

static bool describes(struct toolstack *ts, const char *text, const struct device_at *at)
{
    char mac[18], *its = store_read(ts->xs, "%s/mac", at->paths.back);
    struct vif_spec spec;
    struct fail ignored;
    bool ret = false;

    if (vif_parse(text, &spec, &ignored) == 0) {
        vif_mac_text(spec.mac, mac);
        ret = spec.has_mac && its && strcasecmp(its, mac) == 0;
        vif_free(&spec);
    }
    free(its);
    return ret;
}

struct search {
    const char *mac;
    long id;
};

static void compare_mac(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct search *search = arg;
    char *mac = store_read(ts->xs, "%s/mac", at->paths.back);

    if (mac && strcasecmp(mac, search->mac) == 0)
        search->id = at->id;
    free(mac);
}

/* A number or an address. */
static long find(struct toolstack *ts, uint32_t domid, const char *who)
{
    struct search search = {who, -1};
    char *end;
    unsigned long id = strtoul(who, &end, 10);

    if (*who && !*end)
        return id <= INT32_MAX ? (long)id : -1;
    device_each_of(ts, &class_nic, domid, compare_mac, &search);
    return search.id;
}

static void list_row(struct toolstack *ts, const struct device_at *at)
{
    const struct device_paths *p = &at->paths;
    char *mac = store_read(ts->xs, "%s/mac", p->front);

    printf("%-3u %-3ld %-17s %6ld %5ld %6ld %5ld/%-11ld %-30s\n", at->id, (long)at->back,
           mac ? mac : "?", store_number(ts->xs, 0, "%s/handle", p->front),
           store_number(ts->xs, 0, "%s/state", p->front),
           device_front_number(ts->xs, p, "event-channel"),
           device_front_number(ts->xs, p, "tx-ring-ref"),
           device_front_number(ts->xs, p, "rx-ring-ref"), p->back);
    free(mac);
}

static const char *const sxp_keys[] = {"bridge", "mac", "script", "ip", "vifname", "rate", NULL};

const struct device_class class_nic = {
    .type = "vif",
    .key = "vif",
    .plural = "NICs",
    .max = NICS_MAX,
    .size = sizeof(struct nic),
    .parse = parse,
    .free = release,
    .check = check,
    .write = write_nodes,
    .plug = plug,
    .unplug = unplug,
    .describes = describes,
    .find = find,
    .list_header = "Idx BE  MAC Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path"
                   "                       ",
    .list_row = list_row,
    .sxp_keys = sxp_keys,
};
