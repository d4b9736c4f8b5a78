/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree: forks, owners' counts, removal, and a random walk under audit. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/tree.h"

static struct tree t;
static struct perm_list owner[4];

static void begin(void)
{
    tree_init(&t);
    for (unsigned int i = 0; i < 4; i++)
        perm_init(&owner[i], i, XS_PERM_NONE);
}

static void end(void)
{
    cr_assert_null(tree_audit(&t), "%s", tree_audit(&t));
    tree_free(&t);
    for (unsigned int i = 0; i < 4; i++)
        perm_free(&owner[i]);
}

TestSuite(tree, .init = begin, .fini = end);

Test(tree, finds_what_was_created)
{
    size_t depth;

    tree_create(&t, "/a", &owner[1]);
    tree_create(&t, "/a/b", &owner[2]);
    cr_assert_str_eq(tree_find(&t, "/a/b")->name, "b");
    cr_assert_null(tree_find(&t, "/a/b/c"));
    cr_assert_null(tree_find(&t, "/ab"));
    cr_assert_str_eq(tree_nearest(&t, "/a/x/y", &depth)->name, "a");
    cr_assert_eq(depth, 2);
    cr_assert_eq(tree_nearest(&t, "/x", &depth), t.root);
    cr_assert_eq(depth, 1);
    cr_assert_not_null(tree_find(&t, "@releaseDomain"));
    cr_assert_null(tree_find(&t, "@other"));
    cr_assert_eq(tree_owned(&t, 1), 1);
    cr_assert_eq(tree_owned(&t, 3), 0);
}

Test(tree, forks_do_not_see_each_other)
{
    struct tree fork;

    tree_create(&t, "/a", &owner[0]);
    node_set_value(tree_modify(&t, "/a"), "old", 3);
    tree_fork(&fork, &t);
    node_set_value(tree_modify(&fork, "/a"), "new", 3);
    tree_create(&fork, "/a/b", &owner[1]);
    node_put(tree_remove(&t, "/a"));
    cr_assert_null(tree_find(&t, "/a"));
    cr_assert_str_eq(tree_find(&fork, "/a")->value, "new");
    cr_assert_eq(tree_owned(&fork, 1), 1);
    cr_assert_eq(tree_owned(&t, 1), 0);
    cr_assert_null(tree_audit(&fork));
    tree_free(&fork);
}

Test(tree, changing_a_leaf_shares_the_rest)
{
    struct tree fork;

    tree_create(&t, "/a", &owner[0]);
    tree_create(&t, "/b", &owner[0]);
    tree_fork(&fork, &t);
    tree_modify(&fork, "/a");
    cr_assert_eq(tree_find(&fork, "/b"), tree_find(&t, "/b"));
    cr_assert_neq(tree_find(&fork, "/a"), tree_find(&t, "/a"));
    tree_free(&fork);
}

Test(tree, dead_domains_leave_nothing)
{
    struct perm_list mixed;

    perm_parse(&mixed, "n0\0r2", 6);
    tree_create(&t, "/a", &mixed);
    tree_create(&t, "/a/b", &owner[2]);
    tree_create(&t, "/a/b/c", &owner[1]);
    tree_create(&t, "/a/d", &owner[1]);
    tree_forget_domain(&t, 2);
    cr_assert_null(tree_find(&t, "/a/b"), "with what others have below");
    cr_assert_not_null(tree_find(&t, "/a/d"));
    cr_assert_eq(tree_find(&t, "/a")->perms.n, 1);
    cr_assert_eq(tree_owned(&t, 2), 0);
    cr_assert_eq(tree_owned(&t, 1), 1);
    perm_free(&mixed);
}

/* One random change at a random path of four levels. */
static void random_step(struct tree *on)
{
    char path[16];
    size_t depth;
    struct perm_list copy;

    snprintf(path, sizeof(path), "/%d/%d/%d", rand() % 4, rand() % 4, rand() % 4);
    path[2 * (1 + rand() % 3)] = '\0';
    tree_nearest(on, path, &depth);
    switch (rand() % 5) {
    case 0:
        if (tree_find(on, path))
            node_put(tree_remove(on, path));
        break;
    case 1:
        if (tree_find(on, path)) {
            perm_copy(&copy, &owner[rand() % 4]);
            tree_set_perms(on, path, &copy);
        }
        break;
    case 2:
        tree_forget_domain(on, 1 + rand() % 3);
        break;
    default:
        while (!tree_find(on, path)) {
            char part[16];

            depth = depth == 1 ? 2 : depth + 2;
            snprintf(part, sizeof(part), "%.*s", (int)depth, path);
            tree_create(on, part, &owner[rand() % 4]);
        }
    }
}

Test(tree, random_walk_keeps_the_invariants)
{
    struct tree fork;

    srand(1);
    for (int i = 0; i < 300; i++) {
        tree_fork(&fork, &t);
        for (int k = 0; k < 10; k++) {
            random_step(rand() % 2 ? &fork : &t);
            cr_assert_null(tree_audit(&t), "%s", tree_audit(&t));
            cr_assert_null(tree_audit(&fork), "%s", tree_audit(&fork));
        }
        if (rand() % 2) {
            struct tree swap = t;

            t = fork;
            fork = swap;
        }
        tree_free(&fork);
    }
}
