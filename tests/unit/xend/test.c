/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may share a disk, and what happens to a domain that went down. */
#include <criterion/criterion.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/sched.h>

#include "domain/share.h"
#include "xend/verdict.h"

Test(share, modes)
{
    cr_assert_eq(share_mode("r"), SHARE_READ);
    cr_assert_eq(share_mode("ro"), SHARE_READ);
    cr_assert_eq(share_mode("w"), SHARE_WRITE);
    cr_assert_eq(share_mode("rw"), SHARE_WRITE);
    cr_assert_eq(share_mode("w!"), SHARE_WRITE_SHARED);
    cr_assert_eq(share_mode(""), SHARE_READ);
}

Test(share, rules)
{
    cr_assert_not(share_clash(SHARE_READ, SHARE_READ));
    cr_assert(share_clash(SHARE_READ, SHARE_WRITE));
    cr_assert(share_clash(SHARE_WRITE, SHARE_READ));
    cr_assert(share_clash(SHARE_WRITE, SHARE_WRITE));
    cr_assert_not(share_clash(SHARE_WRITE_SHARED, SHARE_WRITE));
    cr_assert_not(share_clash(SHARE_WRITE, SHARE_WRITE_SHARED));
}

Test(verdict, keys)
{
    cr_assert_str_eq(verdict_key(SHUTDOWN_poweroff), "on_poweroff");
    cr_assert_str_eq(verdict_key(SHUTDOWN_reboot), "on_reboot");
    cr_assert_str_eq(verdict_key(SHUTDOWN_crash), "on_crash");
    cr_assert_str_eq(verdict_key(SHUTDOWN_watchdog), "on_crash");
    cr_assert_str_eq(verdict_key(250), "on_crash");
    cr_assert_null(verdict_key(SHUTDOWN_suspend));
}

Test(verdict, actions)
{
    cr_assert_eq(verdict_of("destroy"), VERDICT_DESTROY);
    cr_assert_eq(verdict_of("coredump-destroy"), VERDICT_DESTROY);
    cr_assert_eq(verdict_of("restart"), VERDICT_RESTART);
    cr_assert_eq(verdict_of("coredump-restart"), VERDICT_RESTART);
    cr_assert(verdict_wants_core("coredump-destroy") && verdict_wants_core("coredump-restart"));
    cr_assert_not(verdict_wants_core("destroy") || verdict_wants_core(NULL));
    cr_assert_eq(verdict_of("preserve"), VERDICT_PRESERVE);
    cr_assert_eq(verdict_of("rename-restart"), VERDICT_RENAME_RESTART);
    cr_assert_eq(verdict_of(NULL), VERDICT_DESTROY);
}

Test(verdict, third_short_life_in_a_row_is_the_last)
{
    unsigned int short_lives = 0;

    cr_assert(verdict_may_restart(&short_lives, 3));
    cr_assert(verdict_may_restart(&short_lives, 9));
    cr_assert_not(verdict_may_restart(&short_lives, 0));
}

Test(verdict, one_long_life_forgives)
{
    unsigned int short_lives = 0;

    verdict_may_restart(&short_lives, 1);
    verdict_may_restart(&short_lives, 1);
    cr_assert(verdict_may_restart(&short_lives, 10));
    cr_assert(verdict_may_restart(&short_lives, 1));
    cr_assert(verdict_may_restart(&short_lives, -1)); /* a clock set back proves nothing */
}
