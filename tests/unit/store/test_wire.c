/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire: malformed requests, privilege, domain requests, control. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "fake.h"

TestSuite(wire, .init = fake_begin, .fini = fake_end);

Test(wire, unknown_requests_are_not_implemented)
{
    cr_assert_str_eq(ask(&dom0, XS_TYPE_COUNT, 0, STR("\0")), "!ENOSYS");
    cr_assert_str_eq(ask(&dom0, XS_INVALID, 0, STR("\0")), "!ENOSYS");
    cr_assert_str_eq(ask(&dom0, XS_WATCH_EVENT, 0, STR("/a\0b\0")), "!ENOSYS");
    cr_assert_str_eq(ask(&dom0, XS_ERROR, 0, STR("EINVAL\0")), "!ENOSYS");
}

Test(wire, payloads_without_nul_are_refused)
{
    for (uint32_t type = 0; type < XS_TYPE_COUNT; type++) {
        if (type == XS_TRANSACTION_START || type == XS_RESET_WATCHES)
            continue;
        cr_assert_eq(ask(&dom0, type, 0, STR("/a"))[0], '!', "type %u", type);
        cr_assert_eq(ask(&dom0, type, 0, "", 0)[0], '!', "type %u", type);
    }
}

Test(wire, extra_arguments_are_refused)
{
    ask(&dom0, XS_WRITE, 0, STR("/a\0v"));
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a\0/b\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/a\0x")), "!EINVAL");
}

Test(wire, guests_may_not_manage_domains)
{
    static const uint32_t privileged[] = {XS_CONTROL, XS_INTRODUCE, XS_RELEASE, XS_RESUME,
                                          XS_SET_TARGET};

    for (size_t i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++)
        cr_assert_str_eq(ask(&dom1, privileged[i], 0, STR("1\00077\0005\0")), "!EACCES");
}

Test(wire, domain_numbers_are_checked)
{
    static const char *const bad[] = {"", "x", "-1", "1x", "32752", "99999", "4294967297"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_str_eq(ask(&dom0, XS_RELEASE, 0, bad[i], strlen(bad[i]) + 1), "!EINVAL", "'%s'",
                         bad[i]);
        cr_assert_str_eq(ask(&dom0, XS_RESUME, 0, bad[i], strlen(bad[i]) + 1), "!EINVAL");
    }
    cr_assert_str_eq(ask(&dom0, XS_RELEASE, 0, STR("0\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_RELEASE, 0, STR("3\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_RESUME, 0, STR("1\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_INTRODUCE, 0, STR("1\00077\0000\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_INTRODUCE, 0, STR("1\00077\0")), "!EINVAL");
}

Test(wire, domain_questions)
{
    cr_assert_str_eq(ask(&dom1, XS_GET_DOMAIN_PATH, 0, STR("007\0")), "/local/domain/7");
    cr_assert_str_eq(ask(&dom0, XS_IS_DOMAIN_INTRODUCED, 0, STR("1\0")), "T");
    cr_assert_str_eq(ask(&dom0, XS_IS_DOMAIN_INTRODUCED, 0, STR("9\0")), "F");
}

Test(wire, control)
{
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("check\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("quota\0nodes\0005\0")), "OK");
    cr_assert_eq(s.quota.nodes, 5);
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("quota\0nodes\0x\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("quota\0other\0001\0")), "!EINVAL");
    cr_assert_not_null(strstr(ask(&dom0, XS_CONTROL, 0, STR("quota\0")), "nodes"));
    cr_assert_not_null(strstr(ask(&dom0, XS_CONTROL, 0, STR("help\0")), "check"));
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("print\0hello\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("nonsense\0")), "!EINVAL");
}

Test(wire, replies_never_exceed_the_limit)
{
    char body[4096] = "/v";

    cr_assert_str_eq(ask(&dom0, XS_WRITE, 0, body, sizeof(body)), "OK");
    cr_assert_eq(strlen(ask(&dom0, XS_READ, 0, STR("/v\0"))), 4093 - 1);
}

Test(wire, dead_domains_are_forgotten)
{
    ask(&dom1, XS_WRITE, 0, STR("x\0v"));
    ask(&dom0, XS_WRITE, 0, STR("/k\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/k\0n0\0r1\0"));
    ask(&dom0, XS_RELEASE, 0, STR("1\0"));
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/local/domain/1/x\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_GET_PERMS, 0, STR("/k\0")), "n0");
}
