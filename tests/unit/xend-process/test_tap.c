/* SPDX-License-Identifier: BSD-2-Clause */
/* TAP interfaces, in a network namespace of the test's own. */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "xend/tap.h"

static void own_network(void)
{
    if (geteuid() != 0)
        cr_skip_test("only root makes interfaces");
    cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0, "name spaces of its own");
    cr_assert_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    cr_assert_eq(mount("none", "/sys", "sysfs", 0, NULL), 0, "whose interfaces /sys shows");
}

/* Opens tap0, closes what it got, sets it up: its queueing discipline as ip(8) names it. */
static const char *discipline(void)
{
    static char name[32];
    int fds[NET_QUEUES];
    struct fail f = {0};
    FILE *ip;

    cr_assert_eq(tap_open("tap0", fds, &f), 0);
    for (int i = 0; i < NET_QUEUES; i++)
        close(fds[i]);
    cr_assert_eq(system("ip link set tap0 up"), 0);
    ip = popen("ip link show tap0 | sed -n 's/.* qdisc \\([^ ]*\\) .*/\\1/p'", "r");
    cr_assert(ip && fgets(name, sizeof(name), ip));
    pclose(ip);
    name[strcspn(name, "\n")] = '\0';
    return name;
}

Test(tap, no_queues_of_the_kernels, .init = own_network)
{
    cr_expect_str_eq(discipline(), "noqueue");
    cr_expect_str_eq(discipline(), "noqueue", "taken over");
}

Test(tap, what_somebody_set_stays, .init = own_network)
{
    discipline();
    cr_assert_eq(system("tc qdisc replace dev tap0 root pfifo limit 7"), 0);
    cr_expect_str_eq(discipline(), "pfifo");
}

Test(tap, removed, .init = own_network)
{
    discipline();
    tap_remove("tap0");
    cr_expect_neq(system("ip link show tap0 2>/dev/null"), 0);
    tap_remove("tap0");
}
