/* SPDX-License-Identifier: BSD-2-Clause */
/* The making of domains: what stands afterwards, what is refused, and that nothing is left. */
#include "domain_test.h"
#include "lib/store.h"

#define GUEST                                                                                      \
    "name='g'; vcpus=2; cpus='1-2'; cpu_weight=512; cpu_cap=50; tsc_mode='native'\n"               \
    "disk=['file:%s/a.img,xvda,w', 'file:%s/b.img,xvdb,r']; vif=['bridge=xenbr0']"

Test(create, whole, .init = begin)
{
    int domid = start(GUEST);

    cr_assert_eq(domid, 1, "%s", ts.fail.text);
    cr_assert_str_eq(fake_node("/local/domain/1/name"), "g");
    cr_assert_str_eq(fake_node("/local/domain/1/memory/target"), "16384");
    cr_assert_str_eq(fake_node("/local/domain/1/cpu/1/availability"), "online");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51712/mode"), "w");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vbd/1/51728/mode"), "r");
    cr_assert_str_eq(fake_node("/local/domain/0/backend/vif/1/0/bridge"), "xenbr0");
    cr_assert_not_null(fake_node("%s/on_crash", fake_node("/local/domain/1/vm")));
    cr_assert_str_eq(fake_read("scripts.log"), "vif-bridge online vif1.0\n");
    cr_assert_eq(fake_domain(1)->flags & XEN_DOMINF_paused, 0);
    cr_assert_not_null(strstr(fake_read("run/domains/1.cfg"), "mac=00:16:3e:"));
}

/* The invariant of creation: at whatever step it fails, dom0 is as it was before. */
static void nothing_left_after_any_failure(void)
{
    unsigned int total, nodes = fake_node_count("/");
    uint64_t pages = fake_free_pages;

    fake_fail(0);
    cr_assert_eq(start(GUEST), 1, "%s", ts.fail.text);
    total = fake_calls();
    teardown(&ts, 1);
    for (unsigned int n = 1; n <= total; n++) {
        fake_fail(n);
        cr_assert_eq(start(GUEST), -1, "call %u may fail unnoticed", n);
        cr_assert_neq(ts.fail.text[0], '\0');
        cr_assert_eq(fake_domain_count(), 1, "call %u leaves a domain", n);
        cr_assert_eq(fake_node_count("/"), nodes, "call %u leaves %u nodes", n,
                     fake_node_count("/") - nodes);
        cr_assert_eq(fake_free_pages, pages, "call %u leaves memory", n);
        cr_assert_not(fake_file_exists("run/domains/1.cfg"));
    }
}

Test(create, nothing_left_after_any_failure, .init = begin)
{
    nothing_left_after_any_failure();
}

/* Then the devices are made before the kernel is known to be one. */
Test(create, nothing_left_after_any_failure_while_unpacking, .init = begin)
{
    fake_unpacking = true;
    nothing_left_after_any_failure();
}

static bool kernel_was_awaited;

static void look(const char *path)
{
    fake_good_backends(path);
    if (strstr(path, "/backend/vbd/1/") && strstr(path, "/state"))
        kernel_was_awaited |= fake_domain(1)->tot_pages > 0;
}

Test(create, devices_are_made_while_the_kernel_is_unpacked, .init = begin)
{
    fake_unpacking = true;
    fake_on_write = look;
    cr_assert_eq(start(GUEST), 1, "%s", ts.fail.text);
    cr_assert_not(kernel_was_awaited);
    cr_assert_eq(fake_domain(1)->tot_pages > 0, true);
}

static void interrupt(const char *path)
{
    fake_good_backends(path);
    if (strstr(path, "/backend/vif/1/0"))
        store_cancel(true);
}

Test(create, interrupted, .init = begin)
{
    fake_on_write = interrupt;
    assert_fails_with(start(GUEST), "interrupted");
    cr_assert_eq(fake_domain_count(), 1);
}

Test(create, crash_action_is_the_dialects_and_is_kept, .init = begin)
{
    cr_assert_eq(start("name='m'"), 1);
    ts.xl = true;
    cr_assert_eq(start("name='l'"), 2);
    cr_assert_str_eq(fake_node("%s/on_crash", fake_node("/local/domain/1/vm")), "restart");
    cr_assert_str_eq(fake_node("%s/on_crash", fake_node("/local/domain/2/vm")), "destroy");
    cr_assert_not_null(strstr(fake_read("run/domains/2.cfg"), "on_crash"));
}

Test(create, refusals, .init = begin)
{
    assert_fails_with(start("name='a b'"), "cannot be a domain's name");
    assert_fails_with(start("name='g'; uuid='12'"), "is not a UUID");
    assert_fails_with(start("name='g'; memory=9999"), "only 1024 MiB are free (Domain-0 holds");
    assert_fails_with(start("name='g'; cpus='9'"), "names no CPU of this machine");
    assert_fails_with(start("name='g'; cpus='x'"), "is not a set of CPUs");
    assert_fails_with(start("name='g'; maxmem=8"), "smaller than memory");
    assert_fails_with(start("name='g'; vcpus=2; maxvcpus=1"), "smaller than vcpus");
    assert_fails_with(start("name='g'; ramdisk='%s/none'"), "No such file");
    assert_fails_with(start("name='Domain-0'"), "already exists with ID '0'");
    cr_assert_eq(fake_domain_count(), 1);
}

static int second;

/* Another xm creates a guest between the first one's start and its kernel's being there. */
static void another(const char *path)
{
    fake_good_backends(path);
    if (strstr(path, "/backend/vbd/1/") && !second && fake_domain(1)->tot_pages == 0)
        second = start("name='late'; memory=600");
}

/* Two that do not both fit: the one that began is built, the other is refused before it begins. */
Test(create, memory_is_claimed_before_it_is_filled, .init = begin)
{
    xc_physinfo_t info;

    fake_unpacking = true;
    fake_on_write = another;
    cr_assert_eq(start("name='g'; memory=600; disk=['file:%s/a.img,xvda,w']"), 1, "%s",
                 ts.fail.text);
    cr_assert_eq(second, -1);
    cr_assert_eq(fake_domain(1)->tot_pages, 600 << 8);
    cr_assert_eq(fake_domain_count(), 2);
    cr_assert_eq(xc_physinfo(ts.xch, &info), 0);
    cr_assert_eq(info.outstanding_pages, 0, "no claim outlives the creation");
}

Test(create, uuid_forms, .init = begin)
{
    cr_assert_eq(start("name='g'; uuid='0123456789ABCDEF0123456789abcdef'"), 1);
    cr_assert_str_eq(fake_node("/local/domain/1/vm"), "/vm/01234567-89ab-cdef-0123-456789abcdef");
}

Test(create, event_channels, .init = begin)
{
    cr_assert_eq(start("name='g'"), 1);
    cr_assert_eq(fake_created.max_evtchn_port, 1023);
    cr_assert_eq(start("name='h'; event_channels=16000"), 2);
    cr_assert_eq(fake_created.max_evtchn_port, 16000);
}

Test(create, credit2, .init = begin)
{
    fake_scheduler = XEN_SCHEDULER_CREDIT2;
    cr_assert_eq(start("name='g'; cpu_weight=300"), 1, "%s", ts.fail.text);
}

/* How often a guest's start and end wait for the store. */
static unsigned int round_trips(void)
{
    unsigned int before = fake_round_trips;

    int domid = start("name='g'");

    cr_assert_gt(domid, 0, "%s", ts.fail.text);
    cr_assert_eq(teardown(&ts, domid), 0);
    return fake_round_trips - before;
}

/* A round trip is two changes of process: one for each guest there is made the hundredth slow. */
Test(create, many_other_guests_cost_no_round_trips_of_their_own, .init = begin)
{
    unsigned int alone = round_trips(), among;
    char name[16];

    for (uint32_t i = 1; i <= 100; i++) {
        snprintf(name, sizeof(name), "m%u", i);
        fake_domain_add(i, name);
    }
    among = round_trips();
    cr_assert_leq(alone, 25);
    cr_assert_leq(among, alone + 4, "%u among a hundred, %u alone", among, alone);
    cr_assert_str_eq(fake_node("/local/domain/100/name"), "m100");
}
