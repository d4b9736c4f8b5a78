/* SPDX-License-Identifier: BSD-2-Clause */
/* What the broker of grants does with a worker's messages, whatever they say. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <xen/grant_table.h>
#include <xen/sys/gntdev.h>

#include "lib/broker.h"

static uint8_t area[8192];
static struct broker b;
static struct grant_request q;
static struct grant_reply a;
static unsigned int calls;
static int refuse_with; /* errno of the kernel */

/* The kernel: sees only grants of domain 6, and only addresses of the area. */
static int kernel(int fd, unsigned long request, void *arg)
{
    struct ioctl_gntdev_map_grant_ref *map = arg;
    struct ioctl_gntdev_grant_copy *copy = arg;
    struct ioctl_gntdev_grant_ref *ref = map->refs;

    cr_assert_eq(fd, 77);
    calls++;
    errno = refuse_with;
    if (refuse_with)
        return -1;
    if (request == IOCTL_GNTDEV_MAP_GRANT_REF) {
        for (uint32_t i = 0; i < map->count; i++)
            cr_assert_eq(ref[i].domid, 6);
        map->index = 4096 * map->refs[0].ref;
    } else if (request == IOCTL_GNTDEV_GRANT_COPY) {
        for (uint32_t i = 0; i < copy->count; i++) {
            struct ioctl_gntdev_grant_copy_segment *s = &copy->segments[i];
            bool out = s->flags == GNTCOPY_dest_gref;
            uint8_t *own = out ? s->source.virt : s->dest.virt;

            cr_assert(out || s->flags == GNTCOPY_source_gref);
            cr_assert_eq((out ? s->dest : s->source).foreign.domid, 6);
            cr_assert(own >= area && own + s->len <= area + sizeof(area));
            s->status = -(int)i;
        }
    }
    return 0;
}

static void begin(void)
{
    b = (struct broker){
        .gntdev = 77, .domid = 6, .area = area, .size = sizeof(area), .limit = 20, .call = kernel};
    memset(&q, 0, sizeof(q));
    calls = 0;
    refuse_with = 0;
}

TestSuite(broker, .init = begin);

static size_t ask(void)
{
    return broker_answer(&b, &q, grant_request_size(q.call, q.count), &a);
}

Test(broker, maps_and_unmaps)
{
    q = (struct grant_request){.call = GRANT_MAP, .count = 2, .ref = {9, 10}};
    cr_assert_eq(ask(), grant_reply_size(GRANT_MAP, 2));
    cr_assert_eq(a.error, 0);
    cr_assert_eq(a.index, 9 * 4096);
    cr_assert_eq(b.mapped, 2);
    q = (struct grant_request){.call = GRANT_UNMAP, .count = 2, .index = 9 * 4096};
    cr_assert_neq(ask(), 0);
    cr_assert_eq(a.error, 0);
    cr_assert_eq(b.mapped, 0);
    cr_assert_neq(ask(), 0);
    cr_assert_eq(a.error, EINVAL, "more than is mapped");
    cr_assert_eq(b.mapped, 0);
}

Test(broker, mappings_are_bounded)
{
    q = (struct grant_request){.call = GRANT_MAP, .count = GRANT_REFS};
    ask();
    cr_assert_eq(a.error, 0);
    ask();
    cr_assert_eq(a.error, ENOSPC);
    q.count = 5;
    ask();
    cr_assert_eq(a.error, ENOSPC);
    q.count = 4;
    ask();
    cr_assert_eq(a.error, 0);
    cr_assert_eq(calls, 2);
    q.count = 0;
    ask();
    cr_assert_eq(a.error, EINVAL);
    q.count = UINT32_MAX;
    ask();
    cr_assert_eq(a.error, EINVAL);
    cr_assert_eq(b.mapped, 20);
}

Test(broker, copies_within_the_area_only)
{
    q = (struct grant_request){.call = GRANT_COPY, .count = 2};
    q.part[0] = (struct grant_part){.ref = 3, .at = 0, .len = 4096};
    q.part[1] = (struct grant_part){.ref = 4, .at = 4096, .len = 4096, .to_guest = 1};
    cr_assert_eq(ask(), grant_reply_size(GRANT_COPY, 2));
    cr_assert_eq(a.error, 0);
    cr_assert_eq(a.status[0], 0);
    cr_assert_eq(a.status[1], -1);
    q.part[1].at = 4097;
    ask();
    cr_assert_eq(a.error, EINVAL);
    q.part[1].at = UINT32_MAX;
    ask();
    cr_assert_eq(a.error, EINVAL);
    q.part[1] = (struct grant_part){.at = 8193};
    ask();
    cr_assert_eq(a.error, EINVAL);
    cr_assert_eq(calls, 1);
}

Test(broker, what_is_no_request)
{
    q.call = GRANT_MAP;
    cr_assert_eq(broker_answer(&b, &q, 0, &a), 0);
    cr_assert_eq(broker_answer(&b, &q, 7, &a), 0);
    cr_assert_eq(broker_answer(&b, &q, grant_request_size(GRANT_MAP, 0) - 1, &a), 0);
    q.call = 0;
    cr_assert_eq(ask(), 0);
    q.call = GRANT_COPY + 1;
    cr_assert_eq(ask(), 0);
    q.call = GRANT_COPY;
    q.count = GRANT_PARTS + 1;
    cr_assert_eq(broker_answer(&b, &q, sizeof(q), &a), 0);
    q.count = UINT32_MAX / sizeof(struct grant_part) + 2; /* the size wraps */
    cr_assert_eq(ask(), 0);
    q.count = 2;
    cr_assert_eq(broker_answer(&b, &q, grant_request_size(GRANT_COPY, 1), &a), 0);
    cr_assert_eq(calls, 0);
}

Test(broker, the_kernels_refusals)
{
    refuse_with = EFAULT;
    q = (struct grant_request){.call = GRANT_MAP, .count = 2};
    ask();
    cr_assert_eq(a.error, EFAULT);
    cr_assert_eq(b.mapped, 0);
    q.call = GRANT_COPY;
    ask();
    cr_assert_eq(a.error, EFAULT);
    b.mapped = 2;
    q.call = GRANT_UNMAP;
    ask();
    cr_assert_eq(a.error, EFAULT);
    cr_assert_eq(b.mapped, 2);
}
