/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a device's that outlive its processes: each maps what the one before left. */
#ifndef BACK_KEPT_H
#define BACK_KEPT_H

#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Maps the first @size bytes of @fd, which grows by zeros to that; NULL with errno. */
static inline void *kept_map(int fd, size_t size)
{
    struct stat st;
    void *at;

    if (fstat(fd, &st) || (st.st_size < (off_t)size && ftruncate(fd, (off_t)size)))
        return NULL;
    at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return at == MAP_FAILED ? NULL : at;
}

#endif
