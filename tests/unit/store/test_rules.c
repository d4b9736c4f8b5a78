/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds on both of their sides, failures that leave nothing behind, and who hears of what, for
 * requests of hostile guests.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

TestSuite(rules, .init = fake_begin, .fini = fake_end);

static char body[8192];

/* A body of an argument of `len` times `c` after `first`, and a second one. */
static size_t long_body(const char *first, char c, size_t len, const char *second)
{
    size_t n = strlen(first);

    memcpy(body, first, n);
    memset(body + n, c, len - n);
    body[len] = '\0';
    strcpy(body + len + 1, second);
    return len + strlen(second) + 2;
}

Test(rules, paths_at_their_longest)
{
    static const struct {
        const char *first;
        size_t longest;
    } kinds[] = {
        {"/", XENSTORE_ABS_PATH_MAX}, {"x", XENSTORE_REL_PATH_MAX}, {"@", XENSTORE_REL_PATH_MAX}};

    for (size_t i = 0; i < 3; i++) {
        for (size_t more = 0; more < 3; more++) {
            size_t len = long_body(kinds[i].first, 'a', kinds[i].longest + more, "t");

            cr_assert_str_eq(ask(&dom1, XS_WATCH, 0, body, len), more ? "!EINVAL" : "OK", "%zu %zu",
                             i, more);
            if (kinds[i].first[0] != '@')
                cr_assert_str_eq(ask(&dom0, XS_WRITE, 0, body, len), more ? "!EINVAL" : "OK");
        }
        for (size_t len = kinds[i].longest; len < XENSTORE_PAYLOAD_MAX - 8; len += 97) {
            size_t n = long_body(kinds[i].first, 'a', len + 1, "t");

            cr_assert_str_eq(ask(&dom1, XS_WATCH, 0, body, n), "!EINVAL");
            cr_assert_str_eq(ask(&dom1, XS_UNWATCH, 0, body, n), "!EINVAL");
            cr_assert_eq(ask(&dom1, XS_GET_PERMS, 0, body, len + 2)[0], '!');
        }
    }
}

Test(rules, paths_are_of_plain_characters)
{
    char path[] = "/a?b";

    for (int c = 1; c < 256; c++) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-_@/", c);

        path[2] = (char)c;
        cr_assert_str_eq(ask(&dom0, XS_MKDIR, 0, path, sizeof(path)), plain ? "OK" : "!EINVAL",
                         "%d", c);
    }
    cr_assert_str_eq(ask(&dom0, XS_MKDIR, 0, STR("/a//b\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_MKDIR, 0, STR("/a/\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_MKDIR, 0, STR("\0")), "!EINVAL");
}

Test(rules, quotas_are_numbers_that_fit)
{
    static const char *const bad[] = {"-1",
                                      "x",
                                      "",
                                      "1x",
                                      "2147483648",
                                      "4294967296",
                                      "18446744073709551615",
                                      "18446744073709551616"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int len = snprintf(body, sizeof(body), "quota%cnodes%c%s", 0, 0, bad[i]) + 1;

        cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, body, len), "!EINVAL", "'%s'", bad[i]);
    }
    cr_assert_str_eq(ask(&dom0, XS_CONTROL, 0, STR("quota\0nodes\0002147483647\0")), "OK");
    cr_assert_eq(s.quota.nodes, (unsigned int)INT_MAX);
}

/* The list in parts is the list, wherever the parts end. */
Test(rules, a_directory_in_parts)
{
    static char name[128];

    for (int i = 0; i < 68; i++) { /* 60 bytes each: 4080 */
        snprintf(name, sizeof(name), "/d/%02d-%056d", i, 0);
        ask(&dom0, XS_MKDIR, 0, name, strlen(name) + 1);
    }
    for (int last = 1; last < 60; last++) {
        size_t at = 0;
        int parts = 0;

        snprintf(name, sizeof(name), "/d/z%0*d", last, 0);
        ask(&dom0, XS_MKDIR, 0, name, strlen(name) + 1);
        for (bool end = false; !end && parts < 5; parts++) {
            int len = snprintf(body, sizeof(body), "/d%c%zu", 0, at) + 1;
            const char *got = ask(&dom0, XS_DIRECTORY_PART, 0, body, len);
            size_t n = strlen(got);

            cr_assert_neq(got[0], '!', "%s at %zu, last name of %d", got, at, last);
            cr_assert_leq(n, XENSTORE_PAYLOAD_MAX);
            got = strchr(got, '|') + 1; /* the generation */
            n = strlen(got);
            end = n == 0 || got[n - 1] == '|'; /* the final nul is not shown */
            at += end ? n : n + 1;
        }
        cr_assert_lt(parts, 5);
        cr_assert_eq(at, 68u * 60 + last + 2, "%zu bytes with a last name of %d", at, last);
        ask(&dom0, XS_RM, 0, name, strlen(name) + 1);
    }
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\0x\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\0-1\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\00099999999999\0")), "!EINVAL");
}

Test(rules, a_watch_on_what_is_removed_hears_once)
{
    ask(&dom0, XS_WRITE, 0, STR("/a/b\0v"));
    ask(&dom0, XS_WATCH, 0, STR("/a/b\0t\0"));
    ask(&dom0, XS_WATCH, 0, STR("/a\0u\0"));
    events();
    ask(&dom0, XS_RM, 0, STR("/a/b\0"));
    cr_assert_str_eq(events(), "0 /a/b u;0 /a/b t;");
    ask(&dom0, XS_RM, 0, STR("/a\0"));
    cr_assert_str_eq(events(), "0 /a u;");
}

/* A transaction that fails has happened to nobody. */
Test(rules, a_conflict_is_not_heard_of)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_WRITE, 0, STR("/a\0001"));
    ask(&dom0, XS_WATCH, 0, STR("/new\0t\0"));
    events();
    ask(&dom0, XS_WRITE, t, STR("/new\0009"));
    ask(&dom0, XS_READ, t, STR("/a\0"));
    ask(&dom0, XS_WRITE, 0, STR("/a\0002"));
    cr_assert_str_eq(ask(&dom0, XS_TRANSACTION_END, t, STR("T\0")), "!EAGAIN");
    cr_assert_str_eq(events(), "");
    t = start(&dom0);
    ask(&dom0, XS_WRITE, t, STR("/new\0009"));
    cr_assert_str_eq(ask(&dom0, XS_TRANSACTION_END, t, STR("F\0")), "OK");
    cr_assert_str_eq(events(), "");
}

/* Refusals of the quotas, one below and one above. */
Test(rules, quotas_hold_at_their_edge)
{
    s.quota.node_size = 100;
    size_t n = long_body("x", 'x', 1, "");
    memset(body + n - 1, 'v', 200);
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, body, 2 + 100), "OK");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, body, 2 + 101), "!ENOSPC");
    s.quota.perms = 3;
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("x\0n1\0r2\0r3\0")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("x\0n1\0r2\0r3\0r4\0")), "!ENOSPC");
    s.quota.nodes = 4;
    int made = 0;
    for (char c = 'a'; c < 'k'; c++) {
        char path[] = {'n', c, '\0'};
        made += !strcmp(ask(&dom1, XS_MKDIR, 0, path, 3), "OK");
    }
    cr_assert_lt(made, 4);
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("p/q/r\0")), "!ENOSPC");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("p\0")), "!ENOENT", "nothing of it was made");
    cr_assert_str_eq(ask(&dom1, XS_RM, 0, STR("na\0")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("nz\0")), "OK", "what is gone is not counted");
}

/* More permissions than the longest list, for the control domain, too. */
Test(rules, permission_lists_end)
{
    size_t n = 0;

    ask(&dom0, XS_WRITE, 0, STR("/p\0v"));
    strcpy(body, "/p");
    for (n = 3; n + 6 < XENSTORE_PAYLOAD_MAX;)
        n += (size_t)sprintf(body + n, "r%zu", n) + 1;
    const char *got = ask(&dom0, XS_SET_PERMS, 0, body, n);
    cr_assert_str_eq(got, "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_SET_PERMS, 0, STR("/p\0r0\0x1\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_SET_PERMS, 0, STR("/p\0r0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_SET_PERMS, 0, STR("/p\0")), "!EINVAL");
}

/* The root stays, and a guest removes nothing that is not its own. */
Test(rules, what_cannot_be_removed)
{
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/\0")), "!EINVAL");
    ask(&dom0, XS_WRITE, 0, STR("/k/x\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/k/x\0r0\0"));
    cr_assert_str_eq(ask(&dom1, XS_RM, 0, STR("/k/x\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, STR("/k/x\0w")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/k/x\0")), "v");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/k/x\0b1\0")), "!EACCES");
    ask(&dom0, XS_SET_PERMS, 0, STR("/k/x\0n0\0b1\0"));
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, STR("/k/x\0w")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/k/x\0n1\0")), "!EACCES",
                     "writing is not owning");
}

/* A list of nodes is told only who may read it, and their absence as well. */
Test(rules, absence_is_told_only_who_may_know)
{
    ask(&dom0, XS_WRITE, 0, STR("/secret/x\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/secret\0n0\0"));
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/secret/none\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_DIRECTORY, 0, STR("/secret\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_DIRECTORY_PART, 0, STR("/secret\0000\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_GET_PERMS, 0, STR("/secret\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("/secret/y\0")), "!EACCES");
    ask(&dom1, XS_WATCH, 0, STR("/secret\0t\0"));
    events();
    ask(&dom0, XS_WRITE, 0, STR("/secret/new\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/secret/new\0n0\0"));
    ask(&dom0, XS_RM, 0, STR("/secret/new\0"));
    cr_assert_str_eq(events(), "");
}

Test(rules, the_end_of_a_secret_is_one)
{
    ask(&dom0, XS_WRITE, 0, STR("/s/x/y\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/s/x\0n0\0"));
    ask(&dom1, XS_WATCH, 0, STR("/s/x\0t\0"));
    events();
    ask(&dom0, XS_RM, 0, STR("/s\0"));
    cr_assert_str_eq(events(), "");
}

/* A guest that owns a special name, by a mistake of the tools, does not hand it on. */
Test(rules, special_names_are_the_control_domains)
{
    cr_assert_str_eq(ask(&dom0, XS_SET_PERMS, 0, STR("@releaseDomain\0b1\0")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("@releaseDomain\0b1\0r2\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom0, XS_GET_PERMS, 0, STR("@releaseDomain\0")), "b1");
}

/* Whoever acts for another has his own rights and the other's. */
Test(rules, a_target_adds_rights)
{
    ask(&dom1, XS_WRITE, 0, STR("x\0v"));
    ask(&dom1, XS_SET_PERMS, 0, STR("x\0n1\0"));
    ask(&dom2, XS_WRITE, 0, STR("y\0v"));
    ask(&dom2, XS_SET_PERMS, 0, STR("y\0n2\0"));
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/local/domain/2/y\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom0, XS_SET_TARGET, 0, STR("1\0002\0")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/local/domain/2/y\0")), "v");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("x\0")), "v");
    cr_assert_str_eq(ask(&dom2, XS_READ, 0, STR("/local/domain/1/x\0")), "!EACCES", "one way only");
}
