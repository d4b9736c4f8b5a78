/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any damage to a guest's disk: partition tables, file systems, menus.  The first byte chooses the disk, all of them
 * what is written where: reading a disk takes so long that short inputs must do as much as long ones.  Whatever it
 * is, there is an answer that can be used or a reason, and neither a process nor an open file is left.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader/boot.h"

#define EDITS 8u

static struct disk {
    const char *name;
    int fd;
    off_t size;
} disks[] = {
    {.name = "gpt.img"},    {.name = "mbr.img"}, {.name = "separate.img"}, {.name = "legacy.img"},
    {.name = "fedora.img"}, {.name = "xfs.img"}, {.name = "btrfs.img"},    {.name = "fat.img"},
};
#define DISKS (sizeof(disks) / sizeof(disks[0]))

#define must(ok) must_be(ok, #ok)

static void must_be(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* A copy in memory, of which only what is not empty takes any. */
static void open_disk(struct disk *d)
{
    static uint8_t block[65536];
    char path[512];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64), got;
    struct stat st;
    int from;

    must(n > 0);
    path[n] = '\0';
    sprintf(strrchr(path, '/'), "/disks/%s", d->name);
    from = open(path, O_RDONLY | O_CLOEXEC);
    d->fd = memfd_create(d->name, MFD_CLOEXEC);
    must(from >= 0 && d->fd >= 0 && fstat(from, &st) == 0 && ftruncate(d->fd, st.st_size) == 0);
    d->size = st.st_size;
    for (off_t at = 0; (got = pread(from, block, sizeof(block), at)) > 0; at += got)
        if (block[0] || memcmp(block, block + 1, (size_t)got - 1) != 0)
            must(pwrite(d->fd, block, (size_t)got, at) == got);
    close(from);
}

static unsigned int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned int n = 0;

    must(dir != NULL);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* Steps of a generator that the input begins. */
static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

/* In the beginning of the disk, of its first partition or of what comes after 4 MiB, or in the disk's end. */
static off_t place(const struct disk *d, uint64_t *state)
{
    const off_t from[] = {0, 1 << 20, 4 << 20, d->size - 65536};
    const uint32_t room[] = {512, 4096, 65536};
    const off_t start = from[next(state) % 4];

    return start + next(state) % room[next(state) % 3];
}

static void boot(const struct disk *d)
{
    const struct boot_request request = {.name_only = true};
    struct boot_files files;
    struct fail why = {""};

    if (boot_load(d->fd, &request, &files, &why))
        must(why.text[0] && files.kernel < 0 && files.ramdisk < 0);
    else
        must(files.kernel_name[0] == '/');
    boot_close(&files);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct disk *d = &disks[size ? data[0] % DISKS : 0];
    uint8_t was[EDITS];
    off_t at[EDITS];
    uint64_t state = size;
    unsigned int before;

    if (!d->fd)
        open_disk(d);
    before = open_files();
    for (size_t i = 0; i < size; i++)
        state = (state ^ data[i]) * UINT64_C(1099511628211);
    for (unsigned int i = 0; i < EDITS; i++) {
        const uint8_t byte = (uint8_t)next(&state);

        at[i] = place(d, &state);
        must(pread(d->fd, &was[i], 1, at[i]) == 1);
        must(pwrite(d->fd, &byte, 1, at[i]) == 1);
    }
    boot(d);
    for (unsigned int i = EDITS; i-- > 0;)
        must(pwrite(d->fd, &was[i], 1, at[i]) == 1);
    must(open_files() == before);
    must(waitpid(-1, NULL, WNOHANG) <= 0); /* the fuzzer's own, which names functions, goes on */
    return 0;
}
