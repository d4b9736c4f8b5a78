/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux' own back-ends.  xend turns automatic binding on the xen-backend bus off, or blkback and
 * netback would serve the devices of hospes-blk and hospes-net as well: whoever is to have a device
 * of the kernel's is told so here, by name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "domain/creation.h"
#include "domain/paths.h"
#include "lib/store.h"

#define APPEAR_MS     10000
#define UEVENT_KERNEL 1 /* the multicast group of the kernel's own messages */

/* A socket that becomes readable when the kernel adds a device; -1 with errno. */
static int open_uevents(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = UEVENT_KERNEL};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The kernel makes its device when it sees the nodes in xenstore, a moment after they are written.
 */
static bool appears(int uevents, const char *path)
{
    int64_t deadline = store_now() + APPEAR_MS;
    char message[4096];

    while (access(path, F_OK) != 0) {
        struct pollfd pfd = {.fd = uevents, .events = POLLIN};
        int64_t left = deadline - store_now();

        if (left <= 0 || store_cancelled())
            return false;
        if (poll(&pfd, 1, left) > 0)
            while (recv(uevents, message, sizeof(message), 0) > 0)
                ;
    }
    return true;
}

static int bind_device(struct toolstack *ts, int uevents, const char *type, uint32_t domid,
                       uint32_t id)
{
    char name[48], path[128];
    int fd, ret = 0;

    snprintf(name, sizeof(name), "%s-%u-%u", type, domid, id);
    snprintf(path, sizeof(path), XEN_BACKEND_BUS "/devices/%s", name);
    if (!appears(uevents, path))
        return fail(&ts->fail, "the kernel made no device %s within %d s", path, APPEAR_MS / 1000);
    strncat(path, "/driver", sizeof(path) - strlen(path) - 1);
    if (access(path, F_OK) == 0)
        return 0; /* automatic binding is on: no xend has run */
    snprintf(path, sizeof(path), XEN_BACKEND_BUS "/drivers/%s/bind", type);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, name, strlen(name)) < 0)
        ret = fail(&ts->fail, "cannot give device %s to the kernel's back-end: %s: %s%s", name,
                   path, strerror(errno), fd < 0 ? " (is its module loaded?)" : "");
    if (fd >= 0)
        close(fd);
    return ret;
}

int devices_bind(struct toolstack *ts, struct creation *c)
{
    int ret = 0, uevents;

    if (!c->host.kernel_backends || !c->device_count)
        return 0;
    uevents = open_uevents();
    if (uevents < 0)
        return fail(&ts->fail, "cannot listen to the kernel's device messages: %s",
                    strerror(errno));
    for (size_t i = 0; i < c->device_count && !ret; i++)
        if (!c->devices[i]->back && !c->devices[i]->class->own_process)
            ret = bind_device(ts, uevents, c->devices[i]->class->type, c->domid, c->devices[i]->id);
    close(uevents);
    return ret;
}
