/* SPDX-License-Identifier: BSD-2-Clause */
/* See flow.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "flow.h"
#include "lib/daemon.h"
#include <xen/grant_table.h>

uint8_t (*guest)[4096];
static int guest_file;
_Alignas(4096) uint8_t ring_pages[8192];
blkif_front_ring_t front;
struct device_stats stats;
struct backend be = {.domid = 6, .stats = &stats};
struct queue q;
struct disk disk;
struct block_log *block_log;
uint8_t expected[SECTORS * 512];
static _Alignas(4096) uint8_t buffers[LOG_ENTRIES * BLOCK_BYTES];
unsigned int mapped, mappings;
#include "../grant_copy.h"

void (*on_notify)(void);
bool in_order;

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    if (on_notify)
        on_notify();
    return 0;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

void *backend_map(struct backend *b, const uint32_t *refs, uint32_t count)
{
    (void)b;
    if (!q.ring.sring) /* the first is the ring */
        return ring_pages;
    if (refs[0] == REFUSED)
        return NULL;
    uint8_t *at = mmap(NULL, count * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (uint32_t i = 0; i < count; i++) /* there are more grants than pages: for the bound */
        mmap(at + i * 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, guest_file,
             (off_t)(refs[i] < PAGES ? refs[i] : 0) * 4096);
    mapped += count;
    mappings++;
    return at;
}

void backend_unmap(struct backend *b, void *page, uint32_t count)
{
    (void)b;
    if (page == ring_pages)
        return;
    munmap(page, count * 4096);
    mapped -= count;
    mappings--;
}

int backend_bind(struct backend *b, uint32_t port)
{
    (void)b;
    return port;
}

/* An entry is given up only when it says that it was answered, and the guest has the answer. */
void __real_log_free(struct log_entry *e);
void __wrap_log_free(struct log_entry *e);
void __wrap_log_free(struct log_entry *e)
{
    if (q.ring.sring && e->state != LOG_FREE) {
        cr_assert_eq(e->state, LOG_DONE);
        cr_assert_gt((int32_t)(q.ring.sring->rsp_prod - e->rsp_index), 0);
    }
    __real_log_free(e);
}

void log_msg(const char *fmt, ...)
{
    (void)fmt;
}

void open_queue(bool resume)
{
    uint32_t refs[2] = {0, 1};

    q = (struct queue){.be = &be,
                       .disk = &disk,
                       .in_order = in_order,
                       .log = &block_log->queue[0],
                       .buffers = buffers,
                       .port = -1};
    cr_assert_eq(queue_open(&q, refs, 2, 5, resume), 0, "%s", be.fail.text);
}

static void make_guest(void)
{
    guest_file = memfd_create("guest", 0);
    cr_assert_eq(ftruncate(guest_file, PAGES * 4096), 0);
    guest = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, guest_file, 0);
    cr_assert_neq(guest, MAP_FAILED);
}

void begin_flow(void)
{
    char name[] = "/tmp/disk.XXXXXX";
    int fd = mkstemp(name);
    struct fail f = {""};

    unlink(name);
    make_guest();
    for (size_t i = 0; i < sizeof(expected); i++)
        expected[i] = i * 7 + (i >> 9) * 13 + (i >> 17);
    cr_assert_eq(pwrite(fd, expected, sizeof(expected), 0), (ssize_t)sizeof(expected));
    cr_assert_eq(disk_probe(&disk, fd, true, true, &f), 0, "%s", f.text);
    cr_assert_eq(loop_init(), 0);
    if (io_open(&disk, LOG_ENTRIES))
        cr_skip_test("no io_uring here: %s", strerror(errno));
    block_log = log_map(memfd_create("log", 0));
    SHARED_RING_INIT((blkif_sring_t *)ring_pages);
    FRONT_RING_INIT(&front, (blkif_sring_t *)ring_pages, 8192);
    open_queue(false);
}

void ask(uint64_t id, int operation, uint64_t sector, unsigned int count, uint32_t page)
{
    struct blkif_request req = {
        .operation = operation, .nr_segments = count, .id = id, .sector_number = sector};

    for (unsigned int i = 0; i < count; i++)
        req.seg[i] = (struct blkif_request_segment){.gref = page + i, .last_sect = 7};
    *RING_GET_REQUEST(&front, front.req_prod_pvt) = req;
    front.req_prod_pvt++;
}

void run(void)
{
    RING_PUSH_REQUESTS(&front);
    while (queue_run(&q))
        ;
    io_drain();
    queue_run(&q);
}

blkif_response_t take_answer(void)
{
    blkif_response_t rsp;

    cr_assert(RING_HAS_UNCONSUMED_RESPONSES(&front));
    RING_COPY_RESPONSE(&front, front.rsp_cons, &rsp);
    front.rsp_cons++;
    return rsp;
}

unsigned int take_answers(void)
{
    unsigned int n = 0;

    for (; RING_HAS_UNCONSUMED_RESPONSES(&front); n++)
        cr_assert_eq(take_answer().status, BLKIF_RSP_OKAY);
    return n;
}

void answered(int status)
{
    blkif_response_t rsp;

    run();
    rsp = take_answer();
    cr_assert_eq(rsp.status, status, "id %u: %d", (unsigned int)rsp.id, rsp.status);
    cr_assert_not(RING_HAS_UNCONSUMED_RESPONSES(&front));
}
