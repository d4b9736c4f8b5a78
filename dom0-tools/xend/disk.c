/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening disks; see disk.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "domain/device.h"
#include "xend/disk.h"

/* Where dom0 has the device mounted; @writing gets whether for writing.  False if nowhere. */
static bool mounted(dev_t dev, char *where, size_t cap, bool *writing)
{
    FILE *in = fopen("/proc/self/mountinfo", "re");
    char line[4096], point[1024], flags[256];
    unsigned int major_no, minor_no;
    bool found = false;

    while (in && !found && fgets(line, sizeof(line), in)) {
        if (sscanf(line, "%*d %*d %u:%u %*s %1023s %255s", &major_no, &minor_no, point, flags) !=
                4 ||
            makedev(major_no, minor_no) != dev)
            continue;
        found = true;
        snprintf(where, cap, "%s", point);
        *writing = strncmp(flags, "ro", 2) != 0;
    }
    if (in)
        fclose(in);
    return found;
}

/* The loop device that shows the file, if there is one. */
static bool loop_of(const struct disk_id *id, dev_t *loop, bool *writing)
{
    DIR *dir = opendir("/sys/block");
    struct dirent *e;
    bool found = false;

    while (dir && !found && (e = readdir(dir))) {
        struct loop_info64 info;
        struct stat st;
        char path[280];
        int fd;

        if (strncmp(e->d_name, "loop", 4) != 0)
            continue;
        snprintf(path, sizeof(path), "/dev/%s", e->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        found = ioctl(fd, LOOP_GET_STATUS64, &info) == 0 && info.lo_device == id->dev &&
                info.lo_inode == id->ino && fstat(fd, &st) == 0;
        if (found) {
            *loop = st.st_rdev;
            *writing = !(info.lo_flags & LO_FLAGS_READ_ONLY);
        }
        close(fd);
    }
    if (dir)
        closedir(dir);
    return found;
}

/* dom0 itself is a user like any guest, which reads or writes. */
static bool clashes(enum share_mode mode, bool writing)
{
    return share_clash(mode, writing ? SHARE_WRITE : SHARE_READ);
}

static int check_dom0(const char *path, enum share_mode mode, const struct disk_id *id,
                      struct fail *f)
{
    char where[1024];
    bool writing, loop_writing;
    dev_t loop;

    if (id->ino == 0) {
        if (mounted(id->dev, where, sizeof(where), &writing) && clashes(mode, writing))
            return fail(f, "%s is mounted on %s in %s: unmount it first, or use mode w!", path,
                        where, device_home_name());
        return 0;
    }
    if (!loop_of(id, &loop, &loop_writing))
        return 0;
    if (mounted(loop, where, sizeof(where), &writing) && clashes(mode, writing))
        return fail(f,
                    "%s is mounted on %s in %s (through /dev/loop%u): unmount it first, or "
                    "use mode w!",
                    path, where, device_home_name(), minor(loop));
    if (clashes(mode, loop_writing))
        return fail(f, "%s is attached to /dev/loop%u in %s: losetup -d it first, or use mode w!",
                    path, minor(loop), device_home_name());
    return 0;
}

/* QEMU and its tools, for instance, lock the images that they have open. */
static int check_locks(const char *path, int fd, enum share_mode mode, struct fail *f)
{
    struct flock lock = {.l_type = mode == SHARE_READ ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};

    if (mode == SHARE_WRITE_SHARED || fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type == F_UNLCK)
        return 0;
    return fail(f, "%s is locked by another program in %s: end that first, or use mode w!", path,
                device_home_name());
}

int disk_open(const char *path, enum share_mode mode, struct disk_id *id, struct fail *f)
{
    struct stat st;
    int fd = open(path, (mode == SHARE_READ ? O_RDONLY : O_RDWR) | O_CLOEXEC);

    if (fd < 0)
        return fail(f, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
        close(fd);
        return fail(f, "%s is neither a file nor a block device", path);
    }
    *id = S_ISBLK(st.st_mode) ? (struct disk_id){.dev = st.st_rdev}
                              : (struct disk_id){.dev = st.st_dev, .ino = st.st_ino};
    if (check_dom0(path, mode, id, f) || check_locks(path, fd, mode, f)) {
        close(fd);
        return -1;
    }
    return fd;
}
