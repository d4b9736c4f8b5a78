/* SPDX-License-Identifier: BSD-2-Clause */
/* <xenforeignmemory.h> on /dev/xen/privcmd: mapping pages of other domains by frame number. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenforeignmemory.h>
#include <xen/sys/privcmd.h>

#define PAGE 4096UL

struct xenforeignmemory_handle {
    int fd;
};

struct xenforeignmemory_resource_handle {
    void *addr;
    size_t len;
};

xenforeignmemory_handle *xenforeignmemory_open(struct xentoollog_logger *logger,
                                               unsigned open_flags)
{
    xenforeignmemory_handle *fmem;

    (void)logger;
    (void)open_flags;
    fmem = malloc(sizeof(*fmem));
    if (!fmem)
        return NULL;
    fmem->fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (fmem->fd < 0)
        fmem->fd = open("/proc/xen/privcmd", O_RDWR | O_CLOEXEC);
    if (fmem->fd < 0) {
        free(fmem);
        return NULL;
    }
    return fmem;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    int ret = 0;

    if (fmem) {
        ret = close(fmem->fd);
        free(fmem);
    }
    return ret;
}

/* The first page that failed becomes errno; false when there is one. */
static bool all_mapped(const int *err, size_t pages)
{
    for (size_t i = 0; i < pages; i++)
        if (err[i]) {
            errno = err[i] < 0 ? -err[i] : err[i];
            return false;
        }
    return true;
}

void *xenforeignmemory_map2(xenforeignmemory_handle *fmem, uint32_t dom, void *addr, int prot,
                            int flags, size_t pages, const xen_pfn_t arr[], int err[])
{
    int *errors = err ? err : malloc((pages ? pages : 1) * sizeof(int));
    privcmd_mmapbatch_v2_t batch = {.num = pages, .dom = dom, .arr = arr, .err = errors};
    bool ok;
    int saved;

    if (!errors)
        return NULL;
    addr = mmap(addr, pages * PAGE, prot, flags | MAP_SHARED, fmem->fd, 0);
    if (addr == MAP_FAILED) {
        saved = errno;
        if (!err)
            free(errors);
        errno = saved;
        return NULL;
    }
    batch.addr = (uintptr_t)addr;
    /* ENOENT says that some page is paged out and marked so in the error array. */
    ok = ioctl(fmem->fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &batch) == 0 || errno == ENOENT;
    if (ok && !err)
        ok = all_mapped(errors, pages);
    saved = errno;
    if (!ok)
        munmap(addr, pages * PAGE);
    if (!err)
        free(errors);
    errno = saved;
    return ok ? addr : NULL;
}

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom, int prot, size_t pages,
                           const xen_pfn_t arr[], int err[])
{
    return xenforeignmemory_map2(fmem, dom, NULL, prot, 0, pages, arr, err);
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr, size_t pages)
{
    (void)fmem;
    return munmap(addr, pages * PAGE);
}

int xenforeignmemory_restrict(xenforeignmemory_handle *fmem, domid_t domid)
{
    return ioctl(fmem->fd, IOCTL_PRIVCMD_RESTRICT, &domid);
}

xenforeignmemory_resource_handle *
xenforeignmemory_map_resource(xenforeignmemory_handle *fmem, domid_t domid, unsigned int type,
                              unsigned int id, unsigned long frame, unsigned long nr_frames,
                              void **paddr, int prot, int flags)
{
    privcmd_mmap_resource_t arg = {
        .dom = domid, .type = type, .id = id, .idx = frame, .num = nr_frames};
    xenforeignmemory_resource_handle *fres = malloc(sizeof(*fres));

    if (!fres)
        return NULL;
    fres->len = nr_frames * PAGE;
    fres->addr = mmap(*paddr, fres->len, prot, flags | MAP_SHARED, fmem->fd, 0);
    if (fres->addr == MAP_FAILED) {
        free(fres);
        return NULL;
    }
    arg.addr = (uintptr_t)fres->addr;
    if (ioctl(fmem->fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &arg) < 0) {
        int saved = errno;

        munmap(fres->addr, fres->len);
        free(fres);
        errno = saved;
        return NULL;
    }
    *paddr = fres->addr;
    return fres;
}

int xenforeignmemory_unmap_resource(xenforeignmemory_handle *fmem,
                                    xenforeignmemory_resource_handle *fres)
{
    int ret = munmap(fres->addr, fres->len);

    (void)fmem;
    free(fres);
    return ret;
}
