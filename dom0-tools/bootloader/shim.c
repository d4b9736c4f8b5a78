/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded into GRUB's grub-fstest (LD_PRELOAD), which knows the file systems: before its main() runs
 * all rights are gone, and the one file that it can open, CONFINE_FILE, is the image that was
 * handed over as an open descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/confine.h"
#include "bootloader/image.h"

__attribute__((constructor)) static void give_up_everything(void)
{
    if (confine())
        _exit(CONFINE_FAILED);
}

static int hand_over(const char *path)
{
    if (strcmp(path, CONFINE_FILE) == 0)
        return dup(IMAGE_FD);
    errno = ENOENT;
    return -1;
}

/* In place of the C library's; which of them grub-fstest calls depends on how it was compiled. */
int open(const char *path, int flags, ...)
{
    (void)flags;
    return hand_over(path);
}

int open64(const char *path, int flags, ...)
{
    (void)flags;
    return hand_over(path);
}

int __open_2(const char *path, int flags); /* which no header declares */
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
    (void)flags;
    return hand_over(path);
}

int __open64_2(const char *path, int flags)
{
    (void)flags;
    return hand_over(path);
}
