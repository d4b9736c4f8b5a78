/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <xencall.h>: hypercalls through /dev/xen/privcmd, and memory that is safe to pass to them.
 *
 * Hypercall memory comes from /dev/xen/hypercall, whose pages the kernel never moves or writes
 * protects; on kernels without it, locked anonymous memory is the next best thing.  Freed single
 * pages are kept for the next call, because nearly every call needs exactly one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xencall.h>
#include <xen/xen.h>
#include <xen/sys/privcmd.h>

#define PAGE      4096UL
#define CACHE_MAX 8u
#define HEADER    64u /* keeps what follows cache-line aligned */

struct xencall_handle {
    int fd;     /* privcmd */
    int buf_fd; /* hypercall memory, or -1 */
    pthread_mutex_t lock;
    void *cache[CACHE_MAX];
    unsigned int cached;
};

static int open_first(const char *device, const char *fallback)
{
    int fd = open(device, O_RDWR | O_CLOEXEC);

    if (fd < 0 && fallback)
        fd = open(fallback, O_RDWR | O_CLOEXEC);
    return fd;
}

xencall_handle *xencall_open(struct xentoollog_logger *logger, unsigned open_flags)
{
    xencall_handle *xcall = calloc(1, sizeof(*xcall));

    (void)logger;
    (void)open_flags;
    if (!xcall)
        return NULL;
    xcall->fd = open_first("/dev/xen/privcmd", "/proc/xen/privcmd");
    if (xcall->fd < 0) {
        free(xcall);
        return NULL;
    }
    xcall->buf_fd = open_first("/dev/xen/hypercall", NULL);
    pthread_mutex_init(&xcall->lock, NULL);
    return xcall;
}

int xencall_close(xencall_handle *xcall)
{
    int ret;

    if (!xcall)
        return 0;
    while (xcall->cached)
        munmap(xcall->cache[--xcall->cached], PAGE);
    if (xcall->buf_fd >= 0)
        close(xcall->buf_fd);
    ret = close(xcall->fd);
    pthread_mutex_destroy(&xcall->lock);
    free(xcall);
    return ret;
}

int xencall_fd(xencall_handle *xcall)
{
    return xcall->fd;
}

static long call(xencall_handle *xcall, unsigned int op, const uint64_t arg[5])
{
    privcmd_hypercall_t hc = {.op = op, .arg = {arg[0], arg[1], arg[2], arg[3], arg[4]}};

    return ioctl(xcall->fd, IOCTL_PRIVCMD_HYPERCALL, &hc);
}

int xencall0(xencall_handle *xcall, unsigned int op)
{
    return call(xcall, op, (uint64_t[5]){0});
}

int xencall1(xencall_handle *xcall, unsigned int op, uint64_t arg1)
{
    return call(xcall, op, (uint64_t[5]){arg1});
}

int xencall2(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2)
{
    return call(xcall, op, (uint64_t[5]){arg1, arg2});
}

long xencall2L(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2)
{
    return call(xcall, op, (uint64_t[5]){arg1, arg2});
}

int xencall3(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2, uint64_t arg3)
{
    return call(xcall, op, (uint64_t[5]){arg1, arg2, arg3});
}

int xencall4(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2, uint64_t arg3,
             uint64_t arg4)
{
    return call(xcall, op, (uint64_t[5]){arg1, arg2, arg3, arg4});
}

int xencall5(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2, uint64_t arg3,
             uint64_t arg4, uint64_t arg5)
{
    return call(xcall, op, (uint64_t[5]){arg1, arg2, arg3, arg4, arg5});
}

static void *map_pages(xencall_handle *xcall, size_t nr_pages)
{
    bool device = xcall->buf_fd >= 0;
    void *p = mmap(NULL, nr_pages * PAGE, PROT_READ | PROT_WRITE,
                   device ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | MAP_LOCKED,
                   xcall->buf_fd, 0);

    return p == MAP_FAILED ? NULL : p;
}

void *xencall_alloc_buffer_pages(xencall_handle *xcall, size_t nr_pages)
{
    void *p = NULL;

    if (nr_pages == 1) {
        pthread_mutex_lock(&xcall->lock);
        if (xcall->cached)
            p = xcall->cache[--xcall->cached];
        pthread_mutex_unlock(&xcall->lock);
    }
    return p ? p : map_pages(xcall, nr_pages);
}

void xencall_free_buffer_pages(xencall_handle *xcall, void *p, size_t nr_pages)
{
    if (!p)
        return;
    if (nr_pages == 1) {
        pthread_mutex_lock(&xcall->lock);
        if (xcall->cached < CACHE_MAX) {
            xcall->cache[xcall->cached++] = p;
            p = NULL;
        }
        pthread_mutex_unlock(&xcall->lock);
    }
    if (p)
        munmap(p, nr_pages * PAGE);
}

/* The number of pages is remembered in front of what the caller gets. */
void *xencall_alloc_buffer(xencall_handle *xcall, size_t size)
{
    size_t nr_pages = (size + HEADER + PAGE - 1) / PAGE;
    size_t *header;

    if (size > SIZE_MAX - HEADER - PAGE) {
        errno = ENOMEM;
        return NULL;
    }
    header = xencall_alloc_buffer_pages(xcall, nr_pages);
    if (!header)
        return NULL;
    *header = nr_pages;
    return (char *)header + HEADER;
}

void xencall_free_buffer(xencall_handle *xcall, void *p)
{
    size_t *header;

    if (!p)
        return;
    header = (void *)((char *)p - HEADER);
    xencall_free_buffer_pages(xcall, header, *header);
}

int xencall_buffers_never_fault(xencall_handle *xcall)
{
    return xcall->buf_fd >= 0;
}
