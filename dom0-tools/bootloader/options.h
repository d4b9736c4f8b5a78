/* SPDX-License-Identifier: BSD-2-Clause */
/* pygrub's command line, which configs give as well (bootargs, bootloader_args). */
#ifndef BOOTLOADER_OPTIONS_H
#define BOOTLOADER_OPTIONS_H

#include "bootloader/boot.h"
#include "bootloader/output.h"

struct boot_options {
    struct boot_request request;
    bool quiet;       /* never ask */
    bool interactive; /* ask */
    bool list;        /* print the menu only */
    bool help;
    enum output_format format;
    const char *output;    /* file for the answer; NULL: standard output */
    const char *directory; /* for kernel and RAM disk */
    const char *disk;      /* NULL: none given */
};

/* Reads the @argc words of @argv after the program's name, which must live on; 0, or -1 with @f. */
int boot_options(int argc, char **argv, struct boot_options *out, struct fail *f);

#endif
