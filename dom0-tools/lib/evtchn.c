/* SPDX-License-Identifier: BSD-2-Clause */
/* <xenevtchn.h> on /dev/xen/evtchn: event channels bound by this process. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <xenevtchn.h>
#include <xen/sys/evtchn.h>

struct xenevtchn_handle {
    int fd;
};

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *logger, int fd, unsigned open_flags)
{
    xenevtchn_handle *xce;

    (void)logger;
    if (open_flags) {
        errno = EINVAL;
        return NULL;
    }
    xce = malloc(sizeof(*xce));
    if (xce)
        xce->fd = fd;
    return xce;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
    int cloexec = flags & XENEVTCHN_NO_CLOEXEC ? 0 : O_CLOEXEC;
    int fd = open("/dev/xen/evtchn", O_RDWR | cloexec);
    xenevtchn_handle *xce;

    if (fd < 0)
        return NULL;
    xce = xenevtchn_fdopen(logger, fd, 0);
    if (!xce)
        close(fd);
    return xce;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    int ret = 0;

    if (xce) {
        ret = close(xce->fd);
        free(xce);
    }
    return ret;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    return xce->fd;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    struct ioctl_evtchn_notify arg = {.port = port};

    return ioctl(xce->fd, IOCTL_EVTCHN_NOTIFY, &arg);
}

xenevtchn_port_or_error_t xenevtchn_bind_unbound_port(xenevtchn_handle *xce, uint32_t domid)
{
    struct ioctl_evtchn_bind_unbound_port arg = {.remote_domain = domid};

    return ioctl(xce->fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    struct ioctl_evtchn_bind_interdomain arg = {.remote_domain = domid, .remote_port = remote_port};

    return ioctl(xce->fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned int virq)
{
    struct ioctl_evtchn_bind_virq arg = {.virq = virq};

    return ioctl(xce->fd, IOCTL_EVTCHN_BIND_VIRQ, &arg);
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    struct ioctl_evtchn_unbind arg = {.port = port};

    return ioctl(xce->fd, IOCTL_EVTCHN_UNBIND, &arg);
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    evtchn_port_t port;
    ssize_t n = read(xce->fd, &port, sizeof(port));

    if (n == sizeof(port))
        return port;
    if (n >= 0)
        errno = EIO;
    return -1;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    return write(xce->fd, &port, sizeof(port)) == sizeof(port) ? 0 : -1;
}

int xenevtchn_restrict(xenevtchn_handle *xce, domid_t domid)
{
    struct ioctl_evtchn_restrict_domid arg = {.domid = domid};

    return ioctl(xce->fd, IOCTL_EVTCHN_RESTRICT_DOMID, &arg);
}
