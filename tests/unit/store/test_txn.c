/* SPDX-License-Identifier: BSD-2-Clause */
/* Transactions: isolation, conflicts, limits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"
#include "store/txn.h"

static void begin(void)
{
    fake_begin();
    ask(&dom0, XS_WRITE, 0, STR("/a\0001"));
    ask(&dom0, XS_WRITE, 0, STR("/b\0001"));
}

TestSuite(txn, .init = begin, .fini = fake_end);

static const char *commit(struct client *c, uint32_t t)
{
    return ask(c, XS_TRANSACTION_END, t, STR("T\0"));
}

Test(txn, changes_are_seen_by_others_after_the_commit_only)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_WRITE, t, STR("/a\0002"));
    cr_assert_str_eq(ask(&dom0, XS_READ, t, STR("/a\0")), "2");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a\0")), "1");
    cr_assert_str_eq(commit(&dom0, t), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a\0")), "2");
    cr_assert_str_eq(commit(&dom0, t), "!ENOENT");
}

Test(txn, changes_of_others_are_not_seen_inside)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_WRITE, 0, STR("/a\0002"));
    cr_assert_str_eq(ask(&dom0, XS_READ, t, STR("/a\0")), "1");
    cr_assert_str_eq(commit(&dom0, t), "!EAGAIN");
}

Test(txn, abort_leaves_nothing)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_RM, t, STR("/a\0"));
    cr_assert_str_eq(ask(&dom0, XS_TRANSACTION_END, t, STR("F\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a\0")), "1");
}

Test(txn, unrelated_changes_do_not_conflict)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_READ, t, STR("/a\0"));
    ask(&dom0, XS_WRITE, t, STR("/c\0009"));
    ask(&dom0, XS_WRITE, 0, STR("/b\0002"));
    cr_assert_str_eq(commit(&dom0, t), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/c\0")), "9");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/b\0")), "2", "the other change stays");
}

Test(txn, conflicting_commit_changes_nothing)
{
    uint32_t t = start(&dom0);

    ask(&dom0, XS_WRITE, t, STR("/c\0009"));
    ask(&dom0, XS_DIRECTORY, t, STR("/\0"));
    ask(&dom0, XS_WRITE, 0, STR("/new\0001"));
    cr_assert_str_eq(commit(&dom0, t), "!EAGAIN");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/c\0")), "!ENOENT");
}

Test(txn, write_skew_is_a_conflict)
{
    uint32_t t1 = start(&dom0), t2 = start(&dom0);

    ask(&dom0, XS_READ, t1, STR("/a\0"));
    ask(&dom0, XS_WRITE, t1, STR("/b\0002"));
    ask(&dom0, XS_READ, t2, STR("/b\0"));
    ask(&dom0, XS_WRITE, t2, STR("/a\0002"));
    cr_assert_str_eq(commit(&dom0, t1), "OK");
    cr_assert_str_eq(commit(&dom0, t2), "!EAGAIN");
}

Test(txn, lost_permission_is_a_conflict)
{
    uint32_t t = start(&dom1);

    cr_assert_str_eq(ask(&dom1, XS_WRITE, t, STR("x\0001")), "OK");
    ask(&dom0, XS_SET_PERMS, 0, STR("/local/domain/1\0n0\0"));
    cr_assert_str_eq(commit(&dom1, t), "!EAGAIN");
}

Test(txn, events_come_with_the_commit)
{
    uint32_t t;

    ask(&dom0, XS_WATCH, 0, STR("/a\0tok\0"));
    events();
    t = start(&dom0);
    ask(&dom0, XS_WRITE, t, STR("/a\0002"));
    cr_assert_str_eq(events(), "");
    commit(&dom0, t);
    cr_assert_str_eq(events(), "0 /a tok;");
    t = start(&dom0);
    ask(&dom0, XS_WRITE, t, STR("/a\0003"));
    ask(&dom0, XS_WRITE, 0, STR("/b\0003"));
    commit(&dom0, t);
    cr_assert_str_eq(events(), "0 /a tok;", "also by the slow path");
}

Test(txn, numbers_are_limited)
{
    s.quota.transactions = 3;
    for (int i = 0; i < 3; i++)
        cr_assert_neq(start(&dom1), 0);
    cr_assert_str_eq(ask(&dom1, XS_TRANSACTION_START, 0, STR("\0")), "!ENOSPC");
    cr_assert_str_eq(ask(&dom1, XS_TRANSACTION_START, 1, STR("\0")), "!EBUSY");
    cr_assert_str_eq(ask(&dom1, XS_RESET_WATCHES, 0, STR("\0")), "OK");
    cr_assert_neq(start(&dom1), 0);
}

Test(txn, length_is_limited)
{
    uint32_t t = start(&dom1);

    s.quota.transaction_nodes = 5;
    for (int i = 0; i < 5; i++)
        cr_assert_str_eq(ask(&dom1, XS_WRITE, t, STR("x\0001")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, t, STR("x\0001")), "!ENOSPC");
}

Test(txn, ids_are_of_their_client)
{
    uint32_t t = start(&dom0);

    cr_assert_str_eq(ask(&dom1, XS_READ, t, STR("x\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_READ, t + 1, STR("/a\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_TRANSACTION_END, t, STR("X\0")), "!EINVAL");
}

Test(txn, old_ones_expire)
{
    uint32_t old = start(&dom1), young;

    ask(&dom1, XS_WRITE, old, STR("x\0001"));
    s.tree.gen += TXN_LIFETIME;
    young = start(&dom1);
    s.tree.gen++;
    txn_expire(&dom1, s.tree.gen);
    cr_assert_str_eq(ask(&dom1, XS_WRITE, young, STR("y\0001")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, old, STR("x\0001")), "!EAGAIN");
    cr_assert_str_eq(commit(&dom1, old), "!EAGAIN");
    cr_assert_str_eq(commit(&dom1, young), "OK");
}

/*
 * Clients count a shared number up in overlapping transactions; whatever the interleaving, the
 * number must be the count of successful commits.
 */
Test(txn, random_counters_lose_nothing)
{
    enum { CLIENTS = 4 };
    uint32_t t[CLIENTS] = {0};
    int value[CLIENTS], commits = 0;
    char body[32];

    srand(2);
    ask(&dom0, XS_WRITE, 0, STR("/n\0000"));
    for (int i = 0; i < 2000; i++) {
        int c = rand() % CLIENTS, len;

        if (!t[c]) {
            t[c] = start(&dom0);
            value[c] = atoi(ask(&dom0, XS_READ, t[c], STR("/n\0")));
        } else if (rand() % 2) {
            len = snprintf(body, sizeof(body), "/n%c%d", 0, value[c] + 1);
            ask(&dom0, XS_WRITE, t[c], body, len);
            commits += !strcmp(commit(&dom0, t[c]), "OK");
            t[c] = 0;
        } else if (rand() % 4 == 0) {
            ask(&dom0, XS_WRITE, 0, STR("/b\0x"));
        }
    }
    cr_assert_gt(commits, 100);
    cr_assert_eq(atoi(ask(&dom0, XS_READ, 0, STR("/n\0"))), commits);
}
