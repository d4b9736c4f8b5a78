/* SPDX-License-Identifier: BSD-2-Clause */
/* Two vCPUs of a back-end map and unmap at once, at each instruction: a mapping ends once, no
 * handle is given out twice, and what is counted is right afterwards. */
#include <criterion/criterion.h>
#include <string.h>

#include "../step.h"
#include "fake.h"

#define STEP 3
#define REF  5 /* granted by domain 1 to domain 0 */

static struct vcpu second_vcpu;
static mfn_t page;
static grant_handle_t handle; /* mapped before: host part and device part */
static uint64_t bus;

/* What each of the two asks for, and the answers. */
enum what { UNMAP_HOST, UNMAP_DEVICE, UNMAP_BOTH, REPLACE, UNMAP_AND_MAP, MAP };
static enum what asked[2];
static int status[2];
static grant_handle_t mapped[2];

static void switched(void)
{
    host_cpu = !host_cpu;
}

static void map_at(unsigned who, unsigned pte)
{
    struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(pte),
                                      .flags = GNTMAP_host_map | GNTMAP_readonly,
                                      .ref = REF,
                                      .dom = FIRST_ID + 1};
    op_grant_table_op(who ? &second_vcpu : dom[0]->vcpu[0], GNTTABOP_map_grant_ref,
                      GVA((uint64_t)&op), 1);
    mapped[who] = op.status ? HANDLE_NONE : op.handle;
}

static void ask(unsigned who)
{
    struct vcpu *cur = who ? &second_vcpu : dom[0]->vcpu[0];
    const enum what w = asked[who];

    mapped[who] = HANDLE_NONE;
    status[who] = GNTST_bad_handle;
    if (w == REPLACE) {
        struct gnttab_unmap_and_replace r = {
            .host_addr = PTE_ADDR(1), .new_addr = 0x77000, .handle = handle};
        op_grant_table_op(cur, GNTTABOP_unmap_and_replace, GVA((uint64_t)&r), 1);
        status[who] = r.status;
    } else if (w != MAP) {
        struct gnttab_unmap_grant_ref u = {.host_addr = w == UNMAP_DEVICE ? 0 : PTE_ADDR(1),
                                           .dev_bus_addr = w == UNMAP_HOST ? 0 : bus,
                                           .handle = handle};
        op_grant_table_op(cur, GNTTABOP_unmap_grant_ref, GVA((uint64_t)&u), 1);
        status[who] = u.status;
    }
    if (w >= UNMAP_AND_MAP)
        map_at(who, 2 + who);
}
static void first(void)
{
    ask(0);
}
static void second(void)
{
    ask(1);
}

static void world(void)
{
    fake_start();
    second_vcpu = *dom[0]->vcpu[0];
    page = page_of(1);
    offer(1, REF, 0, page, 0);
    host_waiting = step_wait;
    step_switched = switched;
}
static void end_of_world(void)
{
    host_waiting = NULL;
    fake_stop();
}

static void map_again(void)
{
    struct gnttab_map_grant_ref op = {.host_addr = PTE_ADDR(1),
                                      .flags = GNTMAP_host_map | GNTMAP_device_map,
                                      .ref = REF,
                                      .dom = FIRST_ID + 1};
    cr_assert_eq(grant_call(0, GNTTABOP_map_grant_ref, &op, 1), 0);
    handle = op.handle;
    bus = op.dev_bus_addr;
}
static void unmap_all(void)
{
    struct gnttab_unmap_grant_ref u[3] = {
        {.host_addr = PTE_ADDR(1), .dev_bus_addr = bus, .handle = handle},
        {.host_addr = PTE_ADDR(2), .handle = mapped[0]},
        {.host_addr = PTE_ADDR(3), .handle = mapped[1]},
    };

    u[0].host_addr *= fake_pte[1].flags != 0;
    cr_assert_eq(grant_call(0, GNTTABOP_unmap_grant_ref, u, 3), 0);
    cr_assert_eq(dom[0]->grant->in_use, 0);
    cr_assert_eq(refs(page), 0);
}

/* Each part of the old mapping that was asked to go is gone, and nothing else. */
static void check(unsigned long n)
{
    static const unsigned parts[] = {
        [UNMAP_HOST] = GNTMAP_host_map, [UNMAP_DEVICE] = GNTMAP_device_map, [UNMAP_BOTH] = MAP_BOTH,
        [REPLACE] = GNTMAP_host_map,    [UNMAP_AND_MAP] = MAP_BOTH,         [MAP] = 0,
    };
    const unsigned left = MAP_BOTH & ~(parts[asked[0]] | parts[asked[1]]);
    unsigned now = 0;

    for (unsigned who = 0; who < 2; who++) {
        cr_assert(asked[who] < UNMAP_AND_MAP || mapped[who] != HANDLE_NONE);
        now += mapped[who] != HANDLE_NONE;
    }
    cr_assert(mapped[0] != mapped[1] || !now, "one handle for two, instruction %lu", n);
    cr_assert_eq(!fake_pte[1].flags, !(left & GNTMAP_host_map));
    const unsigned old = !!(left & GNTMAP_host_map) + !!(left & GNTMAP_device_map);
    cr_assert_eq(writers(page), old, "%u writers at instruction %lu", writers(page), n);
    cr_assert_eq(refs(page), old + now + (old + now != 0));
    cr_assert_eq(dom[0]->grant->in_use, now + (old != 0));
    audit_all();
}

static void meet(enum what a, enum what b)
{
    asked[0] = a;
    asked[1] = b;
    map_again();
    const unsigned long count = step_record(first);
    second();
    unmap_all();
    for (unsigned long n = (a + b) % STEP; n < count; n += STEP) {
        map_again();
        cr_assert(step_at(n, first, second));
        check(n);
        unmap_all();
    }
}
TestSuite(cpus, .init = world, .fini = end_of_world);

Test(cpus, a_mapping_ends_once)
{
    for (enum what a = UNMAP_HOST; a <= REPLACE; a++)
        for (enum what b = UNMAP_HOST; b <= REPLACE; b++)
            meet(a, b);
}

/* The other one's unmap comes before, while, or after the handle has a new mapping: it never ends
 * that one. */
Test(cpus, a_handle_that_is_used_again)
{
    meet(UNMAP_AND_MAP, UNMAP_BOTH);
    meet(UNMAP_BOTH, UNMAP_AND_MAP);
    meet(UNMAP_AND_MAP, UNMAP_AND_MAP);
}

Test(cpus, no_handle_is_given_out_twice)
{
    meet(MAP, MAP);
    meet(MAP, UNMAP_BOTH);
    meet(UNMAP_BOTH, MAP);
}
