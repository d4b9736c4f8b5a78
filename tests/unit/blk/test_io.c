/* SPDX-License-Identifier: BSD-2-Clause */
/* What is handed to the kernel at a time. */
#include <fcntl.h>
#include <liburing.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "flow.h"

TestSuite(io, .init = begin_flow);

static unsigned int calls, most_writes, most_reads, writes;

int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring)
{
    unsigned int now[IORING_OP_LAST] = {0};

    for (unsigned int i = ring->sq.sqe_head; i != ring->sq.sqe_tail; i++)
        now[ring->sq.sqes[i & *ring->sq.kring_mask].opcode]++;
    calls++;
    writes += now[IORING_OP_WRITE];
    if (now[IORING_OP_WRITE] > most_writes)
        most_writes = now[IORING_OP_WRITE];
    if (now[IORING_OP_READ] > most_reads)
        most_reads = now[IORING_OP_READ];
    return __real_io_uring_submit(ring);
}

static bool shown;

int __real_fstatfs(int fd, struct statfs *fs);
int __wrap_fstatfs(int fd, struct statfs *fs);
int __wrap_fstatfs(int fd, struct statfs *fs)
{
    int ret = __real_fstatfs(fd, fs);

    if (shown)
        fs->f_type = FUSE_SUPER_MAGIC;
    return ret;
}

/* Twelve writes with a read after each of them. */
static void write_and_read(void)
{
    static _Alignas(4096) uint8_t data[4096];

    for (unsigned int i = 0; i < 12; i++) {
        memset(guest[i], 0xa0 + i, 4096);
        ask(i, BLKIF_OP_WRITE, 8 * (i % 8), 1, i);
        ask(100 + i, BLKIF_OP_READ, 800 + 8 * i, 1, 100 + i);
    }
    run();
    cr_assert_eq(take_answers(), 24);
    cr_assert_eq(writes, 12);
    for (unsigned int i = 0; i < 8; i++) {
        cr_assert_eq(pread(disk.fd, data, 4096, i * 4096), 4096);
        cr_assert(data[0] == 0xa0 + i || data[0] == 0xa0 + 8 + i, "%u: %#x", i, data[0]);
        cr_assert_eq(memcmp(data, data + 1, 4095), 0, "%u", i);
    }
    for (unsigned int i = 0; i < 12; i++)
        cr_assert_eq(memcmp(guest[100 + i], expected + (800 + 8 * i) * 512, 4096), 0, "%u", i);
    cr_assert_eq(most_reads, 12);
}

Test(io, a_disk_does_writes_together)
{
    write_and_read();
    cr_assert_eq(most_writes, 12);
}

/* Two would be mixed up by the storage daemon. */
Test(io, what_a_program_shows_has_one_write_at_a_time)
{
    struct fail f = {""};

    shown = true;
    cr_assert_eq(disk_probe(&disk, disk.fd, true, true, &f), 0);
    write_and_read();
    cr_assert_eq(most_writes, 1);
    cr_assert_eq(calls, 12, "each when the one before is done");
}

/* One that fails lets the next one begin. */
Test(io, a_write_that_fails_is_over)
{
    disk.one_write = true;
    cr_assert_eq(dup2(open("/dev/full", O_RDWR), disk.fd), disk.fd);
    for (unsigned int i = 0; i < 3; i++)
        ask(i, BLKIF_OP_WRITE, 8 * i, 1, i);
    run();
    for (unsigned int i = 0; i < 3; i++)
        cr_assert_eq(take_answer().status, BLKIF_RSP_ERROR);
}
