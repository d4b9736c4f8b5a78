/* SPDX-License-Identifier: BSD-2-Clause */
/* The gnttab half of <xengnttab.h> on /dev/xen/gntdev: mapping and copying others' grants. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xengnttab.h>
#include <xen/sys/gntdev.h>

#define PAGE 4096UL

struct xengntdev_handle {
    int fd;
};

/* The kernel's segment and the library's are the same 32 bytes, so no copy is made. */
_Static_assert(sizeof(xengnttab_grant_copy_segment_t) ==
                   sizeof(struct ioctl_gntdev_grant_copy_segment),
               "grant copy segment layout");

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned open_flags)
{
    xengnttab_handle *xgt;

    (void)logger;
    (void)open_flags;
    xgt = malloc(sizeof(*xgt));
    if (!xgt)
        return NULL;
    xgt->fd = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
    if (xgt->fd < 0) {
        free(xgt);
        return NULL;
    }
    return xgt;
}

int xengnttab_close(xengnttab_handle *xgt)
{
    int ret = 0;

    if (xgt) {
        ret = close(xgt->fd);
        free(xgt);
    }
    return ret;
}

int xengnttab_fd(xengnttab_handle *xgt)
{
    return xgt->fd;
}

int xengnttab_set_max_grants(xengnttab_handle *xgt, uint32_t nr_grants)
{
    struct ioctl_gntdev_set_max_grants arg = {.count = nr_grants};

    return ioctl(xgt->fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg);
}

static void forget_range(xengnttab_handle *xgt, uint64_t index, uint32_t count)
{
    struct ioctl_gntdev_unmap_grant_ref arg = {.index = index, .count = count};
    int saved = errno;

    ioctl(xgt->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg);
    errno = saved;
}

/* Announces the range to the kernel; on success *@index is its mmap() offset. */
static int announce(xengnttab_handle *xgt, uint32_t count, const uint32_t *domids, bool one_domid,
                    const uint32_t *refs, uint64_t *index)
{
    struct ioctl_gntdev_map_grant_ref *arg;
    int ret;

    if (!count || count > INT_MAX / sizeof(arg->refs[0])) {
        errno = EINVAL;
        return -1;
    }
    arg = calloc(1, sizeof(*arg) + (count - 1) * sizeof(arg->refs[0]));
    if (!arg)
        return -1;
    arg->count = count;
    for (uint32_t i = 0; i < count; i++) {
        arg->refs[i].domid = domids[one_domid ? 0 : i];
        arg->refs[i].ref = refs[i];
    }
    ret = ioctl(xgt->fd, IOCTL_GNTDEV_MAP_GRANT_REF, arg);
    *index = arg->index;
    free(arg);
    return ret;
}

/* Maps a range; @notify, when not NULL, gets its index added and is registered. */
static void *map_range(xengnttab_handle *xgt, uint32_t count, const uint32_t *domids,
                       bool one_domid, const uint32_t *refs, int prot,
                       struct ioctl_gntdev_unmap_notify *notify)
{
    uint64_t index;
    void *addr;

    if (announce(xgt, count, domids, one_domid, refs, &index) < 0)
        return NULL;
    addr = mmap(NULL, count * PAGE, prot, MAP_SHARED, xgt->fd, index);
    if (addr == MAP_FAILED) {
        forget_range(xgt, index, count);
        return NULL;
    }
    if (notify) {
        notify->index += index;
        if (ioctl(xgt->fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, notify) < 0) {
            int saved = errno;

            munmap(addr, count * PAGE);
            errno = saved;
            forget_range(xgt, index, count);
            return NULL;
        }
    }
    return addr;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
    return map_range(xgt, 1, &domid, true, &ref, prot, NULL);
}

void *xengnttab_map_grant_refs(xengnttab_handle *xgt, uint32_t count, uint32_t *domids,
                               uint32_t *refs, int prot)
{
    return map_range(xgt, count, domids, false, refs, prot, NULL);
}

void *xengnttab_map_domain_grant_refs(xengnttab_handle *xgt, uint32_t count, uint32_t domid,
                                      uint32_t *refs, int prot)
{
    return map_range(xgt, count, &domid, true, refs, prot, NULL);
}

void *xengnttab_map_grant_ref_notify(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot,
                                     uint32_t notify_offset, evtchn_port_t notify_port)
{
    struct ioctl_gntdev_unmap_notify notify = {0};

    if (notify_offset < PAGE) {
        notify.index = notify_offset;
        notify.action |= UNMAP_NOTIFY_CLEAR_BYTE;
    }
    if (notify_port != (evtchn_port_t)-1) {
        notify.event_channel_port = notify_port;
        notify.action |= UNMAP_NOTIFY_SEND_EVENT;
    }
    return map_range(xgt, 1, &domid, true, &ref, prot, notify.action ? &notify : NULL);
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start_address, uint32_t count)
{
    struct ioctl_gntdev_get_offset_for_vaddr where = {.vaddr = (uintptr_t)start_address};
    struct ioctl_gntdev_unmap_grant_ref arg = {.count = count};

    if (ioctl(xgt->fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &where) < 0)
        return -1;
    if (where.count != count) {
        errno = EINVAL;
        return -1;
    }
    if (munmap(start_address, count * PAGE) < 0)
        return -1;
    arg.index = where.offset;
    return ioctl(xgt->fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg);
}

int xengnttab_grant_copy(xengnttab_handle *xgt, uint32_t count,
                         xengnttab_grant_copy_segment_t *segs)
{
    struct ioctl_gntdev_grant_copy arg = {
        .count = count, .segments = (struct ioctl_gntdev_grant_copy_segment *)segs};

    return ioctl(xgt->fd, IOCTL_GNTDEV_GRANT_COPY, &arg);
}
