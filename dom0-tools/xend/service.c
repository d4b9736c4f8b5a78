/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and their processes; see service.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <stddef.h>
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
#include "xend/journal.h"
#include "xend/process.h"
#include "xend/tap.h"
#include "xend/timer.h"
#include "xend/user.h"

/* A process that lives shorter than this has not got over what killed it. */
#define SHORT_LIFE_MS 10000
/* With a guest that has not begun to use the device, that many in a row end its creation. */
#define SHORT_LIVES 5
/* With one that has, it is started again for ever: at once, then ever later up to this. */
#define FIRST_PAUSE_MS 10
#define PAUSE_MAX_MS   1000

struct service {
    struct process process; /* first: process_ended() casts */
    struct timer pause;     /* until its process is started again */
    struct service *next;
    uid_t uid;    /* of its process, nobody else's */
    char type[4]; /* vbd or vif */
    uint32_t domid, id;
    struct device_paths paths;
    /* The disk, or the TAP's queues; -1: not open here (served by an adopted process). */
    int fd[NET_QUEUES];
    struct disk_id disk;
    enum share_mode mode;
    char netdev[IFNAMSIZ]; /* a NIC's interface; empty: not made (yet) */
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
    timer_stop(&d->pause);
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
    if (!out || fprintf(out, "%d %u\n", d->process.pid, d->uid) < 0 || fclose(out))
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

/* @again: the device has been served before, so its user need not be checked. */
static int open_disk(struct service *d, bool again, struct fail *f)
{
    char *path = store_read(xs, "%s/params", d->paths.back);
    char *mode = store_read(xs, "%s/mode", d->paths.back);
    bool force;

    d->mode = share_mode(mode ? mode : "r");
    force = again && d->mode == SHARE_WRITE;
    if (!path)
        fail(f, "its node has no params");
    else if (!store_is_own(xs, "%s/params", d->paths.back) ||
             (mode && !store_is_own(xs, "%s/mode", d->paths.back)))
        fail(f, "its params or mode could have been written by another domain: not opened");
    else
        d->fd[0] = disk_open(path, force ? SHARE_WRITE_SHARED : d->mode, &d->disk, f);
    if (d->fd[0] >= 0 && !again && check_other_guests(d, path, f))
        close_all(d);
    free(path);
    free(mode);
    return d->fd[0] < 0 ? -1 : 0;
}

/*
 * The file again, whatever its name means by now, in an open file description of the process' own:
 * its requests hold it, so that the process after it can wait for their end (block/claim.h).
 */
static int reopen_disk(const struct service *d)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd[0]);
    return open(path, (d->mode == SHARE_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC);
}

static int start_disk(struct service *d)
{
    bool discard = store_number(xs, 0, "%s/discard-enable", d->paths.back) == 1;
    char uid[12], path[PATH_LEN];
    char *argv[12] = {"hospes-blk", "--back", d->paths.back, "--disk-fd", "3",
                      "--log-fd",   "4",      "--uid",       uid};
    int n = 9, log, disk, ret;

    snprintf(uid, sizeof(uid), "%u", d->uid);
    state_file(d, "log", path);
    log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0)
        return -1;
    disk = reopen_disk(d);
    if (disk < 0) {
        close(log);
        return -1;
    }
    if (d->mode == SHARE_READ)
        argv[n++] = "--read-only";
    if (discard)
        argv[n++] = "--discard";
    ret = process_start(&d->process, argv, (int[]){disk, log}, 2);
    close(disk);
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
    char uid[12];
    char *argv[] = {"hospes-net", "--back", d->paths.back, "--uid", uid,        "--tap-fd", "3",
                    "--tap-fd",   "4",      "--tap-fd",    "5",     "--tap-fd", "6",        NULL};

    snprintf(uid, sizeof(uid), "%u", d->uid);
    return process_start(&d->process, argv, d->fd, NET_QUEUES);
}

/* ---- both ---- */

static int serve(struct service *d, bool again, struct fail *f)
{
    bool disk = strcmp(d->type, "vbd") == 0;

    if (d->fd[0] < 0 && (disk ? open_disk(d, again, f) : open_nic(d, again, f)))
        return -1;
    d->started = store_now();
    if (!d->uid)
        d->uid = user_take();
    if (disk ? start_disk(d) : start_nic(d))
        return fail(f, "cannot start its back-end process: %s", strerror(errno));
    write_pid(d);
    journal("%s: served by process %d", d->paths.back, d->process.pid);
    return 0;
}

/* The device is no longer served; the interface of a NIC waits for its node to go. */
static void retire(struct service *d)
{
    timer_stop(&d->pause);
    close_all(d);
    d->closed = true;
    if (!d->netdev[0] || store_number(xs, -1, "%s/state", d->paths.back) < 0)
        drop(d);
}

static long state_of(const struct service *d)
{
    return store_number(xs, -1, "%s/state", d->paths.back);
}

/* Is somebody to serve the device still? */
static bool is_wanted(const struct service *d)
{
    long state = state_of(d);

    return state > 0 && state != STATE_CLOSED &&
           store_number(xs, 0, "%s/online", d->paths.back) == 1;
}

/* Nobody is: its node says so, if there is one. */
static void let_go(struct service *d)
{
    long state = state_of(d);

    if (state > 0 && state != STATE_CLOSED)
        store_put(xs, XBT_NULL, d->paths.back, "state", "%d", STATE_CLOSED);
    retire(d);
}

/* How long after its @n-th early end in a row a process is started again, milliseconds. */
static int pause_after(unsigned int n)
{
    unsigned int doublings = n < 2 ? 0 : n - 2;

    if (n < 2)
        return 0;
    return doublings < 7 ? FIRST_PAUSE_MS << doublings : PAUSE_MAX_MS;
}

static void serve_again(struct service *d);

static void on_pause_over(struct timer *t)
{
    serve_again((struct service *)((char *)t - offsetof(struct service, pause)));
}

/*
 * A guest that has begun to use the device waits until it is served again, as it would for a slow
 * disk.  One that has not is being created, and its creator wants to know.
 */
static void try_later(struct service *d, const char *why)
{
    struct device_paths paths = d->paths;
    int ms = pause_after(d->short_lives);

    if (state_of(d) <= STATE_INITIALISING && d->short_lives >= SHORT_LIVES) {
        drop(d);
        refuse(&paths, why);
    } else if (ms == 0) {
        serve_again(d);
    } else if (!timer_start(&d->pause, ms)) {
        drop(d);
        refuse(&paths, strerror(errno));
    }
}

static void serve_again(struct service *d)
{
    struct fail f = {""};

    if (!is_wanted(d)) {
        let_go(d);
    } else if (serve(d, true, &f)) {
        journal("%s: %s", d->paths.back, f.text);
        d->short_lives = d->short_lives < 2 ? 2 : d->short_lives + 1;
        try_later(d, f.text);
    }
}

static void serve_first(struct service *d)
{
    struct fail f = {""};
    struct device_paths paths = d->paths;

    if (serve(d, false, &f) == 0)
        return;
    drop(d);
    refuse(&paths, f.text);
}

static void process_ended(struct process *p, bool clean)
{
    struct service *d = (struct service *)p;

    if (clean || !is_wanted(d)) {
        let_go(d);
        return;
    }
    d->short_lives = store_now() - d->started < SHORT_LIFE_MS ? d->short_lives + 1 : 0;
    try_later(d, "its back-end process ended again and again: see /var/log/xen/xend.log");
}

static struct service *make(const char *type, uint32_t domid, uint32_t id)
{
    struct service *d = xcalloc(1, sizeof(*d));

    *d = (struct service){
        .next = services, .domid = domid, .id = id, .fd = {[0 ... NET_QUEUES - 1] = -1}};
    d->pause = (struct timer){.source.fd = -1, .fired = on_pause_over};
    d->paths = device_paths(type, domid, id);
    d->process.source.fd = -1;
    d->process.ended = process_ended;
    snprintf(d->type, sizeof(d->type), "%s", type);
    services = d;
    return d;
}

/* The process that a xend before started for the device, if it lives; else 0. */
static pid_t living_process(const struct service *d, uid_t *uid)
{
    char path[PATH_LEN], command[512] = "";
    FILE *in;
    size_t n = 0;
    int pid;

    state_file(d, "pid", path);
    pid = user_read_note(path, uid);
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
    uid_t uid;
    pid_t pid = living_process(d, &uid);
    struct fail f = {""};

    if (!pid || process_adopt(&d->process, pid))
        return false;
    d->uid = uid;
    d->started = store_now();
    if (strcmp(d->type, "vbd") == 0 && open_disk(d, true, &f))
        journal("%s: %s", d->paths.back, f.text);
    if (strcmp(d->type, "vif") == 0 && claim_name(d, true, &f))
        journal("%s: %s", d->paths.back, f.text);
    journal("%s: taking over process %d", d->paths.back, pid);
    return true;
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
    if (d && d->pause.source.fd >= 0 && !is_wanted(d)) {
        let_go(d);
        return;
    }
    if (d || state <= 0 || state == STATE_CLOSED)
        return; /* its process sees the changes itself */
    kind = store_read(xs, "%s/kind", p.back);
    if (kind && strcmp(kind, "user") == 0) {
        if (state == STATE_CLOSING) {
            store_put(xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSED);
        } else {
            d = make(type, domid, id);
            if (state == STATE_INITIALISING)
                serve_first(d);
            else if (!adopt(d))
                serve_again(d);
        }
    }
    free(kind);
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
                check(type, strtoul(domid[i], NULL, 10), strtoul(id[k], NULL, 10));
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
    user_init();
    check_all();
    adopt_interfaces();
}

void service_event(const char *path)
{
    unsigned int domid, id;
    char type[8];

    if (sscanf(path, BACKEND_DIR "/%7[a-z]/%u/%u", type, &domid, &id) != 3)
        check_all();
    else if (strcmp(type, "vbd") == 0 || strcmp(type, "vif") == 0)
        check(type, domid, id);
}
