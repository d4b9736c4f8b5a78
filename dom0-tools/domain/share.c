/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk sharing rules; see share.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "domain/share.h"

enum share_mode share_mode(const char *text)
{
    if (strchr(text, '!'))
        return SHARE_WRITE_SHARED;
    return strchr(text, 'w') ? SHARE_WRITE : SHARE_READ;
}

bool share_clash(enum share_mode a, enum share_mode b)
{
    if (a == SHARE_WRITE_SHARED || b == SHARE_WRITE_SHARED)
        return false;
    return a == SHARE_WRITE || b == SHARE_WRITE;
}

/* Is there such an entry of the block device in sysfs? */
static bool has(dev_t dev, const char *entry)
{
    char path[64];

    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", major(dev), minor(dev), entry);
    return access(path, F_OK) == 0;
}

bool disk_identify(int fd, struct disk_id *id)
{
    struct loop_info64 info;
    struct stat st;

    if (fstat(fd, &st))
        return false;
    *id = (struct disk_id){.dev = st.st_dev, .ino = st.st_ino};
    if (S_ISREG(st.st_mode))
        return true;
    if (!S_ISBLK(st.st_mode)) {
        errno = ENOTBLK;
        return false;
    }
    *id = (struct disk_id){.dev = st.st_rdev};
    if ((has(id->dev, "loop") || has(id->dev, "../loop")) &&
        ioctl(fd, LOOP_GET_STATUS64, &info) == 0)
        *id = info.lo_rdevice ? (struct disk_id){.dev = info.lo_rdevice}
                              : (struct disk_id){.dev = info.lo_device, .ino = info.lo_inode};
    return true;
}

/* The device of which this one is a part, or itself. */
static dev_t whole(dev_t dev)
{
    unsigned int major_no, minor_no;
    char path[64];
    FILE *in;

    if (!has(dev, "partition"))
        return dev;
    snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
    in = fopen(path, "re");
    if (!in)
        return dev;
    if (fscanf(in, "%u:%u", &major_no, &minor_no) == 2)
        dev = makedev(major_no, minor_no);
    fclose(in);
    return dev;
}

bool disk_overlap(const struct disk_id *a, const struct disk_id *b)
{
    if (a->ino || b->ino)
        return a->dev == b->dev && a->ino == b->ino;
    return a->dev == b->dev || whole(a->dev) == b->dev || a->dev == whole(b->dev);
}

static bool identify_name(const char *path, struct disk_id *id)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool ret = fd >= 0 && disk_identify(fd, id);

    if (fd >= 0)
        close(fd);
    return ret;
}

bool share_same_object(const char *a, const char *b)
{
    struct disk_id ia, ib;

    return identify_name(a, &ia) && identify_name(b, &ib) && disk_overlap(&ia, &ib);
}
