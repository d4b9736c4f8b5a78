/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding and reading the boot menu of a disk. */
#ifndef BOOTLOADER_MENU_READ_H
#define BOOTLOADER_MENU_READ_H

#include "bootloader/image.h"
#include "bootloader/menu.h"

/*
 * Looks on all devices of the image open in @fd, in their order, for a menu with an entry that can
 * be booted, and reads it in a process without rights.  The number of its device, or -1 with @f.
 */
int menu_read_disk(int fd, const struct image_devices *devices, struct menu *menu, struct fail *f);

#endif
