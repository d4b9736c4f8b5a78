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

/* dom0 itself is a user like any guest, which reads or writes. */
static bool clashes(enum share_mode mode, bool writing)
{
    return share_clash(mode, writing ? SHARE_WRITE : SHARE_READ);
}

static int check_mounted(const char *path, enum share_mode mode, dev_t dev, const char *through,
                         struct fail *f)
{
    char where[1024];
    bool writing;

    if (!mounted(dev, where, sizeof(where), &writing) || !clashes(mode, writing))
        return 0;
    return fail(f, "%s is mounted on %s in %s%s: unmount it first, or use mode w!", path, where,
                device_home_name(), through);
}

/* Is @name a loop device, not @own, that shows the file?  And who uses that? */
static int check_loop(const char *path, enum share_mode mode, const struct disk_id *id, dev_t own,
                      const char *name, struct fail *f)
{
    struct loop_info64 info;
    struct stat st;
    char node[280], through[300];
    int fd, ret = 0;

    snprintf(node, sizeof(node), "/dev/%s", name);
    fd = open(node, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (fstat(fd, &st) == 0 && st.st_rdev != own && ioctl(fd, LOOP_GET_STATUS64, &info) == 0 &&
        info.lo_device == id->dev && info.lo_inode == id->ino) {
        snprintf(through, sizeof(through), " (through %s)", node);
        ret = check_mounted(path, mode, st.st_rdev, through, f);
        if (!ret && clashes(mode, !(info.lo_flags & LO_FLAGS_READ_ONLY)))
            ret = fail(f, "%s is attached to %s in %s: losetup -d it first, or use mode w!", path,
                       node, device_home_name());
    }
    close(fd);
    return ret;
}

static int check_loops(const char *path, enum share_mode mode, const struct disk_id *id, dev_t own,
                       struct fail *f)
{
    DIR *dir = opendir("/sys/block");
    struct dirent *e;
    int ret = 0;

    while (dir && !ret && (e = readdir(dir)))
        if (strncmp(e->d_name, "loop", 4) == 0)
            ret = check_loop(path, mode, id, own, e->d_name, f);
    if (dir)
        closedir(dir);
    return ret;
}

/* Mounted, a part of it as well, a volume group's or RAID's, swap: the kernel tells (open(2) on
 * O_EXCL and block devices). */
static int check_kernel(const char *path, enum share_mode mode, struct fail *f)
{
    int fd = mode == SHARE_WRITE ? open(path, O_RDONLY | O_EXCL | O_CLOEXEC) : -1;

    if (fd >= 0)
        close(fd);
    if (mode != SHARE_WRITE || fd >= 0 || errno != EBUSY)
        return 0;
    return fail(f,
                "%s, or a part of it, is in use by %s itself (mount, swapon, pvs and /proc/mdstat "
                "tell): end that first, or use mode w!",
                path, device_home_name());
}

/* @st: of what was opened, @id: what it is. */
static int check_dom0(const char *path, enum share_mode mode, const struct stat *st,
                      const struct disk_id *id, struct fail *f)
{
    if (S_ISBLK(st->st_mode) &&
        (check_mounted(path, mode, st->st_rdev, "", f) || check_kernel(path, mode, f)))
        return -1;
    return id->ino ? check_loops(path, mode, id, st->st_rdev, f) : 0;
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
    if (fstat(fd, &st) || !disk_identify(fd, id)) {
        close(fd);
        return fail(f, "%s is neither a file nor a block device", path);
    }
    if (check_dom0(path, mode, &st, id, f) || check_locks(path, fd, mode, f)) {
        close(fd);
        return -1;
    }
    return fd;
}
