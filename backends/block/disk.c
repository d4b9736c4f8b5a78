/* SPDX-License-Identifier: BSD-2-Clause */
/* Probing the disk; see disk.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "block/disk.h"

/* O_DIRECT is worth having only if single sectors can be read that way. */
static bool try_direct(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    void *sector = NULL;
    bool ok;

    if (flags < 0 || posix_memalign(&sector, RING_PAGE, RING_PAGE))
        return false;
    ok = fcntl(fd, F_SETFL, flags | O_DIRECT) == 0 &&
         pread(fd, sector, 1u << SECTOR_SHIFT, 0) == 1 << SECTOR_SHIFT;
    if (!ok)
        fcntl(fd, F_SETFL, flags & ~O_DIRECT);
    free(sector);
    return ok;
}

/* A program shows the file. */
static bool is_fuse(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC;
}

int disk_probe(struct disk *disk, int fd, bool writable, bool discard, struct fail *f)
{
    struct stat st;
    uint64_t bytes;

    if (fstat(fd, &st))
        return fail(f, "cannot examine the disk: %s", strerror(errno));
    bytes = st.st_size;
    if (S_ISBLK(st.st_mode)) {
        if (ioctl(fd, BLKGETSIZE64, &bytes))
            return fail(f, "cannot find the size of the block device: %s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        return fail(f, "the disk is neither a file nor a block device");
    }
    if (bytes >> SECTOR_SHIFT == 0)
        return fail(f, "the disk is empty (%llu bytes)", (unsigned long long)bytes);
    *disk = (struct disk){
        .fd = fd,
        .direct = try_direct(fd),
        .one_write = is_fuse(fd),
        .granularity = S_ISREG(st.st_mode) ? (unsigned int)st.st_blksize : RING_PAGE,
        .limits = {.sectors = bytes >> SECTOR_SHIFT,
                   .writable = writable,
                   .discard = discard && writable},
    };
    return 0;
}
