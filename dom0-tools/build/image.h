/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest kernel read from a file: unpacked, checked, its notes read.  Opening one changes nothing
 * but the cache of unpacked kernels, so `xm create` opens it before it touches the hypervisor.
 */
#ifndef BUILD_IMAGE_H
#define BUILD_IMAGE_H

#include <pthread.h>
#include <sys/stat.h>

#include "hv/build.h"
#include "lib/fail.h"

/* A file mapped read-only; @len 0 and @data NULL for an empty one. */
struct file_map {
    void *data;
    size_t len;
    struct stat st;
};

int file_map_open(struct file_map *map, const char *path, struct fail *f);
void file_map_close(struct file_map *map);

struct kernel_image {
    struct elf_image elf;
    struct xen_notes notes;
    void *map; /* the ELF file in memory: the file itself, or what was unpacked */
    size_t map_len;
    bool worth_keeping; /* it had to be unpacked */

    /* While it is being unpacked, in a thread */
    bool opened, unpacking;
    pthread_t thread;
    struct file_map file;
    struct bzimage bz;
    enum build_error error;
    size_t unpacked; /* bytes; written by the thread */
};

/*
 * Opens the kernel at @path for a domU, in two steps: the first finds out what the file is and
 * starts a thread if it must be unpacked, the slow part; the second waits for that and checks the
 * kernel itself.  Each 0, or -1 with a message in @f and nothing left to close.
 */
int kernel_image_open(struct kernel_image *img, const char *path, struct fail *f);
int kernel_image_finish(struct kernel_image *img, const char *path, struct fail *f);
void kernel_image_close(struct kernel_image *img);

/* Keeps a kernel that had to be unpacked, for the next time; call it once the domain runs. */
void kernel_image_keep(const struct kernel_image *img);

#endif
