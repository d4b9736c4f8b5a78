/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * many-writes IMAGE DISK: writes IMAGE to DISK as hospes-blk does, opened the same way and with many
 * accesses at a time: each piece is discarded, written, flushed and read.  If what shows DISK dies, what
 * was under way is done again from its beginning when it is shown again, as after a replay of the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block/io.h"

#define PIECE (16u << 10)
#define JOBS  32u

struct piece {
    struct io_job job;
    char *buf;
    uint64_t offset;
    bool lost; /* with what showed the disk */
};

static struct piece pieces[JOBS];
static const char *image;
static uint64_t size, next;

static void die(const char *what, uint64_t offset)
{
    fprintf(stderr, "many-writes: %s at %llu\n", what, (unsigned long long)offset);
    exit(EXIT_FAILURE);
}

static void begin(struct piece *p, enum block_kind kind)
{
    p->job.kind = (uint8_t)kind;
    p->job.buf = p->buf;
    p->job.offset = p->offset;
    p->job.bytes = PIECE;
    io_start(&p->job);
}

static void write_next(struct piece *p)
{
    if (next >= size)
        return;
    p->offset = next;
    next += PIECE;
    begin(p, BLOCK_DISCARD);
}

static void done(struct io_job *job, int error)
{
    struct piece *p = (struct piece *)job; /* its first member */

    if (error == ENOTCONN || error == ECONNABORTED) {
        p->lost = true;
        return;
    }
    if (error)
        die(strerror(error), p->offset);
    switch (job->kind) {
    case BLOCK_DISCARD:
        memcpy(p->buf, image + p->offset, PIECE);
        begin(p, BLOCK_WRITE);
        break;
    case BLOCK_WRITE:
        begin(p, BLOCK_FLUSH);
        break;
    case BLOCK_FLUSH:
        memset(p->buf, 0, PIECE);
        begin(p, BLOCK_READ);
        break;
    default:
        if (memcmp(p->buf, image + p->offset, PIECE))
            die("read what was not written", p->offset);
        write_next(p);
        break;
    }
}

static bool open_disk(const char *path)
{
    static struct disk disk;
    struct fail f;
    int fd = open(path, O_RDWR);
    char c;

    if (fd < 0 || pread(fd, &c, 1, 0) != 1)
        return false;
    if (disk_probe(&disk, fd, true, true, &f) || loop_init() || io_open(&disk, JOBS))
        die("cannot use the disk", 0);
    return true;
}

/* True if something was. */
static bool begin_lost(const char *path)
{
    bool any = false;

    for (unsigned int i = 0; i < JOBS; i++) {
        struct piece *p = &pieces[i];

        if (!p->lost)
            continue;
        while (!any && !open_disk(path))
            usleep(10000);
        any = true;
        p->lost = false;
        begin(p, (enum block_kind)p->job.kind);
    }
    return any;
}

int main(int argc, char **argv)
{
    struct stat st;
    int from;

    if (argc != 3 || (from = open(argv[1], O_RDONLY)) < 0 || fstat(from, &st) ||
        !open_disk(argv[2]))
        die("usage: many-writes IMAGE DISK", 0);
    size = (uint64_t)st.st_size / PIECE * PIECE;
    image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, from, 0);
    for (unsigned int i = 0; i < JOBS; i++) {
        pieces[i].job.done = done;
        pieces[i].buf = aligned_alloc(4096, PIECE);
        write_next(&pieces[i]);
    }
    do
        io_drain();
    while (begin_lost(argv[2]));
    return 0;
}
