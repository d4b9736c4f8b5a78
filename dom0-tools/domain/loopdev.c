/* SPDX-License-Identifier: BSD-2-Clause */
/* Loop devices; see loop.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "domain/loopdev.h"

/* Another process may take the free device first; then try the next. */
#define TRIES 16

int device_number(const char *path, unsigned int *dev_major, unsigned int *dev_minor,
                  struct fail *f)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISBLK(st.st_mode))
        return fail(f, "%s is not a block device", path);
    *dev_major = major(st.st_rdev);
    *dev_minor = minor(st.st_rdev);
    return 0;
}

/* Returns 0, or an errno: EBUSY if somebody was faster. */
static int bind_free(int control, int file, bool writable, char *node, size_t cap)
{
    struct loop_config config = {.fd = file, .info.lo_flags = writable ? 0 : LO_FLAGS_READ_ONLY};
    int number = ioctl(control, LOOP_CTL_GET_FREE), loop, err;

    if (number < 0)
        return errno;
    snprintf(node, cap, "/dev/loop%d", number);
    loop = open(node, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (loop < 0)
        return errno;
    err = ioctl(loop, LOOP_CONFIGURE, &config) == 0 ? 0 : errno;
    close(loop);
    return err;
}

int loop_attach(const char *path, bool writable, char *node, size_t cap, unsigned int *dev_major,
                unsigned int *dev_minor, struct fail *f)
{
    int file = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int err = EBUSY;

    if (file < 0 || control < 0)
        err = errno;
    else
        for (int i = 0; i < TRIES && err == EBUSY; i++)
            err = bind_free(control, file, writable, node, cap);
    if (file >= 0)
        close(file);
    if (control >= 0)
        close(control);
    if (err)
        return fail(f, "cannot make a loop device for %s: %s", path, strerror(err));
    return device_number(node, dev_major, dev_minor, f);
}

void loop_detach(const char *node)
{
    int fd = open(node, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    ioctl(fd, LOOP_CLR_FD, 0);
    close(fd);
}
