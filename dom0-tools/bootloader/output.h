/* SPDX-License-Identifier: BSD-2-Clause */
/* What a boot loader tells its caller (xm, xl): where kernel and RAM disk are, and the arguments.
 */
#ifndef BOOTLOADER_OUTPUT_H
#define BOOTLOADER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum output_format {
    OUTPUT_SXP,     /* linux (kernel K)(ramdisk R)(args "A"), for xm */
    OUTPUT_SIMPLE,  /* lines "kernel K", ended by an empty one */
    OUTPUT_SIMPLE0, /* the same with bytes 0 in place of line ends, for xl */
};

bool output_format(const char *name, enum output_format *out);

/*
 * Writes the answer into @cap bytes; @ramdisk NULL: none.  How many bytes it has, or 0 if a text
 * would be read as something else, or there is no room.
 */
size_t output_write(enum output_format format, const char *kernel, const char *ramdisk,
                    const char *args, char *to, size_t cap);

#endif
