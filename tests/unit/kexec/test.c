/* SPDX-License-Identifier: BSD-2-Clause */
/* kexec_op: what it refuses, what an image has when it is ready, and that it gives all of it back. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/budget.h>
#include <hv/frame.h>
#include <hv/kexec.h>

#include "host.h"
#include "world.h"

#define AREA_ORDER 4
#define CRASH      KEXEC_TYPE_CRASH
#define DEFAULT    KEXEC_TYPE_DEFAULT

static struct vcpu *cur;
static struct xen_kexec_segment seg[KEXEC_SEGMENTS + 1];
static struct xen_kexec_load ld;
static uint64_t area, free_before;
static unsigned char bytes[5 * PAGE_SIZE];

static void start(void)
{
    cur = world_start(2);
    memset(kexec_images, 0, sizeof(kexec_images));
    kexec_init();
    area = mfn_paddr(frame_alloc(AREA_ORDER, 0)).a;
    kexec_crash_area = (struct kexec_area){area, PAGE_SIZE << AREA_ORDER};
    kexec_hv_area = (struct kexec_area){0x200000, 0x123000};
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7 + i / 256 + 1);
    free_before = frame_free_count();
    memset(seg, 0, sizeof(seg));
}

static long op(unsigned long cmd, void *arg)
{
    return world_call(cur, __HYPERVISOR_kexec_op, cmd, (uint64_t)arg);
}
static long status(uint8_t type)
{
    return op(KEXEC_CMD_kexec_status, &type);
}
static long unload(uint8_t type)
{
    return op(KEXEC_CMD_kexec_unload, &type);
}
static long load(uint8_t type, unsigned n, uint64_t entry)
{
    ld = (struct xen_kexec_load){
        .type = type, .arch = KEXEC_EM_X86_64, .nr_segments = n, .entry_maddr = entry};
    ld.segments.h.p = seg;
    return op(KEXEC_CMD_kexec_load, &ld);
}
static void segment(unsigned i, uint64_t to, uint64_t size, uint64_t filled)
{
    seg[i] = (struct xen_kexec_segment){.buf_size = filled, .dest_maddr = to, .dest_size = size};
    seg[i].buf.h.p = bytes;
}

Test(kexec, only_for_the_control_domain)
{
    start();
    struct domain *d = world_guest(cur, 1, 4);
    uint8_t type = CRASH;
    const uint64_t args[5] = {KEXEC_CMD_kexec_status, (uint64_t)&type};

    cr_expect_eq(world_dispatch(d->vcpu[0], __HYPERVISOR_kexec_op, args), -XEN_EPERM);
}

Test(kexec, unknown_commands_and_bad_pointers)
{
    start();
    for (unsigned long cmd = 0; cmd < 8; cmd++) {
        const bool known =
            cmd != KEXEC_CMD_kexec_load_v1 && cmd != KEXEC_CMD_kexec_unload_v1 && cmd < 7;
        cr_expect_eq(op(cmd, NULL), known ? -XEN_EFAULT : -XEN_ENOSYS, "%lu", cmd);
    }
}

static struct xen_kexec_range range;
static long get_range(int what, int nr)
{
    range = (struct xen_kexec_range){.range = what, .nr = nr};
    return op(KEXEC_CMD_kexec_get_range, &range);
}

Test(kexec, ranges)
{
    start();
    cr_expect_eq(get_range(KEXEC_RANGE_MA_CRASH, 0), 0);
    cr_expect(range.start == area && range.size == PAGE_SIZE << AREA_ORDER);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_XEN, 0), 0);
    cr_expect(range.start == 0x200000 && range.size == 0x123000);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_CPU, 1), 0);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_CPU, 2), -XEN_ERANGE);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_CPU, -1), -XEN_ERANGE);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_VMCOREINFO, 0), 0);
    cr_expect_eq(get_range(KEXEC_RANGE_MA_EFI_MEMMAP, 0), -XEN_EINVAL);
    cr_expect_eq(get_range(-1, 0), -XEN_EINVAL);
}

Test(kexec, types_and_counts)
{
    start();
    segment(0, area, PAGE_SIZE, 10);
    cr_expect_eq(status(2), -XEN_EINVAL);
    cr_expect_eq(unload(2), -XEN_EINVAL);
    cr_expect_eq(load(2, 1, area), -XEN_EINVAL);
    cr_expect_eq(load(CRASH, KEXEC_SEGMENTS + 1, area), -XEN_EINVAL);
    cr_expect_eq(load(CRASH, -1u, area), -XEN_EINVAL);
    cr_expect_eq(load(CRASH, 0, area), -XEN_EADDRNOTAVAIL, "nothing to enter");
    ld.arch = 40;
    ld.nr_segments = 1;
    cr_expect_eq(op(KEXEC_CMD_kexec_load, &ld), -XEN_EINVAL);
    ld.arch = KEXEC_EM_386;
    cr_expect_eq(op(KEXEC_CMD_kexec_load, &ld), 0);
    for (unsigned i = 0; i < KEXEC_SEGMENTS; i++)
        segment(i, area + i * PAGE_SIZE, PAGE_SIZE, 10);
    cr_expect_eq(load(CRASH, KEXEC_SEGMENTS, area), 0);
}

/* Of one segment: where, how large, how much of it is filled, entered where; what comes of it. */
static void tries(uint8_t type, uint64_t to, uint64_t size, uint64_t filled, uint64_t entry,
                  long err)
{
    segment(0, to, size, filled);
    cr_expect_eq(load(type, 1, entry), err, "type %u, %lx + %lx (%lx), entry %lx: want %ld", type,
                 to, size, filled, entry, err);
    cr_expect_eq(status(type), !err);
    cr_expect_eq(unload(type), 0);
    cr_expect_eq(frame_free_count(), free_before);
}

Test(kexec, segments_in_bounds)
{
    start();
    const uint64_t end = area + (PAGE_SIZE << AREA_ORDER), ram = mfn_paddr(MFN(frame_end)).a;

    tries(CRASH, area, PAGE_SIZE, 10, area, 0);
    tries(CRASH, area, PAGE_SIZE << AREA_ORDER, 10, end - 1, 0);
    tries(CRASH, area + 1, PAGE_SIZE, 10, area + 1, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area, PAGE_SIZE - 1, 10, area, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area - PAGE_SIZE, 2 * PAGE_SIZE, 10, area, -XEN_EADDRNOTAVAIL);
    tries(CRASH, end - PAGE_SIZE, 2 * PAGE_SIZE, 10, end - PAGE_SIZE, -XEN_EADDRNOTAVAIL);
    tries(CRASH, end, PAGE_SIZE, 10, end, -XEN_EADDRNOTAVAIL);
    tries(CRASH, end + PAGE_SIZE, PAGE_SIZE, 10, end, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area, -PAGE_SIZE, 10, area, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area + PAGE_SIZE, -PAGE_SIZE, 10, area + PAGE_SIZE, -XEN_EADDRNOTAVAIL);
    tries(CRASH, -PAGE_SIZE, 2 * PAGE_SIZE, 10, area, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area, PAGE_SIZE, PAGE_SIZE, area, 0);
    tries(CRASH, area, PAGE_SIZE, PAGE_SIZE + 1, area, -XEN_EINVAL);
    tries(CRASH, area, PAGE_SIZE, 10, area + PAGE_SIZE, -XEN_EADDRNOTAVAIL);
    tries(CRASH, area, PAGE_SIZE, 10, area - 1, -XEN_EADDRNOTAVAIL);
    tries(DEFAULT, 0, PAGE_SIZE, 10, 0, 0);
    tries(DEFAULT, ram - PAGE_SIZE, PAGE_SIZE, 10, ram - PAGE_SIZE, 0);
    tries(DEFAULT, ram - PAGE_SIZE, 2 * PAGE_SIZE, 10, ram - PAGE_SIZE, -XEN_EADDRNOTAVAIL);
    kexec_crash_area = (struct kexec_area){0, 0};
    tries(CRASH, area, PAGE_SIZE, 10, area, -XEN_EADDRNOTAVAIL);
    tries(CRASH, 0, 0, 0, 0, -XEN_EADDRNOTAVAIL);
}

Test(kexec, segments_apart)
{
    start();
    segment(0, area + PAGE_SIZE, 2 * PAGE_SIZE, 10);
    for (unsigned at = 0; at < 5; at++) {
        segment(1, area + at * PAGE_SIZE, PAGE_SIZE, 10);
        cr_expect_eq(load(CRASH, 2, area + PAGE_SIZE), at == 1 || at == 2 ? -XEN_EINVAL : 0,
                     "at %u", at);
        segment(2, area + 5 * PAGE_SIZE, PAGE_SIZE, 10);
        seg[3] = seg[2];
        cr_expect_eq(load(CRASH, 4, area + PAGE_SIZE), -XEN_EINVAL, "two others");
    }
}

/* ---- what is loaded ---- */
static const unsigned char *there(uint64_t maddr)
{
    return arch_frame_ptr(paddr_mfn(PADDR(maddr)));
}

Test(kexec, crash_image_lies_where_it_runs)
{
    start();
    memset(arch_frame_ptr(paddr_mfn(PADDR(area))), 0xee, PAGE_SIZE << AREA_ORDER);
    segment(0, area + PAGE_SIZE, 3 * PAGE_SIZE, PAGE_SIZE + 100);
    segment(1, area + 8 * PAGE_SIZE, 2 * PAGE_SIZE, 0);
    seg[1].buf.h.p = NULL;
    cr_expect_eq(load(CRASH, 2, area + PAGE_SIZE + 5), 0);
    cr_expect_eq(status(CRASH), 1);
    cr_expect_eq(status(DEFAULT), 0);
    const struct kexec_image *i = &kexec_images[CRASH];
    cr_expect(i->entry == area + PAGE_SIZE + 5 && i->arch == KEXEC_EM_X86_64 && !i->list &&
              !i->aside);
    cr_expect_eq(i->controls, KEXEC_CONTROL);
    cr_expect_eq(memcmp(there(area + PAGE_SIZE), bytes, PAGE_SIZE + 100), 0);
    for (uint64_t n = PAGE_SIZE + 100; n < 3 * PAGE_SIZE; n++)
        cr_assert_eq(there(area + PAGE_SIZE)[n], 0, "byte %lu", n);
    for (unsigned page = 0; page < 1 << AREA_ORDER; page++)
        if (page < 1 || page > 3)
            for (unsigned n = 0; n < PAGE_SIZE; n++)
                cr_assert_eq(there(area + page * PAGE_SIZE)[n], 0xee, "page %u is nobody's", page);
    cr_expect_eq(unload(CRASH), 0);
    cr_expect_eq(frame_free_count(), free_before);
    cr_expect_eq(status(CRASH), 0);
}

/* kexec-tools asks for the first MiB to be mapped. */
Test(kexec, segments_without_contents_lie_anywhere)
{
    start();
    segment(0, area, PAGE_SIZE, 10);
    segment(1, 0, 256 * PAGE_SIZE, 0);
    cr_expect_eq(load(CRASH, 2, area), -XEN_EADDRNOTAVAIL);
    seg[1].buf.h.p = NULL;
    cr_expect_eq(load(CRASH, 2, area), 0);
    seg[1].dest_maddr = mfn_paddr(MFN(frame_end)).a - PAGE_SIZE;
    cr_expect_eq(load(CRASH, 2, area), -XEN_EADDRNOTAVAIL);
}

/* Is the machine address in one of the n segments? */
static bool in_segments(unsigned n, uint64_t maddr)
{
    for (unsigned i = 0; i < n; i++)
        if (maddr >= seg[i].dest_maddr && maddr < seg[i].dest_maddr + seg[i].dest_size)
            return true;
    return false;
}

/* A default image as the jump would find it: the copies of n segments, each page once; no page of it in a segment. */
static void expect_copies(unsigned n)
{
    const struct kexec_image *image = &kexec_images[DEFAULT];
    uint64_t pages = 0, want = 0;

    for (unsigned c = 0; c < KEXEC_CONTROL; c++)
        cr_expect(!in_segments(n, mfn_paddr(image->control[c]).a), "control page %u", c);
    for (const struct kexec_list *l = image->list; l;
         l = l->next ? (const void *)there(l->next) : NULL) {
        cr_expect(!in_segments(n, mfn_paddr(arch_ptr_mfn(l)).a), "a page of the list");
        for (uint64_t c = 0; c < l->count; c++, pages++) {
            const struct xen_kexec_segment *s = seg;
            while (l->copy[c].to - s->dest_maddr >= s->dest_size)
                s++;
            const uint64_t at = l->copy[c].to - s->dest_maddr;
            const uint64_t filled = s->buf_size > at ? min(s->buf_size - at, PAGE_SIZE) : 0;
            cr_assert_eq(!l->copy[c].from, !filled);
            cr_assert(!in_segments(n, l->copy[c].from), "a page to copy");
            for (uint64_t b = 0; filled && b < PAGE_SIZE; b++)
                cr_assert_eq(there(l->copy[c].from)[b], b < filled ? bytes[at + b] : 0);
        }
    }
    for (unsigned i = 0; i < n; i++)
        want += seg[i].buf.h.p ? seg[i].dest_size / PAGE_SIZE : 0;
    cr_expect_eq(pages, want);
}

/* Segments where the allocator's next pages are, more pages than one page of the list has. */
static uint64_t in_the_way(void)
{
    const mfn_t next = frame_alloc(0, 0);
    const uint64_t from = mfn_paddr(next).a - 520 * PAGE_SIZE;

    frame_free(next, 0);
    segment(0, from, 3 * PAGE_SIZE, 3 * PAGE_SIZE - 5);
    segment(1, from + 3 * PAGE_SIZE, 500 * PAGE_SIZE, sizeof(bytes));
    segment(2, from + 510 * PAGE_SIZE, 20 * PAGE_SIZE, 0);
    seg[2].buf.h.p = NULL;
    segment(3, from + 505 * PAGE_SIZE, PAGE_SIZE, 1);
    return from;
}

Test(kexec, default_image_is_copied_from_elsewhere)
{
    start();
    const uint64_t from = in_the_way();

    cr_expect_eq(load(DEFAULT, 4, from), 0);
    cr_expect(kexec_images[DEFAULT].aside, "something was in the way");
    expect_copies(4);
    cr_expect_eq(load(DEFAULT, 1, from), 0, "another in its place");
    expect_copies(1);
    cr_expect_eq(unload(DEFAULT), 0);
    cr_expect_eq(frame_free_count(), free_before);
}

Test(kexec, in_short_turns)
{
    start();
    const uint64_t from = in_the_way();

    host_turn(100);
    world_restarts = 0;
    cr_expect_eq(load(DEFAULT, 4, from), 0);
    cr_expect_geq(world_restarts, 100, "%u", world_restarts);
    expect_copies(4);
    world_restarts = 0;
    cr_expect_eq(unload(DEFAULT), 0);
    cr_expect_geq(world_restarts, 3, "%u", world_restarts);
    cr_expect_eq(frame_free_count(), free_before);
}

Test(kexec, errors_leave_nothing)
{
    start();
    const uint64_t from = in_the_way();
    unsigned failed = 0;
    long err;

    for (long at = 0; (world_alloc_fails_in = at, err = load(DEFAULT, 4, from)); at++, failed++) {
        cr_assert_eq(err, -XEN_ENOMEM, "allocation %ld: %ld", at, err);
        cr_assert_eq(status(DEFAULT), 0);
        cr_assert_eq(frame_free_count(), free_before, "allocation %ld", at);
    }
    world_alloc_fails_in = -1;
    cr_expect_geq(failed, 300);
    cr_expect_eq(unload(DEFAULT), 0);
    for (long at = 0; (host_fault_in = at, err = load(DEFAULT, 4, from)); at++) {
        host_fault_in = -1;
        cr_assert_eq(err, -XEN_EFAULT, "access %ld: %ld", at, err);
        cr_assert_eq(status(DEFAULT), 0);
        cr_assert_eq(frame_free_count(), free_before, "access %ld", at);
    }
    host_fault_in = -1;
    cr_expect_eq(status(DEFAULT), 1);
}

/* A refused load leaves the image that was there; one that fails while it is copied does not (docs/CAVEATS.md). */
Test(kexec, what_was_there_before)
{
    start();
    segment(0, area, PAGE_SIZE, 10);
    cr_expect_eq(load(CRASH, 1, area), 0);
    cr_expect_eq(load(CRASH, 1, area - 1), -XEN_EADDRNOTAVAIL);
    cr_expect_eq(status(CRASH), 1);
    host_fault_in = 2;
    cr_expect_eq(load(CRASH, 1, area), -XEN_EFAULT);
    host_fault_in = -1;
    cr_expect_eq(status(CRASH), 0);
    cr_expect_eq(frame_free_count(), free_before);
}

/* ---- two vCPUs at once, and numbers made up ---- */
static long turn(uint64_t *cmd)
{
    const uint64_t args[5] = {*cmd, (uint64_t)&ld};

    cur->arch.restart_nr = ~0UL;
    const long ret = world_dispatch(cur, __HYPERVISOR_kexec_op, args);
    *cmd = cur->arch.restart_args[0];
    return cur->arch.restart_nr == ~0UL ? ret : -XEN_ERESTART;
}

static uint64_t begin(void)
{
    const uint64_t from = in_the_way();
    uint64_t cmd = KEXEC_CMD_kexec_load;

    ld = (struct xen_kexec_load){.arch = KEXEC_EM_X86_64, .nr_segments = 4, .entry_maddr = from};
    ld.segments.h.p = seg;
    host_turn(100);
    cr_assert_eq(turn(&cmd), -XEN_ERESTART);
    return cmd;
}

Test(kexec, a_load_that_was_given_up)
{
    start();
    segment(0, 0, PAGE_SIZE, 10);
    cr_expect_eq(load(DEFAULT, 1, 0), 0);
    cr_expect_eq(status(DEFAULT), 1);
    uint64_t first = begin(), second = KEXEC_CMD_kexec_load;

    cr_expect_eq(status(DEFAULT), 0, "from the first turn on");
    cr_expect_eq(turn(&first), -XEN_ERESTART);
    cr_expect_eq(turn(&second), -XEN_ERESTART);
    cr_expect_neq(first, second);
    cr_expect_eq(turn(&first), -XEN_EBUSY);
    cr_expect_eq(unload(DEFAULT), 0);
    cr_expect_eq(turn(&second), -XEN_EBUSY);
    cr_expect_eq(frame_free_count(), free_before);
}

Test(kexec, numbers_made_up)
{
    start();
    for (uint64_t number = 1; number < 3; number++)
        for (uint64_t type = 0; type < 256; type++) {
            uint64_t cmd = number << 32 | type << 8 | KEXEC_CMD_kexec_load;
            cr_assert_eq(turn(&cmd), -XEN_EBUSY);
        }
    uint64_t cmd = 1UL << 8 | KEXEC_CMD_kexec_load;
    cr_expect_eq(turn(&cmd), -XEN_ENOSYS);
    segment(0, area, PAGE_SIZE, 10);
    cr_expect_eq(load(CRASH, 1, area), 0);
    cmd = 1UL << 32 | CRASH << 8 | KEXEC_CMD_kexec_load;
    cr_expect_eq(turn(&cmd), -XEN_EBUSY, "a load that has ended");
    cr_expect_eq(status(CRASH), 1);
}

/* What changes in the guest's memory after it was read does not count. */
Test(kexec, segments_are_read_once)
{
    start();
    uint64_t cmd = begin();
    const struct xen_kexec_segment were[4] = {seg[0], seg[1], seg[2], seg[3]};
    long ret;

    memset(seg, 0xff, sizeof(seg));
    memset(&ld, 0xff, sizeof(ld));
    do
        ret = turn(&cmd);
    while (ret == -XEN_ERESTART);
    cr_expect_eq(ret, 0);
    memcpy(seg, were, sizeof(were));
    expect_copies(4);
}

/* ---- execution ---- */
Test(kexec, runs_what_is_ready)
{
    start();
    struct xen_kexec_exec e = {.type = DEFAULT};

    cr_expect_eq(op(KEXEC_CMD_kexec, &e), -XEN_ENOENT);
    e.type = 2;
    cr_expect_eq(op(KEXEC_CMD_kexec, &e), -XEN_EINVAL);
    e.type = -1;
    cr_expect_eq(op(KEXEC_CMD_kexec, &e), -XEN_EINVAL);
    e.type = 256; /* an int, not a byte */
    cr_expect_eq(op(KEXEC_CMD_kexec, &e), -XEN_EINVAL);
    cr_expect_null(host_log.executed);
    segment(0, area, PAGE_SIZE, 10);
    cr_expect_eq(load(CRASH, 1, area), 0);
    e.type = CRASH;
    op(KEXEC_CMD_kexec, &e);
    cr_expect_eq(host_log.executed, &kexec_images[CRASH]);
}

/* ---- the control domain's end ---- */
static jmp_buf gone;

static void reboots(int sig)
{
    (void)sig;
    siglongjmp(gone, 1);
}

Test(kexec, control_domain_crashes)
{
    start();
    signal(SIGABRT, reboots); /* what the fake machine does for a reboot */
    for (volatile unsigned reason = 0; reason <= SHUTDOWN_MAX; reason++) {
        start();
        if (!sigsetjmp(gone, 1))
            domain_shutdown(dom0, (uint8_t)reason);
        cr_expect_eq(host_log.crashes, reason == SHUTDOWN_crash || reason == SHUTDOWN_watchdog,
                     "reason %u", reason);
    }
}
