/* SPDX-License-Identifier: BSD-2-Clause */
/* The gntshr half of <xengnttab.h> on /dev/xen/gntalloc: sharing own pages with a domain. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>
#include <xen/sys/gntalloc.h>

#define PAGE 4096UL

struct xengntdev_handle {
    int fd;
};

xengntshr_handle *xengntshr_open(struct xentoollog_logger *logger, unsigned open_flags)
{
    xengntshr_handle *xgs;

    (void)logger;
    (void)open_flags;
    xgs = malloc(sizeof(*xgs));
    if (!xgs)
        return NULL;
    xgs->fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
    if (xgs->fd < 0) {
        free(xgs);
        return NULL;
    }
    return xgs;
}

int xengntshr_close(xengntshr_handle *xgs)
{
    int ret = 0;

    if (xgs) {
        ret = close(xgs->fd);
        free(xgs);
    }
    return ret;
}

int xengntshr_fd(xengntshr_handle *xgs)
{
    return xgs->fd;
}

/* Takes the grants back; pages still mapped here or by the other domain live on until unmapped. */
static void dealloc(xengntshr_handle *xgs, uint64_t index, uint32_t count)
{
    struct ioctl_gntalloc_dealloc_gref arg = {.index = index, .count = count};
    int saved = errno;

    ioctl(xgs->fd, IOCTL_GNTALLOC_DEALLOC_GREF, &arg);
    errno = saved;
}

static void *share(xengntshr_handle *xgs, uint32_t domid, uint32_t count, uint32_t *refs,
                   int writable, struct ioctl_gntalloc_unmap_notify *notify)
{
    struct ioctl_gntalloc_alloc_gref *arg = calloc(1, sizeof(*arg) + count * sizeof(uint32_t));
    uint64_t index;
    void *addr;

    if (!arg)
        return NULL;
    arg->domid = domid;
    arg->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
    arg->count = count;
    if (ioctl(xgs->fd, IOCTL_GNTALLOC_ALLOC_GREF, arg) < 0) {
        free(arg);
        return NULL;
    }
    index = arg->index;
    memcpy(refs, arg->gref_ids, count * sizeof(uint32_t));
    free(arg);

    addr = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, xgs->fd, index);
    if (addr != MAP_FAILED && notify) {
        notify->index += index;
        if (ioctl(xgs->fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, notify) < 0) {
            munmap(addr, count * PAGE);
            addr = MAP_FAILED;
        }
    }
    dealloc(xgs, index, count); /* the mapping holds the pages from here on */
    return addr == MAP_FAILED ? NULL : addr;
}

void *xengntshr_share_pages(xengntshr_handle *xgs, uint32_t domid, int count, uint32_t *refs,
                            int writable)
{
    if (count <= 0) {
        errno = EINVAL;
        return NULL;
    }
    return share(xgs, domid, count, refs, writable, NULL);
}

void *xengntshr_share_page_notify(xengntshr_handle *xgs, uint32_t domid, uint32_t *ref,
                                  int writable, uint32_t notify_offset, evtchn_port_t notify_port)
{
    struct ioctl_gntalloc_unmap_notify notify = {0};

    if (notify_offset < PAGE) {
        notify.index = notify_offset;
        notify.action |= UNMAP_NOTIFY_CLEAR_BYTE;
    }
    if (notify_port != (evtchn_port_t)-1) {
        notify.event_channel_port = notify_port;
        notify.action |= UNMAP_NOTIFY_SEND_EVENT;
    }
    return share(xgs, domid, 1, ref, writable, notify.action ? &notify : NULL);
}

int xengntshr_unshare(xengntshr_handle *xgs, void *start_address, uint32_t count)
{
    (void)xgs;
    return munmap(start_address, count * PAGE);
}
