/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP interfaces; see tap.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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

/*
 * Takes the kernel's queueing discipline from the new interface @name: what it would hold back, the TAP drops at
 * once when its own ring is full, so that it never holds anything; but the kernel makes one for each of the 256
 * queues that a TAP may get, 6 MiB in all.  If this fails, it costs that memory, and is not told.
 */
static void drop_queueing(const char *name)
{
    struct {
        struct nlmsghdr header;
        struct tcmsg qdisc;
        struct rtattr kind;
        char value[8];
    } ask = {
        .header = {.nlmsg_len = sizeof(ask),
                   .nlmsg_type = RTM_NEWQDISC,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE},
        .qdisc = {.tcm_parent = TC_H_ROOT, .tcm_ifindex = (int)if_nametoindex(name)},
        .kind = {.rta_len = RTA_LENGTH(sizeof(ask.value)), .rta_type = TCA_KIND},
        .value = "noqueue",
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return;
    send(fd, &ask, sizeof(ask), 0); /* done when it returns */
    close(fd);
}

int tap_open(const char *name, int fds[NET_QUEUES], struct fail *f)
{
    bool is_new = if_nametoindex(name) == 0;
    int n = 0;

    if (strlen(name) >= IFNAMSIZ)
        return fail(f, "the interface name %s is longer than %d letters", name, IFNAMSIZ - 1);
    while (n < NET_QUEUES && (fds[n] = attach(name)) >= 0)
        n++;
    /* Persistent: a back-end may die and the bridge keeps its port. */
    if (n == NET_QUEUES && ioctl(fds[0], TUNSETPERSIST, 1) == 0) {
        if (is_new)
            drop_queueing(name);
        return 0;
    }
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
