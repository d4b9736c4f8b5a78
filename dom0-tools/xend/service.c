/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and their processes; see service.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/device.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xend/service.h"
#include "xend/disk.h"
#include "xend/display.h"
#include "xend/journal.h"
#include "xend/process.h"
#include "xend/tap.h"

/* A process that lives shorter than this has not got over what killed it. */
#define SHORT_LIFE_MS 10000
#define SHORT_LIVES   5

struct service {
    struct process process; /* first: process_ended() casts */
    struct service *next;
    char type[4]; /* vbd, vif or vfb */
    uint32_t domid, id;
    struct device_paths paths;
    /* The disk, the TAP's queues, or a display's listening socket; -1: not open here (served by an
     * adopted process). */
    int fd[NET_QUEUES];
    struct disk_id disk;
    enum share_mode mode;
    char netdev[IFNAMSIZ]; /* a NIC's interface; empty: not made (yet) */
    bool waiting;          /* a script is to make its disk anew */
    bool closed;           /* its process is done; what is left waits for its node to go */
    int64_t started;
    unsigned int short_lives;
};

static struct xs_handle *xs;
static struct service *services;

static struct service *find(const char *type, uint32_t domid, uint32_t id)
{
    struct service *d = services;

    while (d && (d->domid != domid || d->id != id || strcmp(d->type, type) != 0))
        d = d->next;
    return d;
}

static void state_file(const struct service *d, const char *suffix, char path[PATH_LEN])
{
    char dir[PATH_LEN];

    snprintf(path, PATH_LEN, "%.*s/%s-%u-%u.%s", PATH_LEN - 48, path_devices(dir), d->type,
             d->domid, d->id, suffix);
}

/* Nobody will serve the device: says why, where xm looks for it. */
static void refuse(const struct device_paths *p, const char *why)
{
    journal("%s: %s", p->back, why);
    store_write(xs, XBT_NULL, why, "%s", p->error);
    store_put(xs, XBT_NULL, p->back, "state", "%d", STATE_CLOSED);
}

static void close_all(struct service *d)
{
    for (int i = 0; i < NET_QUEUES; i++) {
        if (d->fd[i] >= 0)
            close(d->fd[i]);
        d->fd[i] = -1;
    }
}

/* Forgets the device and everything that was made for it. */
static void drop(struct service *d)
{
    struct service **link = &services;
    char path[PATH_LEN];

    while (*link != d)
        link = &(*link)->next;
    *link = d->next;
    close_all(d);
    if (d->netdev[0])
        tap_remove(d->netdev);
    state_file(d, "tap", path);
    unlink(path);
    state_file(d, "pid", path);
    unlink(path);
    state_file(d, "log", path);
    unlink(path);
    free(d);
}

static void write_pid(const struct service *d)
{
    char path[PATH_LEN];
    FILE *out;

    state_file(d, "pid", path);
    out = fopen(path, "we");
    if (!out || fprintf(out, "%d\n", d->process.pid) < 0 || fclose(out))
        journal("cannot write %s: %s", path, strerror(errno));
}

/* ---- disks ---- */

static int check_other_guests(const struct service *d, const char *path, struct fail *f)
{
    for (const struct service *o = services; o; o = o->next) {
        char *name;

        if (o == d || strcmp(o->type, "vbd") != 0 || o->disk.dev != d->disk.dev ||
            o->disk.ino != d->disk.ino || !share_clash(d->mode, o->mode))
            continue;
        name = store_read(xs, "/local/domain/%u/name", o->domid);
        fail(f, "%s is in use by domain %s (%u): destroy that one first, or use mode w!", path,
             name ? name : "?", o->domid);
        free(name);
        return -1;
    }
    return 0;
}

static bool has_script(const struct device_paths *p)
{
    char *script = store_read(xs, "%s/script", p->back);
    bool ret = script && strstr(p->back, "/vbd/");

    free(script);
    return ret;
}

/* The disk's script is still at work: it says when the disk is there. */
static bool awaits_script(const struct device_paths *p)
{
    char *status = store_read(xs, "%s/hotplug-status", p->back);
    bool ret = has_script(p) && !(status && strcmp(status, "connected") == 0);

    free(status);
    return ret;
}

/* The image or device: what the disk's script has made, or what the config says; malloc'ed. */
static char *disk_path(const struct device_paths *p)
{
    char *path, *number, *end;
    unsigned long major, minor;

    if (!has_script(p))
        return store_read(xs, "%s/params", p->back);
    path = store_read(xs, "%s/node", p->back); /* "/dev/nbd0" */
    number = path && path[0] == '/' ? NULL : store_read(xs, "%s/physical-device", p->back);
    if (!number)
        return path;
    free(path); /* "2b:0", in hexadecimal */
    path = NULL;
    major = strtoul(number, &end, 16);
    minor = *end == ':' ? strtoul(end + 1, &end, 16) : 0;
    if (end != number && !*end && asprintf(&path, "/dev/block/%lu:%lu", major, minor) < 0)
        path = NULL;
    free(number);
    return path;
}

/* @again: the device has been served before, so its user need not be checked. */
static int open_disk(struct service *d, bool again, struct fail *f)
{
    char *path = disk_path(&d->paths);
    char *mode = store_read(xs, "%s/mode", d->paths.back);
    bool force;

    d->mode = share_mode(mode ? mode : "r");
    force = again && d->mode == SHARE_WRITE;
    /* The one that showed it has died: its script starts another. */
    d->waiting = again && path && access(path, F_OK) != 0 && errno == ENOTCONN;
    if (!path)
        fail(f, "its node says no image or device (params, or node and physical-device)");
    else
        d->fd[0] = disk_open(path, force ? SHARE_WRITE_SHARED : d->mode, &d->disk, f);
    if (d->fd[0] >= 0 && !again && check_other_guests(d, path, f))
        close_all(d);
    free(path);
    free(mode);
    return d->fd[0] < 0 ? -1 : 0;
}

static int start_disk(struct service *d)
{
    bool discard = store_number(xs, 0, "%s/discard-enable", d->paths.back) == 1;
    char *argv[10] = {"hospes-blk", "--back", d->paths.back, "--disk-fd", "3", "--log-fd", "4"};
    char path[PATH_LEN];
    int n = 7, log, ret;

    state_file(d, "log", path);
    log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0)
        return -1;
    if (d->mode == SHARE_READ)
        argv[n++] = "--read-only";
    if (discard)
        argv[n++] = "--discard";
    ret = process_start(&d->process, argv, (int[]){d->fd[0], log}, 2);
    close(log);
    return ret;
}

/* ---- NICs ---- */

/*
 * The interface stays as long as the device's node, because the script that takes it off its bridge
 * runs after the back-end has ended.  Its name is noted, so that a later xend still removes it.
 */
static int read_tap_note(struct service *d)
{
    char path[PATH_LEN];
    FILE *in;
    int n = 0;

    state_file(d, "tap", path);
    in = fopen(path, "re");
    if (in) {
        n = fscanf(in, "%15s", d->netdev);
        fclose(in);
    }
    return n == 1 ? 0 : -1;
}

static int write_tap_note(const struct service *d, struct fail *f)
{
    char path[PATH_LEN];
    FILE *out;

    state_file(d, "tap", path);
    out = fopen(path, "we");
    if (out && fprintf(out, "%s\n", d->netdev) > 0 && fclose(out) == 0)
        return 0;
    return fail(f, "cannot write %s: %s", path, strerror(errno));
}

/* A name that dom0 or another guest has is not for the taking. */
static int check_name_free(const char *name, struct fail *f)
{
    char path[PATH_LEN];

    snprintf(path, sizeof(path), "%s/%s", paths.net, name);
    if (access(path, F_OK) != 0)
        return 0;
    return fail(f, "dom0 has an interface called %s already (choose another vifname)", name);
}

/* @again: the interface has been the device's before, also if no note says so. */
static int claim_name(struct service *d, bool again, struct fail *f)
{
    char *vifname, name[64];

    if (d->netdev[0] || read_tap_note(d) == 0)
        return 0;
    vifname = store_read(xs, "%s/vifname", d->paths.back);
    if (vifname && *vifname)
        snprintf(name, sizeof(name), "%s", vifname);
    else
        snprintf(name, sizeof(name), "vif%u.%u", d->domid, d->id);
    free(vifname);
    if (strlen(name) >= IFNAMSIZ)
        return fail(f, "the interface name %s is longer than %d letters", name, IFNAMSIZ - 1);
    if (!again && check_name_free(name, f))
        return -1;
    memcpy(d->netdev, name, strlen(name) + 1);
    if (write_tap_note(d, f) == 0)
        return 0;
    d->netdev[0] = '\0';
    return -1;
}

static int open_nic(struct service *d, bool again, struct fail *f)
{
    return claim_name(d, again, f) ? -1 : tap_open(d->netdev, d->fd, f);
}

static int start_nic(struct service *d)
{
    char *argv[] = {"hospes-net", "--back",   d->paths.back, "--tap-fd", "3", "--tap-fd",
                    "4",          "--tap-fd", "5",           "--tap-fd", "6", NULL};

    return process_start(&d->process, argv, d->fd, NET_QUEUES);
}

/* ---- displays ---- */

/*
 * A display keeps its port for as long as the domain lives, also when its process is an adopted one
 * that held the socket.
 */
static int open_vnc(struct service *d, bool again, struct fail *f)
{
    char *address = store_read(xs, "%s/vnclisten", d->paths.back);
    long given = store_number(xs, 0, "%s/vncdisplay", d->paths.back);
    long port = again ? store_number(xs, -1, "%s/vnc-port", d->paths.back) : -1;
    bool unused = port < 0 && store_number(xs, 1, "%s/vncunused", d->paths.back) == 1;
    unsigned int display = port >= DISPLAY_PORT ? port - DISPLAY_PORT : given;
    char console[64];

    d->fd[0] = display_listen(address ? address : "127.0.0.1", unused, &display, f);
    snprintf(console, sizeof(console), "/local/domain/%u/console", d->domid);
    if (d->fd[0] >= 0) {
        store_put(xs, XBT_NULL, d->paths.back, "vnc-port", "%u", DISPLAY_PORT + display);
        store_put(xs, XBT_NULL, console, "vnc-port", "%u", DISPLAY_PORT + display);
        store_put(xs, XBT_NULL, console, "vnc-listen", "%s", address ? address : "127.0.0.1");
    }
    free(address);
    return d->fd[0] < 0 ? -1 : 0;
}

static int start_fb(struct service *d)
{
    struct device_paths keyboard = device_paths("vkbd", d->domid, d->id);
    char *argv[] = {"hospes-fb",   "--back",      d->paths.back, "--keyboard",
                    keyboard.back, "--listen-fd", "3",           NULL};

    return process_start(&d->process, argv, d->fd, 1);
}

/* ---- all ---- */

/* What a class of devices needs of xend. */
static const struct kind {
    const char *type;
    int (*open)(struct service *d, bool again, struct fail *f);
    int (*start)(struct service *d);
    /* For a process of an earlier xend: what this one has to know of the device. */
    int (*adopt)(struct service *d, bool again, struct fail *f);
} kinds[] = {
    {"vbd", open_disk, start_disk, open_disk},
    {"vif", open_nic, start_nic, claim_name},
    {"vfb", open_vnc, start_fb, NULL},
};

static const struct kind *kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return &kinds[i];
    return NULL;
}

static int serve(struct service *d, bool again, struct fail *f)
{
    const struct kind *kind = kind_of(d->type);

    if (d->fd[0] < 0 && kind->open(d, again, f))
        return -1;
    d->started = store_now();
    if (kind->start(d))
        return fail(f, "cannot start its back-end process: %s", strerror(errno));
    write_pid(d);
    journal("%s: served by process %d", d->paths.back, d->process.pid);
    return 0;
}

static void serve_or_refuse(struct service *d, bool again)
{
    struct fail f = {""};
    struct device_paths paths = d->paths;

    if (serve(d, again, &f) == 0)
        return;
    if (d->waiting) {
        journal("%s: %s; waiting for its script", paths.back, f.text);
        return;
    }
    drop(d);
    refuse(&paths, f.text);
}

/* The device is no longer served; the interface of a NIC waits for its node to go. */
static void retire(struct service *d)
{
    close_all(d);
    d->closed = true;
    if (!d->netdev[0] || store_number(xs, -1, "%s/state", d->paths.back) < 0)
        drop(d);
}

static void process_ended(struct process *p, bool clean)
{
    struct service *d = (struct service *)p;
    long state = store_number(xs, STATE_CLOSED, "%s/state", d->paths.back);
    bool online = store_number(xs, 0, "%s/online", d->paths.back) == 1;

    if (clean || state == STATE_CLOSED || !online) {
        if (state != STATE_CLOSED)
            store_put(xs, XBT_NULL, d->paths.back, "state", "%d", STATE_CLOSED);
        retire(d);
        return;
    }
    d->short_lives = store_now() - d->started < SHORT_LIFE_MS ? d->short_lives + 1 : 0;
    if (d->short_lives < SHORT_LIVES) {
        if (has_script(&d->paths))
            close_all(d); /* what it had open may be what has died */
        serve_or_refuse(d, true);
        return;
    }
    refuse(&d->paths, "its back-end process ended again and again: see /var/log/xen/xend.log");
    drop(d);
}

static struct service *make(const char *type, uint32_t domid, uint32_t id)
{
    struct service *d = xcalloc(1, sizeof(*d));

    *d = (struct service){
        .next = services, .domid = domid, .id = id, .fd = {[0 ... NET_QUEUES - 1] = -1}};
    d->paths = device_paths(type, domid, id);
    d->process.source.fd = -1;
    d->process.ended = process_ended;
    snprintf(d->type, sizeof(d->type), "%s", type);
    services = d;
    return d;
}

/* The process that a xend before started for the device, if it lives; else 0. */
static pid_t living_process(const struct service *d)
{
    char path[PATH_LEN], command[512] = "";
    FILE *in;
    size_t n = 0;
    int pid = 0;

    state_file(d, "pid", path);
    in = fopen(path, "re");
    if (in) {
        if (fscanf(in, "%d", &pid) != 1)
            pid = 0;
        fclose(in);
    }
    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    in = pid > 0 ? fopen(path, "re") : NULL;
    if (in) {
        n = fread(command, 1, sizeof(command) - 1, in);
        fclose(in);
    }
    /* The number may belong to somebody else by now. */
    return memmem(command, n, d->paths.back, strlen(d->paths.back) + 1) ? pid : 0;
}

static bool adopt(struct service *d)
{
    pid_t pid = living_process(d);
    struct fail f = {""};

    if (!pid || process_adopt(&d->process, pid))
        return false;
    d->started = store_now();
    if (kind_of(d->type)->adopt && kind_of(d->type)->adopt(d, true, &f))
        journal("%s: %s", d->paths.back, f.text);
    journal("%s: taking over process %d", d->paths.back, pid);
    return true;
}

/* Something changed about a disk that waits for its script: there it is, or it is given up. */
static void go_on(struct service *d, long state)
{
    struct device_paths paths = d->paths;

    if (!awaits_script(&d->paths) && state != STATE_CLOSING) {
        serve_or_refuse(d, true);
        return;
    }
    if (state == STATE_CLOSING)
        store_put(xs, XBT_NULL, paths.back, "state", "%d", STATE_CLOSED);
    else
        refuse(&paths, "its script could not make it anew: see /var/log/xen/block-qemu.log");
    drop(d);
}

static void check(const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);
    long state = store_number(xs, -1, "%s/state", p.back);
    struct service *d = find(type, domid, id);
    char *kind;

    if (d && d->closed && (state < 0 || state == STATE_INITIALISING)) {
        drop(d); /* its node is gone, or another has come in its place */
        d = NULL;
    }
    if (d && d->waiting && d->process.source.fd < 0 && state > 0 && state != STATE_CLOSED)
        go_on(d, state);
    if (d || state <= 0 || state == STATE_CLOSED)
        return; /* its process sees the changes itself */
    kind = store_read(xs, "%s/kind", p.back);
    if (kind && strcmp(kind, "user") == 0) {
        if (state == STATE_CLOSING) {
            store_put(xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSED);
        } else {
            if (awaits_script(&p)) {
                free(kind);
                return; /* this is called again when hotplug-status is written */
            }
            d = make(type, domid, id);
            if (state == STATE_INITIALISING || !adopt(d))
                serve_or_refuse(d, state != STATE_INITIALISING);
        }
    }
    free(kind);
}

/* A keyboard is served by its display's process; without one nobody will. */
static void check_keyboard(uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths("vkbd", domid, id);
    long state = store_number(xs, -1, "%s/state", p.back);
    struct service *d;

    check("vfb", domid, id);
    d = find("vfb", domid, id);
    if ((!d || d->closed) && state > 0 && state != STATE_CLOSED)
        store_put(xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSED);
}

static void check_one(const char *type, uint32_t domid, uint32_t id)
{
    if (strcmp(type, "vkbd") == 0)
        check_keyboard(domid, id);
    else if (kind_of(type))
        check(type, domid, id);
}

static void check_all(void)
{
    unsigned int domains, ids;

    for (const struct device_class *const *class = device_classes; *class; class ++) {
        const char *type = (*class)->type;
        char **domid = store_list(xs, &domains, BACKEND_DIR "/%s", type);

        for (unsigned int i = 0; i < domains; i++) {
            char **id = store_list(xs, &ids, BACKEND_DIR "/%s/%s", type, domid[i]);

            for (unsigned int k = 0; k < ids; k++)
                check_one(type, strtoul(domid[i], NULL, 10), strtoul(id[k], NULL, 10));
            free(id);
        }
        free(domid);
    }
}

/* Interfaces whose devices an earlier xend served to their end. */
static void adopt_interfaces(void)
{
    char dir[PATH_LEN], type[4];
    unsigned int domid, id;
    struct dirent **entries;
    int n = scandir(path_devices(dir), &entries, NULL, NULL);

    for (int i = 0; i < n; i++) {
        int len = 0;

        if (sscanf(entries[i]->d_name, "%3[a-z]-%u-%u.tap%n", type, &domid, &id, &len) == 3 &&
            len && !entries[i]->d_name[len] && !find(type, domid, id)) {
            struct service *d = make(type, domid, id);

            if (read_tap_note(d))
                d->netdev[0] = '\0';
            retire(d);
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

void service_init(struct xs_handle *handle)
{
    xs = handle;
    check_all();
    adopt_interfaces();
}

void service_event(const char *path)
{
    unsigned int domid, id;
    char type[8];

    if (sscanf(path, BACKEND_DIR "/%7[a-z]/%u/%u", type, &domid, &id) != 3)
        check_all();
    else
        check_one(type, domid, id);
}
