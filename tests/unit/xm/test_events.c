/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened between two lists of domains. */
#include <criterion/criterion.h>
#include <string.h>

#include "xm/events.h"

static xc_domaininfo_t domain(uint32_t id, int uuid, uint32_t flags)
{
    xc_domaininfo_t d = {.domain = id, .flags = flags};

    d.handle[0] = uuid;
    return d;
}

static struct event events[16];

Test(events, begin_and_end)
{
    xc_domaininfo_t old[] = {domain(0, 0, 0), domain(1, 1, 0), domain(2, 2, 0)};
    xc_domaininfo_t now[] = {domain(0, 0, 0), domain(2, 2, 0), domain(3, 3, 0)};

    cr_assert_eq(events_between(old, 3, now, 3, events), 2);
    cr_assert_str_eq(events[0].what, "destroyed");
    cr_assert_eq(events[0].domain->domain, 1);
    cr_assert_str_eq(events[1].what, "created");
    cr_assert_eq(events[1].domain->domain, 3);
    cr_assert_eq(events_between(now, 3, now, 3, events), 0);
}

Test(events, shutdown_once)
{
    uint32_t reboot = XEN_DOMINF_shutdown | SHUTDOWN_reboot << XEN_DOMINF_shutdownshift;
    xc_domaininfo_t up = domain(1, 1, 0), down = domain(1, 1, reboot);

    cr_assert_eq(events_between(&up, 1, &down, 1, events), 1);
    cr_assert_str_eq(events[0].what, "shutdown");
    cr_assert_str_eq(events_reason(events[0].domain->flags), "reboot");
    cr_assert_eq(events_between(&down, 1, &down, 1, events), 0);
    cr_assert_eq(events_between(NULL, 0, &down, 1, events), 2);
}

Test(events, number_that_another_has_taken)
{
    xc_domaininfo_t old = domain(1, 1, 0), now = domain(1, 2, 0);

    cr_assert_eq(events_between(&old, 1, &now, 1, events), 2);
    cr_assert_str_eq(events[0].what, "destroyed");
    cr_assert_str_eq(events[1].what, "created");
}

Test(events, dying_is_gone)
{
    xc_domaininfo_t old = domain(1, 1, 0), now = domain(1, 1, XEN_DOMINF_dying);

    cr_assert_eq(events_between(&old, 1, &now, 1, events), 1);
    cr_assert_str_eq(events[0].what, "destroyed");
    cr_assert_eq(events_between(&now, 1, NULL, 0, events), 0);
    cr_assert_null(events_reason(200 << XEN_DOMINF_shutdownshift));
}
