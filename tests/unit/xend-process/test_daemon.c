/* SPDX-License-Identifier: BSD-2-Clause */
/* What a daemon that serves many guests' devices needs of the system. */
#include <criterion/criterion.h>
#include <sys/resource.h>

#include "lib/daemon.h"

static rlim_t room(void)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
}

Test(daemon, room_for_descriptors)
{
    struct rlimit limit;

    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 200;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_expect_eq(daemon_descriptors(100), 0);
    cr_expect_eq(room(), 200, "what there is stays");
    cr_expect_eq(daemon_descriptors(300), 0);
    cr_expect_eq(room(), 300);
}
