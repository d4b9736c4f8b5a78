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
#define BUSY_MS       20 /* between looks at what the kernel does not tell of */
#define UEVENT_KERNEL 1  /* the multicast group of the kernel's own messages */

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

/* Waits up to @ms for the kernel to say something about a device; takes all that it has said. */
static void next_uevent(int uevents, int ms)
{
    struct pollfd pfd = {.fd = uevents, .events = POLLIN};
    char message[4096];

    if (poll(&pfd, 1, ms) > 0)
        while (recv(uevents, message, sizeof(message), 0) > 0)
            ;
}

/* The kernel makes its device when it sees the nodes in xenstore, a moment after they are written.
 */
static bool appears(int uevents, const char *path, int64_t deadline)
{
    while (access(path, F_OK) != 0) {
        int64_t left = deadline - store_now();

        if (left <= 0 || store_cancelled())
            return false;
        next_uevent(uevents, left);
    }
    return true;
}

/* Asks for it once: 0, or an errno value with *@opened. */
static int try_bind(const char *path, const char *name, bool *opened)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

    *opened = fd >= 0;
    if (fd < 0 || write(fd, name, strlen(name)) < 0)
        err = errno;
    if (fd >= 0)
        close(fd);
    return err;
}

static int bind_device(struct toolstack *ts, int uevents, const char *type, uint32_t domid,
                       uint32_t id)
{
    int64_t deadline = store_now() + APPEAR_MS;
    char name[48], driver[PATH_LEN], path[PATH_LEN];
    bool opened;
    int err;

    snprintf(name, sizeof(name), "%s-%u-%u", type, domid, id);
    snprintf(path, sizeof(path), "%s/devices/%s", paths.backend_bus, name);
    if (!appears(uevents, path, deadline))
        return fail(&ts->fail, "the kernel made no device %s within %d s", path, APPEAR_MS / 1000);
    snprintf(driver, sizeof(driver), "%s/devices/%s/driver", paths.backend_bus, name);
    snprintf(path, sizeof(path), "%s/drivers/%s/bind", paths.backend_bus, type);
    do { /* automatic binding may be on: no xend has run */
        if (access(driver, F_OK) == 0)
            return 0;
        err = try_bind(path, name, &opened);
        if (err == EAGAIN) /* the kernel has the new device still in hand itself */
            next_uevent(uevents, BUSY_MS);
    } while (err == EAGAIN && store_now() < deadline && !store_cancelled());
    if (err)
        return fail(&ts->fail, "cannot give device %s to the kernel's back-end: %s: %s%s", name,
                    path, strerror(err), opened ? "" : " (is its module loaded?)");
    return 0;
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
