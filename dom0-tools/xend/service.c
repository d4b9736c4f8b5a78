/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices and their processes; see service.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/back_process.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xend/serve.h"
#include "xend/service.h"
#include "xend/journal.h"
#include "xend/user.h"

/* A process that lives shorter than this has not got over what killed it. */
#define SHORT_LIFE_MS 10000
/* With a guest that has not begun to use the device, that many in a row end its creation. */
#define SHORT_LIVES 5
/* With one that has, it is started again for ever: at once, then ever later up to this. */
#define FIRST_PAUSE_MS 10
#define PAUSE_MAX_MS   1000

struct xs_handle *service_xs;
struct service *services;

static struct service *find(const char *type, uint32_t domid, uint32_t id)
{
    struct service *d = services;

    while (d && (d->domid != domid || d->id != id || strcmp(d->type, type) != 0))
        d = d->next;
    return d;
}

void service_file(const struct service *d, const char *suffix, char path[PATH_LEN])
{
    path_device_file(d->type, d->domid, d->id, suffix, path);
}

int service_open_file(const struct service *d, const char *suffix)
{
    char path[PATH_LEN];

    service_file(d, suffix, path);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static void remove_file(const struct service *d, const char *suffix)
{
    char path[PATH_LEN];

    service_file(d, suffix, path);
    unlink(path);
}

/* Nobody will serve the device: says why, where xm looks for it. */
static void refuse(const struct device_paths *p, const char *why)
{
    journal("%s: %s", p->back, why);
    store_write(service_xs, XBT_NULL, why, "%s", p->error);
    store_put(service_xs, XBT_NULL, p->back, "state", "%d", STATE_CLOSED);
}

void service_close(struct service *d)
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

    while (*link != d)
        link = &(*link)->next;
    *link = d->next;
    timer_stop(&d->pause);
    service_close(d);
    if (d->netdev[0])
        tap_remove(d->netdev);
    remove_file(d, "tap");
    remove_file(d, "pid");
    remove_file(d, "log");
    remove_file(d, "stats");
    free(d);
}

static void write_pid(const struct service *d)
{
    char path[PATH_LEN];
    FILE *out;

    service_file(d, "pid", path);
    out = fopen(path, "we");
    if (!out || fprintf(out, "%d %u\n", d->process.pid, d->uid) < 0 || fclose(out))
        journal("cannot write %s: %s", path, strerror(errno));
}

/* What a class of devices needs of xend. */
static const struct kind {
    const char *type;
    int (*open)(struct service *d, bool again, struct fail *f);
    int (*start)(struct service *d);
    /* For a process of an earlier xend: what this one has to know of the device. */
    int (*adopt)(struct service *d, bool again, struct fail *f);
} kinds[] = {
    {"vbd", disk_serve_open, disk_serve_start, disk_serve_open},
    {"vif", nic_serve_open, nic_serve_start, nic_serve_adopt},
    {"vfb", display_serve_open, display_serve_start, NULL},
};

static const struct kind *kind_of(const char *type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(type, kinds[i].type) == 0)
            return &kinds[i];
    return NULL;
}

static int start(struct service *d, struct fail *f)
{
    d->started = store_now();
    if (!d->uid)
        d->uid = user_take();
    if (kind_of(d->type)->start(d))
        return fail(f, "cannot start its back-end process: %s", strerror(errno));
    write_pid(d);
    journal("%s: served by process %d", d->paths.back, d->process.pid);
    return 0;
}

static int serve(struct service *d, bool again, struct fail *f)
{
    const bool plug = plug_due(d, again);

    if (d->fd[0] < 0 && kind_of(d->type)->open(d, again, f))
        return -1;
    if (!again)
        remove_file(d, "stats"); /* of a device before it whose end no xend saw */
    return plug ? plug_start(d, "online", f) : start(d, f);
}

/* The device is no longer served; the interface of a NIC waits for its node to go. */
static void retire(struct service *d)
{
    struct fail f;

    timer_stop(&d->pause);
    service_close(d);
    d->closed = true;
    if (plug_wanted(d) && plug_start(d, "offline", &f) == 0)
        return;
    if (!d->netdev[0] || store_number(service_xs, -1, "%s/state", d->paths.back) < 0)
        drop(d);
}

static long state_of(const struct service *d)
{
    return store_number(service_xs, -1, "%s/state", d->paths.back);
}

/* Is somebody to serve the device still? */
static bool is_wanted(const struct service *d)
{
    long state = state_of(d);

    return state > 0 && state != STATE_CLOSED &&
           store_number(service_xs, 0, "%s/online", d->paths.back) == 1;
}

/* Nobody is: its node says so, if there is one. */
static void let_go(struct service *d)
{
    long state = state_of(d);

    if (state > 0 && state != STATE_CLOSED)
        store_put(service_xs, XBT_NULL, d->paths.back, "state", "%d", STATE_CLOSED);
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
    struct device_paths at = d->paths;
    int ms = pause_after(d->short_lives);

    if (state_of(d) <= STATE_INITIALISING && d->short_lives >= SHORT_LIVES) {
        drop(d);
        refuse(&at, why);
    } else if (ms == 0) {
        serve_again(d);
    } else if (!timer_start(&d->pause, ms)) {
        drop(d);
        refuse(&at, strerror(errno));
    }
}

static void not_started(struct service *d, const char *why)
{
    d->short_lives = d->short_lives < 2 ? 2 : d->short_lives + 1;
    try_later(d, why);
}

/* Its script makes the disk anew and then says so, unless it has said already that it cannot. */
static void wait_for_script(struct service *d)
{
    struct device_paths at = d->paths;

    if (!disk_awaits_script(&d->paths)) {
        journal("%s: waiting for its script", d->paths.back);
        return;
    }
    drop(d);
    refuse(&at, "its script could not make it anew: see /var/log/xen/block-qemu.log");
}

static void serve_again(struct service *d)
{
    struct fail f = {""};

    if (!is_wanted(d)) {
        let_go(d);
    } else if (serve(d, true, &f)) {
        journal("%s: %s", d->paths.back, f.text);
        if (d->waiting)
            wait_for_script(d);
        else
            not_started(d, f.text);
    }
}

static void serve_first(struct service *d)
{
    struct fail f = {""};
    struct device_paths at = d->paths;

    if (serve(d, false, &f) == 0)
        return;
    drop(d);
    refuse(&at, f.text);
}

static void process_ended(struct process *p, bool clean)
{
    struct service *d = (struct service *)p;

    if (clean || !is_wanted(d)) {
        let_go(d);
        return;
    }
    d->short_lives = store_now() - d->started < SHORT_LIFE_MS ? d->short_lives + 1 : 0;
    if (disk_has_script(&d->paths))
        service_close(d); /* what it had open may be what has died */
    try_later(d, "its back-end process ended again and again: see /var/log/xen/xend.log");
}

static void check(const char *type, uint32_t domid, uint32_t id);

/* A NIC's script, in a driver domain: "online", or "offline" of one that is closed. */
static void script_ended(struct process *p, bool clean)
{
    struct service *d = (struct service *)((char *)p - offsetof(struct service, script));
    struct device_paths at = d->paths;
    const uint32_t domid = d->domid, id = d->id;
    struct fail f = {""};

    if (d->closed) {
        plug_undone(d);
        check("vif", domid, id); /* what has changed meanwhile */
    } else if (!is_wanted(d)) {
        let_go(d);
    } else if (!clean && state_of(d) <= STATE_INITIALISING) {
        plug_why(d, &f);
        drop(d);
        refuse(&at, f.text);
    } else if (start(d, &f)) {
        journal("%s: %s", at.back, f.text);
        not_started(d, f.text);
    }
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
    d->script.source.fd = -1;
    d->script.ended = script_ended;
    snprintf(d->type, sizeof(d->type), "%s", type);
    snprintf(d->process.group, sizeof(d->process.group), "%s-%u-%u", d->type, domid, id);
    services = d;
    return d;
}

static bool adopt(struct service *d)
{
    uid_t uid;
    pid_t pid = back_process_find(d->type, d->domid, d->id, d->paths.back, &uid);
    struct fail f = {""};

    if (!pid || process_adopt(&d->process, pid))
        return false;
    d->uid = uid;
    d->started = store_now();
    if (kind_of(d->type)->adopt && kind_of(d->type)->adopt(d, true, &f))
        journal("%s: %s", d->paths.back, f.text);
    journal("%s: taking over process %d", d->paths.back, pid);
    return true;
}

/* Something changed about a disk that waits for its script: there it is, or it is given up. */
static void go_on(struct service *d, long state)
{
    if (state == STATE_CLOSING)
        let_go(d);
    else if (disk_awaits_script(&d->paths))
        wait_for_script(d);
    else
        serve_again(d);
}

static void check(const char *type, uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths(type, domid, id);
    long state = store_number(service_xs, -1, "%s/state", p.back);
    struct service *d = find(type, domid, id);
    char *kind;

    if (d && d->script.source.fd >= 0)
        return; /* its end is told */
    if (d && d->closed && (state < 0 || state == STATE_INITIALISING)) {
        drop(d); /* its node is gone, or another has come in its place */
        d = NULL;
    }
    if (d && d->waiting && d->process.source.fd < 0 && state > 0 && state != STATE_CLOSED) {
        go_on(d, state);
        return;
    }
    if (d && d->pause.source.fd >= 0 && !is_wanted(d)) {
        let_go(d);
        return;
    }
    if (d || state <= 0 || state == STATE_CLOSED)
        return; /* its process sees the changes itself */
    kind = store_read(service_xs, "%s/kind", p.back);
    if (kind && strcmp(kind, device_home() ? "driver" : "user") == 0) {
        if (state == STATE_CLOSING) {
            store_put(service_xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSED);
        } else {
            if (disk_awaits_script(&p)) {
                free(kind);
                return; /* this is called again when hotplug-status is written */
            }
            d = make(type, domid, id);
            if (state == STATE_INITIALISING)
                serve_first(d);
            else if (!adopt(d))
                serve_again(d);
        }
    }
    free(kind);
}

/* A keyboard is served by its display's process; without one nobody will. */
static void check_keyboard(uint32_t domid, uint32_t id)
{
    struct device_paths p = device_paths("vkbd", domid, id);
    long state = store_number(service_xs, -1, "%s/state", p.back);
    struct service *d;

    check("vfb", domid, id);
    d = find("vfb", domid, id);
    if ((!d || d->closed) && state > 0 && state != STATE_CLOSED)
        store_put(service_xs, XBT_NULL, p.back, "state", "%d", STATE_CLOSED);
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
        char **domid = store_list(service_xs, &domains, BACKENDS_OF "/%s", device_home(), type);

        for (unsigned int i = 0; i < domains; i++) {
            char **id =
                store_list(service_xs, &ids, BACKENDS_OF "/%s/%s", device_home(), type, domid[i]);

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

            if (nic_read_note(d))
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
    service_xs = handle;
    user_init();
    check_all();
    adopt_interfaces();
}

void service_event(const char *path)
{
    unsigned int home, domid, id;
    char type[8];

    if (sscanf(path, BACKENDS_OF "/%7[a-z]/%u/%u", &home, type, &domid, &id) != 4)
        check_all();
    else
        check_one(type, domid, id);
}
