/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading files out of a guest's disk.  Partition tables and file systems are GRUB's business: its
 * own program grub-fstest reads them, without rights (see shim.c), one process for each file.
 */
#ifndef BOOTLOADER_IMAGE_H
#define BOOTLOADER_IMAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/fail.h"

/* The image's descriptor in shim.c. */
#define IMAGE_FD 3

#define IMAGE_DEVICES 64u
#define IMAGE_DEVICE  32u

/* The disk and its partitions, as GRUB calls them: "(loop0)", "(loop0,gpt2)". */
struct image_devices {
    unsigned int count;
    char name[IMAGE_DEVICES][IMAGE_DEVICE];
};

/* The devices on the image open in @fd, in the order of their partitions; 0, or -1 with @f. */
int image_devices(int fd, struct image_devices *out, struct fail *f);

/* Pure: the names out of what grub-fstest's "ls" said. */
void image_parse_devices(const char *text, size_t len, struct image_devices *out);

/*
 * The content of @path on @device, at most @max bytes: an anonymous file, to be closed; or -1 with
 * @f.  No such file is -1 with errno ENOENT (a file system that GRUB cannot read has none).
 */
int image_read(int fd, const char *device, const char *path, size_t max, struct fail *f);

/* What is in directory @path, as grub-fstest's "ls" says it: as image_read(). */
int image_list(int fd, const char *device, const char *path, struct fail *f);

#endif
