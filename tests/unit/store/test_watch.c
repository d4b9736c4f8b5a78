/* SPDX-License-Identifier: BSD-2-Clause */
/* Watches: what fires, for whom, with which path. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "fake.h"

TestSuite(watch, .init = fake_begin, .fini = fake_end);

Test(watch, fires_once_at_registration)
{
    cr_assert_str_eq(ask(&dom0, XS_WATCH, 0, STR("/none\0t\0")), "OK");
    cr_assert_str_eq(events(), "0 /none t;");
    cr_assert_str_eq(ask(&dom0, XS_WATCH, 0, STR("/none\0t\0")), "!EEXIST");
    cr_assert_str_eq(ask(&dom0, XS_WATCH, 0, STR("/none\0u\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_WATCH, 0, STR("/none\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_WATCH, 0, STR("/no ne\0t\0")), "!EINVAL");
}

Test(watch, fires_for_the_node_and_below)
{
    ask(&dom0, XS_WATCH, 0, STR("/a\0t\0"));
    ask(&dom0, XS_WATCH, 0, STR("/\0r\0"));
    events();
    ask(&dom0, XS_WRITE, 0, STR("/a\0v"));
    cr_assert_str_eq(events(), "0 /a r;0 /a t;");
    ask(&dom0, XS_WRITE, 0, STR("/a/b/c\0v"));
    cr_assert_str_eq(events(), "0 /a/b/c r;0 /a/b/c t;", "created parents are not reported");
    ask(&dom0, XS_WRITE, 0, STR("/ab\0v"));
    cr_assert_str_eq(events(), "0 /ab r;");
    ask(&dom0, XS_SET_PERMS, 0, STR("/a/b\0r0\0"));
    cr_assert_str_eq(events(), "0 /a/b r;0 /a/b t;");
    ask(&dom0, XS_MKDIR, 0, STR("/a/b\0"));
    cr_assert_str_eq(events(), "", "nothing changed");
}

Test(watch, removal_is_told_to_watches_below)
{
    ask(&dom0, XS_WRITE, 0, STR("/a/b/c\0v"));
    ask(&dom0, XS_WATCH, 0, STR("/a/b/c\0t\0"));
    ask(&dom0, XS_WATCH, 0, STR("/a/b/none\0u\0"));
    events();
    ask(&dom0, XS_RM, 0, STR("/a\0"));
    cr_assert_str_eq(events(), "0 /a/b/c t;");
}

Test(watch, relative_watches_report_relative_paths)
{
    ask(&dom1, XS_WATCH, 0, STR("dev\0t\0"));
    cr_assert_str_eq(events(), "1 dev t;");
    ask(&dom0, XS_WRITE, 0, STR("/local/domain/1/dev/x\0v"));
    cr_assert_str_eq(events(), "1 dev/x t;");
}

Test(watch, nobody_hears_of_what_he_may_not_read)
{
    ask(&dom0, XS_WRITE, 0, STR("/s/x\0v"));
    ask(&dom1, XS_WATCH, 0, STR("/s\0t\0"));
    events();
    ask(&dom0, XS_WRITE, 0, STR("/s/x\0w"));
    cr_assert_str_eq(events(), "");
    ask(&dom0, XS_SET_PERMS, 0, STR("/s/x\0n0\0r1\0"));
    cr_assert_str_eq(events(), "1 /s/x t;", "it may now");
    ask(&dom0, XS_SET_PERMS, 0, STR("/s/x\0n0\0"));
    cr_assert_str_eq(events(), "1 /s/x t;", "it might until now");
    ask(&dom0, XS_SET_PERMS, 0, STR("/s/x\0n0\0r1\0"));
    events();
    ask(&dom0, XS_RM, 0, STR("/s/x\0"));
    cr_assert_str_eq(events(), "1 /s/x t;", "it could read what is gone");
}

Test(watch, special_watches_fire_by_permission)
{
    ask(&dom0, XS_WATCH, 0, STR("@introduceDomain\0i\0"));
    ask(&dom1, XS_WATCH, 0, STR("@releaseDomain\0r\0"));
    ask(&dom0, XS_WATCH, 0, STR("@releaseDomain\0r\0"));
    events();
    cr_assert_str_eq(ask(&dom0, XS_INTRODUCE, 0, STR("1\00077\0005\0")), "OK");
    cr_assert_str_eq(events(), "0 @introduceDomain i;");
    cr_assert_str_eq(ask(&dom0, XS_RELEASE, 0, STR("1\0")), "OK");
    cr_assert_str_eq(events(), "0 @releaseDomain r;");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("@releaseDomain\0r1\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom0, XS_SET_PERMS, 0, STR("@releaseDomain\0n0\0r1\0")), "OK");
    events();
    store_fire_special(&s, SPECIAL_RELEASE);
    cr_assert_str_eq(events(), "1 @releaseDomain r;0 @releaseDomain r;");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("@releaseDomain\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_WRITE, 0, STR("@releaseDomain\0x")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_GET_PERMS, 0, STR("@other\0")), "!EINVAL");
}

Test(watch, unwatch_and_reset)
{
    ask(&dom0, XS_WATCH, 0, STR("/a\0t\0"));
    ask(&dom0, XS_WATCH, 0, STR("/a\0u\0"));
    ask(&dom0, XS_WATCH, 0, STR("/b\0v\0"));
    cr_assert_str_eq(ask(&dom0, XS_UNWATCH, 0, STR("/a\0t\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_UNWATCH, 0, STR("/a\0t\0")), "!ENOENT");
    events();
    ask(&dom0, XS_WRITE, 0, STR("/a\0x"));
    cr_assert_str_eq(events(), "0 /a u;");
    cr_assert_str_eq(ask(&dom0, XS_RESET_WATCHES, 0, STR("\0")), "OK");
    ask(&dom0, XS_WRITE, 0, STR("/a\0y"));
    cr_assert_str_eq(events(), "");
    cr_assert_eq(dom0.watch_count, 0);
}

Test(watch, number_is_limited_for_guests)
{
    char body[32];
    int ok = 0;

    s.quota.watches = 10;
    for (int i = 0; i < 20; i++) {
        int len = snprintf(body, sizeof(body), "w%c%d", 0, i) + 1;
        const char *got = ask(&dom1, XS_WATCH, 0, body, len);

        ok += !strcmp(got, "OK");
        cr_assert(!strcmp(got, "OK") || !strcmp(got, "!E2BIG"));
    }
    cr_assert_eq(ok, 10);
}

Test(watch, many_watches_in_one_bucket_stay_apart)
{
    char body[32];

    for (int i = 0; i < 3000; i++)
        ask(&dom0, XS_WATCH, 0, body, snprintf(body, sizeof(body), "/n/%d%ct", i, 0) + 1);
    events();
    ask(&dom0, XS_WRITE, 0, STR("/n/1234/x\0v"));
    cr_assert_str_eq(events(), "0 /n/1234/x t;");
}
