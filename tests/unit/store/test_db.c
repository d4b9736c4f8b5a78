/* SPDX-License-Identifier: BSD-2-Clause */
/* Node requests under permissions and quotas, as the wire shows them. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "fake.h"

TestSuite(db, .init = fake_begin, .fini = fake_end);

Test(db, write_creates_parents_and_read_returns_bytes)
{
    cr_assert_str_eq(ask(&dom0, XS_WRITE, 0, STR("/a/b/c\0x\0y")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a/b/c\0")), "x|y");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a/b\0")), "");
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY, 0, STR("/a\0")), "b");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a/x\0")), "!ENOENT");
}

Test(db, mkdir_leaves_values_alone)
{
    ask(&dom0, XS_WRITE, 0, STR("/a\0v"));
    cr_assert_str_eq(ask(&dom0, XS_MKDIR, 0, STR("/a\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a\0")), "v");
}

Test(db, rm_takes_children_and_forgives_missing_leaves)
{
    ask(&dom0, XS_WRITE, 0, STR("/a/b/c\0v"));
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/a\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_READ, 0, STR("/a/b/c\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/a\0")), "OK");
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/a/b\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom0, XS_RM, 0, STR("/\0")), "!EINVAL");
}

Test(db, guests_see_only_what_is_theirs)
{
    ask(&dom0, XS_WRITE, 0, STR("/secret/x\0v"));
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/secret/x\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/secret/none\0")), "!EACCES",
                     "nor what is not there");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, STR("/secret/y\0v")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_RM, 0, STR("/secret\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_DIRECTORY, 0, STR("/local/domain\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, STR("data/x\0v")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/local/domain/1/data/x\0")), "v");
    cr_assert_str_eq(ask(&dom2, XS_READ, 0, STR("/local/domain/1/data/x\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("data/none\0")), "!ENOENT");
}

Test(db, new_nodes_belong_to_their_creator)
{
    ask(&dom0, XS_MKDIR, 0, STR("/shared\0"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/shared\0b0\0"));
    ask(&dom1, XS_WRITE, 0, STR("/shared/x\0v"));
    cr_assert_str_eq(ask(&dom0, XS_GET_PERMS, 0, STR("/shared/x\0")), "b1");
    cr_assert_eq(tree_owned(&s.tree, 1), 2);
    ask(&dom0, XS_WRITE, 0, STR("/local/domain/1/y\0v"));
    cr_assert_str_eq(ask(&dom0, XS_GET_PERMS, 0, STR("/local/domain/1/y\0")), "n1",
                     "dom0's inherit the owner");
}

Test(db, permissions_are_changed_by_owners_only)
{
    ask(&dom0, XS_WRITE, 0, STR("/a\0v"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/a\0n0\0b1\0"));
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/a\0b1\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/local/domain/1\0n1\0r2\0")), "OK");
    cr_assert_str_eq(ask(&dom2, XS_READ, 0, STR("/local/domain/1\0")), "");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/local/domain/1\0n2\0")), "!EPERM",
                     "nodes cannot be given away");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/local/domain/1\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom1, XS_SET_PERMS, 0, STR("/local/domain/1\0n1\0r2\0r3\0r4\0r5\0r6\0")),
                     "!ENOSPC");
}

Test(db, a_target_lends_its_rights)
{
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/local/domain/2\0")), "!EACCES");
    cr_assert_str_eq(ask(&dom0, XS_SET_TARGET, 0, STR("1\0002\0")), "OK");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("/local/domain/2\0")), "");
}

Test(db, node_quota_counts_what_a_domain_owns)
{
    char path[32];
    int made = 1; /* its home */

    s.quota.nodes = 20;
    for (int i = 0; i < 50; i++) {
        int len = snprintf(path, sizeof(path), "d/%d", i) + 1;
        const char *got = ask(&dom1, XS_MKDIR, 0, path, len);

        cr_assert(!strcmp(got, "OK") || !strcmp(got, "!ENOSPC"));
    }
    made = tree_owned(&s.tree, 1);
    cr_assert_eq(made, 20);
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("x/y\0")), "!ENOSPC");
    ask(&dom1, XS_RM, 0, STR("d/0\0"));
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("x/y\0")), "!ENOSPC", "all or nothing");
    cr_assert_str_eq(ask(&dom1, XS_READ, 0, STR("x\0")), "!ENOENT");
    cr_assert_str_eq(ask(&dom1, XS_MKDIR, 0, STR("x\0")), "OK");
    cr_assert_str_eq(ask(&dom2, XS_MKDIR, 0, STR("x\0")), "OK", "others are not hurt");
}

Test(db, node_size_is_bounded_for_guests)
{
    char body[8 + 3000] = "big\0";

    s.quota.node_size = 2048;
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, body, 4 + 2048), "OK");
    cr_assert_str_eq(ask(&dom1, XS_WRITE, 0, body, 4 + 2049), "!ENOSPC");
    cr_assert_str_eq(ask(&dom0, XS_WRITE, 0, body, 4 + 2049), "OK");
}

Test(db, long_directories_come_in_parts)
{
    char body[64];
    size_t total = 0, names = 0;
    int len;

    ask(&dom0, XS_MKDIR, 0, STR("/d\0"));
    for (int i = 0; i < 300; i++) {
        len = snprintf(body, sizeof(body), "/d/a-rather-long-name-%03d", i);
        ask(&dom0, XS_MKDIR, 0, body, len + 1);
    }
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY, 0, STR("/d\0")), "!E2BIG");
    for (;;) {
        const char *got, *bar;

        len = snprintf(body, sizeof(body), "/d%c%zu", 0, total);
        got = ask(&dom0, XS_DIRECTORY_PART, 0, body, len + 1);
        bar = strchr(got, '|');
        cr_assert_not_null(bar);
        total += strlen(bar + 1) + 1;
        for (const char *p = bar + 1; *p; p++)
            names += *p == 'g' && p[1] == '-';
        if (got[strlen(got) - 1] == '|')
            break; /* an empty name ends the list */
    }
    cr_assert_eq(names, 300);
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\0x\0")), "!EINVAL");
    cr_assert_str_eq(ask(&dom0, XS_DIRECTORY_PART, 0, STR("/d\0")), "!EINVAL");
}
