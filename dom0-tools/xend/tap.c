/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP interfaces; see tap.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "xend/tap.h"

static int attach(const char *name)
{
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), saved;

    if (fd < 0)
        return -1;
    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
    if (ioctl(fd, TUNSETIFF, &ifr) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

int tap_open(const char *name, int fds[NET_QUEUES], struct fail *f)
{
    int n = 0;

    if (strlen(name) >= IFNAMSIZ)
        return fail(f, "the interface name %s is longer than %d letters", name, IFNAMSIZ - 1);
    while (n < NET_QUEUES && (fds[n] = attach(name)) >= 0)
        n++;
    /* Persistent: a back-end may die and the bridge keeps its port. */
    if (n == NET_QUEUES && ioctl(fds[0], TUNSETPERSIST, 1) == 0)
        return 0;
    fail(f, "cannot make the network interface %s: %s%s", name, strerror(errno),
         errno == ENOENT || errno == ENODEV ? " (load the module: modprobe tun)" : "");
    while (n--) {
        close(fds[n]);
        fds[n] = -1;
    }
    return -1;
}

void tap_remove(const char *name)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/sys/class/net/%s/tun_flags", name);
    if (access(path, F_OK))
        return;
    fd = attach(name);
    if (fd < 0)
        return;
    ioctl(fd, TUNSETPERSIST, 0);
    close(fd);
}
