/* SPDX-License-Identifier: BSD-2-Clause */
/* NICs: the name of the interface, its note, and hospes-net. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store.h"
#include "xend/serve.h"

/*
 * The interface stays as long as the device's node, because the script that takes it off its bridge
 * runs after the back-end has ended.  Its name is noted, so that a later xend still removes it.
 */
int nic_read_note(struct service *d)
{
    char path[PATH_LEN];
    FILE *in;
    int n = 0;

    service_file(d, "tap", path);
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

    service_file(d, "tap", path);
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
    return fail(f, "%s has an interface called %s already (choose another vifname)",
                device_home_name(), name);
}

/* @again: the interface has been the device's before, also if no note says so. */
int nic_serve_adopt(struct service *d, bool again, struct fail *f)
{
    char *vifname, name[64];

    if (d->netdev[0] || nic_read_note(d) == 0)
        return 0;
    vifname = store_read(service_xs, "%s/vifname", d->paths.back);
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

int nic_serve_open(struct service *d, bool again, struct fail *f)
{
    return nic_serve_adopt(d, again, f) ? -1 : tap_open(d->netdev, d->fd, f);
}

int nic_serve_start(struct service *d)
{
    char uid[12];
    char *argv[] = {"hospes-net", "--back",     d->paths.back, "--uid",    uid, "--tap-fd",
                    "3",          "--tap-fd",   "4",           "--tap-fd", "5", "--tap-fd",
                    "6",          "--stats-fd", "7",           NULL};
    int fds[NET_QUEUES + 1], ret;

    _Static_assert(NET_QUEUES == 4, "the numbers above");
    memcpy(fds, d->fd, sizeof(d->fd));
    fds[NET_QUEUES] = service_open_file(d, "stats");
    if (fds[NET_QUEUES] < 0)
        return -1;
    snprintf(uid, sizeof(uid), "%u", d->uid);
    ret = process_start(&d->process, argv, fds, NET_QUEUES + 1);
    close(fds[NET_QUEUES]);
    return ret;
}
