/* SPDX-License-Identifier: BSD-2-Clause */
/* Disk accesses; see io.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <liburing.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "block/io.h"

static struct io_uring ring;
static struct source source;
static const struct disk *disk;
static unsigned int under_way;
/* If there is one write at a time: it, and those that wait for it. */
static struct io_job *writing, *first_waiting, *last_waiting;

/* The ring could do far more than a disk needs; what it may do is settled before it starts. */
static int restrict_ring(void)
{
    static const uint8_t ops[] = {IORING_OP_READ, IORING_OP_WRITE, IORING_OP_FSYNC,
                                  IORING_OP_FALLOCATE};
    struct io_uring_restriction rules[sizeof(ops)];

    memset(rules, 0, sizeof(rules));
    for (unsigned int i = 0; i < sizeof(ops); i++) {
        rules[i].opcode = IORING_RESTRICTION_SQE_OP;
        rules[i].sqe_op = ops[i];
    }
    /* Debian 12's liburing declares functions for these two but does not export them. */
    if (syscall(SYS_io_uring_register, ring.ring_fd, IORING_REGISTER_RESTRICTIONS, rules,
                sizeof(ops)) < 0 ||
        syscall(SYS_io_uring_register, ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0) < 0)
        return -errno;
    return 0;
}

static void prepare(struct io_job *job)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

    if (!sqe) {
        io_uring_submit(&ring);
        sqe = io_uring_get_sqe(&ring);
    }
    switch (job->kind) {
    case BLOCK_READ:
        io_uring_prep_read(sqe, disk->fd, job->buf, (unsigned int)job->bytes, job->offset);
        break;
    case BLOCK_WRITE:
        io_uring_prep_write(sqe, disk->fd, job->buf, (unsigned int)job->bytes, job->offset);
        break;
    case BLOCK_FLUSH:
        io_uring_prep_fsync(sqe, disk->fd, IORING_FSYNC_DATASYNC);
        break;
    default:
        io_uring_prep_fallocate(sqe, disk->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                job->offset, job->bytes);
        break;
    }
    io_uring_sqe_set_data(sqe, job);
}

static void start_write(struct io_job *job)
{
    job->next = NULL;
    if (!writing) {
        writing = job;
        prepare(job);
    } else if (!first_waiting) {
        first_waiting = last_waiting = job;
    } else {
        last_waiting->next = job;
        last_waiting = job;
    }
}

/* The next of the writes that wait, if any. */
static void end_write(void)
{
    writing = first_waiting;
    if (!writing)
        return;
    first_waiting = writing->next;
    prepare(writing);
}

/* A short transfer is continued; one of nothing means that the file has shrunk. */
static void complete(struct io_job *job, int res)
{
    if (res > 0 && (uint64_t)res < job->bytes) {
        job->buf = (char *)job->buf + res;
        job->offset += res;
        job->bytes -= res;
        prepare(job);
        return;
    }
    if (res == -EINTR || res == -EAGAIN) {
        prepare(job);
        return;
    }
    under_way--;
    if (job == writing)
        end_write();
    if (res == 0 && (job->kind == BLOCK_READ || job->kind == BLOCK_WRITE))
        res = -EIO;
    job->done(job, res < 0 ? -res : 0);
}

void io_reap(void)
{
    struct io_uring_cqe *cqe;

    while (io_uring_peek_cqe(&ring, &cqe) == 0) {
        struct io_job *job = io_uring_cqe_get_data(cqe);
        int res = cqe->res;

        io_uring_cqe_seen(&ring, cqe);
        complete(job, res);
    }
}

static void on_ready(struct source *s, uint32_t events)
{
    (void)s;
    (void)events; /* io_reap() runs in every round of the loop */
}

int io_open(const struct disk *of, unsigned int jobs)
{
    int ret = io_uring_queue_init(jobs, &ring, IORING_SETUP_R_DISABLED);

    if (ret == 0)
        ret = restrict_ring();
    if (ret < 0) {
        errno = -ret;
        return -1;
    }
    disk = of;
    source = (struct source){.fd = ring.ring_fd, .ready = on_ready};
    return loop_add(&source, EPOLLIN);
}

void io_start(struct io_job *job)
{
    under_way++;
    if (disk->one_write && job->kind == BLOCK_WRITE)
        start_write(job);
    else
        prepare(job);
}

void io_submit(void)
{
    if (io_uring_sq_ready(&ring))
        io_uring_submit(&ring);
}

bool io_under_way(void)
{
    return under_way != 0;
}

void io_drain(void)
{
    struct io_uring_cqe *cqe;

    while (under_way) {
        io_submit();
        if (io_uring_wait_cqe(&ring, &cqe) == 0)
            io_reap();
    }
}
