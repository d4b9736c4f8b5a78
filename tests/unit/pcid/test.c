/* SPDX-License-Identifier: BSD-2-Clause */
/* What CR3 gets for a copy with PCID: what is kept and, by number, what is not.  That it is enough is
 * explored by model/pcid. */
#include <criterion/criterion.h>

#include <asm/pcid.h>

#define COPY (5UL << PAGE_SHIFT)

static struct pcid_tag tags[2];
static struct l4copy copy = {.of = 7, .version = 3, .address = {COPY}};

static uint64_t at(bool user, uint64_t flushed_at)
{
    return pcid_copy(&tags[user], &copy, user, flushed_at);
}

Test(pcid, an_exit_and_an_entry_keep_what_nobody_took_away)
{
    cr_expect_eq(at(0, 9), COPY | 1, "another system may have used the tag");
    cr_expect_eq(at(1, 9), COPY | 2, "and this one");
    for (unsigned i = 0; i < 3; i++) {
        cr_expect_eq(at(0, 9), COPY | 1 | PCID_KEEP);
        cr_expect_eq(at(1, 9), COPY | 2 | PCID_KEEP);
    }
    cr_expect_eq(pcid_full(3UL << PAGE_SHIFT), 3UL << PAGE_SHIFT | PCID_KEEP);
}

Test(pcid, the_first_exit_to_a_mode_after_a_flush_forgets)
{
    at(0, 9), at(1, 9);
    cr_expect_eq(at(0, 10), COPY | 1);
    cr_expect_eq(at(0, 10), COPY | 1 | PCID_KEEP);
    cr_expect_eq(at(1, 11), COPY | 2, "two flushes later");
    cr_expect_eq(at(1, 11), COPY | 2 | PCID_KEEP);
}

Test(pcid, another_table_or_a_store_to_it_forgets)
{
    at(0, 9);
    copy.version = 4;
    cr_expect_eq(at(0, 9), COPY | 1);
    cr_expect_eq(at(0, 9), COPY | 1 | PCID_KEEP);
    copy.of = 8;
    cr_expect_eq(at(0, 9), COPY | 1);
    cr_expect_eq(at(0, 9), COPY | 1 | PCID_KEEP);
}

static unsigned calls;
static uint64_t forgotten[2];
static void invpcid(const struct pcid_address *a)
{
    cr_assert_lt(calls, 2);
    cr_expect_eq(a->tag, PCID_COPY(calls));
    forgotten[calls++] = a->va;
}

Test(pcid, a_page_is_forgotten_by_both_copies)
{
    at(0, 9), at(1, 9);
    pcid_page(tags, 0x1234, invpcid);
    cr_expect_eq(calls, 2);
    cr_expect(forgotten[0] == 0x1234 && forgotten[1] == 0x1234);
    cr_expect(at(0, 9) & PCID_KEEP && at(1, 9) & PCID_KEEP, "the others are kept");
    pcid_page(tags, 0x1234, NULL);
    cr_expect_eq(at(0, 9), COPY | 1);
    cr_expect_eq(at(1, 9), COPY | 2);
}

/* INVPCID faults there, INVLPG does not (SDM 2A); the address is a guest's. */
Test(pcid, no_address_makes_it_fault)
{
    static const struct {
        uint64_t va;
        bool canonical;
    } t[] = {{0, true},
             {(1UL << 47) - 1, true},
             {1UL << 47, false},
             {0xffff7fffffffffff, false},
             {0xffff800000000000, true},
             {UINT64_MAX, true},
             {1UL << 63, false}};

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        calls = 0;
        pcid_page(tags, t[i].va, invpcid);
        cr_expect_eq(calls, t[i].canonical ? 2 : 0, "%lx", t[i].va);
    }
}
