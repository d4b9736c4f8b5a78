/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's kernel, unpacked where it can do no harm. */
#ifndef BOOTLOADER_UNPACKED_H
#define BOOTLOADER_UNPACKED_H

#include "lib/fail.h"

/*
 * The ELF file in the kernel image open in @kernel (a bzImage, for one), unpacked by a process
 * without rights: an anonymous file, to be closed, or -1 with @f.
 */
int boot_unpack(int kernel, struct fail *f);

#endif
