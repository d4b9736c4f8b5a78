/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that runs while it is sent. */
#include "stream/live.h"
#include "stream_test.h"

static unsigned int asked, logs_on, logs_off, suspends;
static bool busy;            /* it writes to more pages than are few */
static size_t sent_when_off; /* bytes, when the log was ended */

static int log_dirty(void *ctx, bool on)
{
    (void)ctx;
    logs_on += on;
    logs_off += !on;
    if (!on)
        sent_when_off = file.len;
    return 0;
}

/* Writes to pages before they are asked for, as a guest does. */
static int written(void *ctx, uint8_t *bitmap, uint64_t pages, bool final)
{
    (void)ctx;
    asked++;
    for (uint64_t pfn = PFN_DATA; pfn < (busy ? pages : PFN_DATA + 5); pfn++) {
        fake_page(&from, pfn)[3] = 1000 * asked + pfn;
        bitmap[pfn / 8] |= 1u << pfn % 8;
    }
    cr_assert(!final || suspends);
    return 0;
}

static int suspend(void *ctx)
{
    (void)ctx;
    suspends++;
    fake_page(&from, PFN_L1)[20] = 0;
    return 0;
}

static int refuse_to_suspend(void *ctx)
{
    (void)ctx;
    return fail(&from.fail, "no");
}

static struct save_live live = {.log = log_dirty, .written = written, .suspend = suspend};

static int send(void)
{
    struct stream_out out = fake_out_to(&file, &from.fail);
    struct save s = {.guest = &from.guest, .out = &out, .live = &live};

    return save_run(&s);
}

static void check_same(void)
{
    struct restore r;

    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    for (uint64_t pfn = PFN_DATA; pfn < PAGES; pfn++)
        cr_assert_eq(memcmp(fake_page(&from, pfn), fake_page(&to, pfn), PAGE_BYTES), 0, "page %lu",
                     pfn);
}

Test(live, few_writes, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    cr_assert_eq(send(), 0, "%s", from.fail.text);
    cr_assert_eq(asked, 2, "once while it ran, once at the end");
    cr_assert(logs_on == 1 && logs_off == 1 && suspends == 1);
    cr_assert_eq(sent_when_off, file.len, "the guest waits for the rest, not for the log's end");
    check_same();
}

Test(live, many_writes, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    busy = true;
    cr_assert_eq(send(), 0, "%s", from.fail.text);
    cr_assert_eq(asked, LIVE_ROUNDS, "not asked after the last round but when suspended");
    check_same();
}

/* A table that maps what is not the guest's, while it runs: it is sent again at the end. */
Test(live, deferred, .init = begin, .fini = end)
{
    struct restore r;

    fake_boot(&from, PAGES, 0, false);
    fake_page(&from, PFN_L1)[20] = from.base << 12 | 1;
    cr_assert_eq(send(), 0, "%s", from.fail.text);
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(fake_page(&to, PFN_L1)[FAKE_DATA_SLOT] >> 12 & 0xfffffffff,
                 fake_mfn(&to, PFN_DATA));
}

Test(live, does_not_suspend, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    live.suspend = refuse_to_suspend;
    cr_assert_eq(send(), -1);
    cr_assert_str_eq(from.fail.text, "no");
    cr_assert_eq(logs_off, 1, "the log is off again");
    cr_assert_eq(from.mapped, 0);
}

/* The line fails at any byte, in rounds while it runs or later: it is told, and the log is off. */
Test(live, cut_at_any_byte, .init = begin, .fini = end)
{
    size_t whole;

    fake_boot(&from, PAGES, 0, false);
    cr_assert_eq(send(), 0, "%s", from.fail.text);
    whole = file.len;
    for (size_t room = 1; room < whole; room += room % 8 == 7 ? 509 : 1) {
        free(file.data);
        file = (struct fake_file){.room = room};
        logs_on = logs_off = suspends = 0;
        fake_boot(&from, PAGES, 0, false);
        cr_assert_eq(send(), -1, "byte %zu", room);
        cr_assert_neq(from.fail.text[0], '\0');
        cr_assert_eq(logs_on, logs_off, "byte %zu: the log is left on", room);
        cr_assert_eq(from.mapped, 0, "byte %zu: a mapping is left", room);
    }
}
