/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev/xen/evtchn and /dev/xen/gntdev for a process that is started with this in LD_PRELOAD, out of
 * two files in $FAKE_XEN: `guest`, whose page N is what grant N gives, and the pipe `events`.  Each
 * command is shown to the real kernel first: what its filter refuses is refused.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntdev.h>

#define PAGE 4096ul

static uint8_t *guest;
static int events = -1, grants = -1;
static domid_t only; /* the domain that events are restricted to */
static struct {
    void *at;
    uint64_t offset;
    uint32_t count;
} maps[64];

static int open_fake(const char *name, int flags)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_XEN"), name);
    return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

int open(const char *path, int flags, ...)
{
    struct stat st;
    va_list ap;
    int mode;

    va_start(ap, flags);
    mode = va_arg(ap, int);
    va_end(ap);
    if (strcmp(path, "/dev/xen/evtchn") == 0)
        return events = open_fake("events", O_RDWR);
    if (strcmp(path, "/dev/xen/gntdev") != 0)
        return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    grants = open_fake("guest", O_RDWR);
    fstat(grants, &st);
    guest =
        (void *)syscall(SYS_mmap, NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, grants, 0);
    return grants;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

/* Unmasking a port must not be read as its event. */
ssize_t write(int fd, const void *data, size_t len)
{
    return fd == events ? (ssize_t)len : syscall(SYS_write, fd, data, len);
}

void *mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
    void *p;

    if (fd >= 0 && fd == grants && !(prot & PROT_WRITE)) {
        errno = EINVAL; /* nobody maps so, but who looks for what was not granted */
        return MAP_FAILED;
    }
    p = (void *)syscall(SYS_mmap, at, len, prot, flags, fd, offset);
    for (unsigned int i = 0; fd >= 0 && fd == grants && p != MAP_FAILED && i < 64; i++) {
        if (maps[i].at)
            continue;
        maps[i].at = p;
        maps[i].offset = offset;
        maps[i].count = len / PAGE;
        break;
    }
    return p;
}

void *mmap64(void *at, size_t len, int prot, int flags, int fd, off_t offset)
    __attribute__((alias("mmap")));

static int where_is(struct ioctl_gntdev_get_offset_for_vaddr *arg)
{
    for (unsigned int i = 0; i < 64; i++) {
        if ((uintptr_t)maps[i].at != arg->vaddr)
            continue;
        arg->offset = maps[i].offset;
        arg->count = maps[i].count;
        maps[i].at = NULL;
        return 0;
    }
    errno = EINVAL;
    return -1;
}

static int copy(struct ioctl_gntdev_grant_copy *arg)
{
    for (unsigned int i = 0; i < arg->count; i++) {
        struct ioctl_gntdev_grant_copy_segment *s = &arg->segments[i];

        if (s->flags & GNTCOPY_dest_gref)
            memcpy(guest + s->dest.foreign.ref * PAGE + s->dest.foreign.offset, s->source.virt,
                   s->len);
        else
            memcpy(s->dest.virt, guest + s->source.foreign.ref * PAGE + s->source.foreign.offset,
                   s->len);
        s->status = GNTST_okay;
    }
    return 0;
}

int ioctl(int fd, unsigned long command, ...)
{
    va_list ap;
    void *arg;
    int ret;

    va_start(ap, command);
    arg = va_arg(ap, void *);
    va_end(ap);
    ret = syscall(SYS_ioctl, fd, command, arg);
    if ((fd != events && fd != grants) || (ret < 0 && errno == EPERM))
        return ret;
    switch (command) {
    case IOCTL_EVTCHN_RESTRICT_DOMID:
        only = ((struct ioctl_evtchn_restrict_domid *)arg)->domid;
        return 0;
    case IOCTL_EVTCHN_BIND_INTERDOMAIN:
        errno = EACCES;
        return ((struct ioctl_evtchn_bind_interdomain *)arg)->remote_domain == only ? 5 : -1;
    case IOCTL_GNTDEV_MAP_GRANT_REF:
        ((struct ioctl_gntdev_map_grant_ref *)arg)->index =
            PAGE * ((struct ioctl_gntdev_map_grant_ref *)arg)->refs[0].ref;
        return 0;
    case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
        return where_is(arg);
    case IOCTL_GNTDEV_GRANT_COPY:
        return copy(arg);
    default:
        return 0;
    }
}
