/* SPDX-License-Identifier: BSD-2-Clause */
/* Permission lists: text, rights, owners, targets. */
#include <criterion/criterion.h>
#include <errno.h>

#include "fake.h"

#define RW (XS_PERM_READ | XS_PERM_WRITE)

static struct perm_list list;

static unsigned int rights(unsigned int domid, unsigned int target, bool privileged)
{
    struct subject who = {domid, target, privileged};

    return perm_rights(&list, &who);
}

Test(perm, rights_follow_the_list)
{
    cr_assert_eq(perm_parse(&list, STR("r1\0w2\0b3\0n4\0")), 0);
    cr_assert_eq(rights(1, 1, false), RW | XS_PERM_OWNER);
    cr_assert_eq(rights(2, 2, false), XS_PERM_WRITE);
    cr_assert_eq(rights(3, 3, false), RW);
    cr_assert_eq(rights(4, 4, false), XS_PERM_NONE);
    cr_assert_eq(rights(5, 5, false), XS_PERM_READ, "the owner's entry is the default");
    cr_assert_eq(rights(9, 9, true), RW | XS_PERM_OWNER);
    cr_assert_eq(rights(4, 2, false), XS_PERM_WRITE, "a target's rights are added");
    perm_free(&list);
}

Test(perm, bad_text_is_refused)
{
    cr_assert_eq(perm_parse(&list, "", 0), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("r1")), EINVAL, "no nul");
    cr_assert_eq(perm_parse(&list, STR("r\0")), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("x1\0")), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("r1x\0")), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("r-1\0")), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("r65536\0")), EINVAL);
    cr_assert_eq(perm_parse(&list, STR("r1\0\0")), EINVAL);
}

Test(perm, long_lists_are_refused)
{
    char text[(PERM_LIST_MAX + 1) * 3];

    for (size_t i = 0; i < sizeof(text); i += 3)
        memcpy(text + i, "r1", 3);
    cr_assert_eq(perm_parse(&list, text, sizeof(text)), EINVAL);
    cr_assert_eq(perm_parse(&list, text, sizeof(text) - 3), 0);
    perm_free(&list);
}

Test(perm, dead_domains_leave_the_list)
{
    cr_assert_eq(perm_parse(&list, STR("r1\0w2\0b3\0")), 0);
    cr_assert(perm_forget(&list, 2));
    cr_assert_not(perm_forget(&list, 2));
    cr_assert_not(perm_forget(&list, 1), "an owner stays");
    cr_assert_eq(list.n, 2);
    cr_assert_eq(list.p[1].id, 3);
    perm_free(&list);
}
