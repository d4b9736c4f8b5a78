/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking domains away. */
#include "domain_test.h"

#define GUEST "name='g'; disk=['file:%s/a.img,xvda,w']; vif=['bridge=xenbr0']"

Test(destroy, leaves_nothing, .init = begin)
{
    unsigned int nodes = fake_node_count("/");

    cr_assert_eq(start(GUEST), 1);
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(fake_node_count("/"), nodes);
    cr_assert_not(fake_file_exists("run/domains/1.cfg"));
    cr_assert_not_null(strstr(fake_read("scripts.log"), "vif-bridge offline vif1.0"));
}

/*
 * The daemons let go of the last pages after xenstored has told of the domain for the last time, so
 * no event comes any more: this once took the whole 10 s.
 */
Test(destroy, does_not_wait_for_an_event_that_never_comes, .init = begin)
{
    cr_assert_eq(start("name='g'"), 1);
    fake_linger = 3;
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_lt(fake_now, 100, "took %lld ms", (long long)fake_now);
}

static void deaf_backends(const char *path)
{
    (void)path;
}

Test(destroy, backend_that_does_not_answer, .init = begin)
{
    cr_assert_eq(start(GUEST), 1);
    fake_on_write = deaf_backends;
    cr_assert_eq(teardown(&ts, 1), 0);
    cr_assert_eq(fake_domain_count(), 1);
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vif/1"), 0);
    cr_assert_eq(fake_now, 10000);
}

Test(destroy, remains_of_a_dead_domain, .init = begin)
{
    fake_node_set("old", "/local/domain/7/name");
    fake_node_set("6", "/local/domain/0/backend/vbd/7/51712/state");
    cr_assert_eq(teardown(&ts, 7), 0);
    cr_assert_eq(fake_node_count("/local/domain/7"), 0);
    cr_assert_eq(fake_node_count("/local/domain/0/backend/vbd/7"), 0);
}

/* An error that led to the teardown is what the user must see. */
Test(destroy, keeps_the_first_error, .init = begin)
{
    fake_script("vif-bridge", 1);
    assert_fails_with(start(GUEST), "vif-bridge online: no message");
    cr_assert_eq(fake_domain_count(), 1);
}
