/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks: which file it is, who else has it, and hospes-blk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store.h"
#include "xend/serve.h"

static int check_other_guests(const struct service *d, const char *path, struct fail *f)
{
    for (const struct service *o = services; o; o = o->next) {
        char *name;

        if (o == d || strcmp(o->type, "vbd") != 0 || !disk_overlap(&o->disk, &d->disk) ||
            !share_clash(d->mode, o->mode))
            continue;
        name = store_read(service_xs, "/local/domain/%u/name", o->domid);
        fail(f, "%s is in use by domain %s (%u): destroy that one first, or use mode w!", path,
             name ? name : "?", o->domid);
        free(name);
        return -1;
    }
    return 0;
}

bool disk_has_script(const struct device_paths *p)
{
    char *script = store_read(service_xs, "%s/script", p->back);
    bool ret = script && strstr(p->back, "/vbd/");

    free(script);
    return ret;
}

/* The disk's script is still at work: it says when the disk is there. */
bool disk_awaits_script(const struct device_paths *p)
{
    char *status = store_read(service_xs, "%s/hotplug-status", p->back);
    bool ret = disk_has_script(p) && !(status && strcmp(status, "connected") == 0);

    free(status);
    return ret;
}

/* The image or device: what the disk's script has made, or what the config says; malloc'ed. */
static char *disk_path(const struct device_paths *p)
{
    char *path, *number, *end;
    unsigned long major, minor;

    if (!disk_has_script(p))
        return store_read(service_xs, "%s/params", p->back);
    path = store_read(service_xs, "%s/node", p->back); /* "/dev/nbd0" */
    number = path && path[0] == '/' ? NULL : store_read(service_xs, "%s/physical-device", p->back);
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

/* What says which file is opened, and how, is dom0's own, or its driver domain's: nobody else could
 * have written it. */
static bool is_trusted(const struct device_paths *p)
{
    static const char *const keys[] = {"params", "mode", "script", "node", "physical-device"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        char *value = store_read(service_xs, "%s/%s", p->back, keys[i]);

        free(value);
        if (value && !store_is_own(service_xs, device_home(), "%s/%s", p->back, keys[i]))
            return false;
    }
    return true;
}

/* @again: the device has been served before, so its user need not be checked. */
int disk_serve_open(struct service *d, bool again, struct fail *f)
{
    char *path = disk_path(&d->paths);
    char *mode = store_read(service_xs, "%s/mode", d->paths.back);
    bool force;

    d->mode = share_mode(mode ? mode : "r");
    force = again && d->mode == SHARE_WRITE;
    /* The one that showed it has died: its script starts another. */
    d->waiting = again && path && access(path, F_OK) != 0 && errno == ENOTCONN;
    if (!path)
        fail(f, "its node says no image or device (params, or node and physical-device)");
    else if (!is_trusted(&d->paths))
        fail(f, "its params or mode could have been written by another domain: not opened");
    else
        d->fd[0] = disk_open(path, force ? SHARE_WRITE_SHARED : d->mode, &d->disk, f);
    if (d->fd[0] >= 0 && !again && check_other_guests(d, path, f))
        service_close(d);
    free(path);
    free(mode);
    return d->fd[0] < 0 ? -1 : 0;
}

/*
 * A driver domain can be gone at any moment while its guests go on: what they were told is written has
 * left it by then, and its answers keep an order (backends/block/queue.c).
 */
static int durable(void)
{
    return device_home() ? O_DSYNC : 0;
}

/*
 * The file again, whatever its name means by now, in an open file description of the process' own:
 * its requests hold it, so that the process after it can wait for their end (block/claim.h).
 */
static int reopen_disk(const struct service *d)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd[0]);
    return open(path, (d->mode == SHARE_READ ? O_RDONLY : O_RDWR | durable()) | O_CLOEXEC);
}

int disk_serve_start(struct service *d)
{
    bool discard = store_number(service_xs, 0, "%s/discard-enable", d->paths.back) == 1;
    char uid[12];
    char *argv[15] = {"hospes-blk", "--back",     d->paths.back, "--disk-fd", "3", "--log-fd",
                      "4",          "--stats-fd", "5",           "--uid",     uid};
    int fds[] = {reopen_disk(d), service_open_file(d, "log"), service_open_file(d, "stats")};
    int n = 11, ret = -1;

    snprintf(uid, sizeof(uid), "%u", d->uid);
    if (d->mode == SHARE_READ)
        argv[n++] = "--read-only";
    if (discard)
        argv[n++] = "--discard";
    if (device_home())
        argv[n++] = "--in-order";
    if (fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0)
        ret = process_start(&d->process, argv, fds, 3);
    for (int i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return ret;
}
