/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest goes from one machine to another and is the same there. */
#include "stream/table.h"
#include "stream_test.h"

static uint64_t named(struct fake_machine *m, uint64_t pfn, unsigned int slot)
{
    uint64_t frame;

    cr_assert(table_names(fake_page(m, pfn)[slot], &frame));
    cr_assert_not_null(fake_frame(m, frame));
    return m->m2p[frame - m->base];
}

static void check_pages(uint64_t pages)
{
    for (uint64_t pfn = PFN_DATA; pfn < pages; pfn++)
        cr_assert_eq(memcmp(fake_page(&from, pfn), fake_page(&to, pfn), PAGE_BYTES), 0, "page %lu",
                     pfn);
    cr_assert_null(fake_page(&to, PFN_HOLE));
}

static void check_tables(void)
{
    uint64_t va = FAKE_P2M_VADDR;

    cr_assert_eq(named(&to, PFN_L4, va >> 39 & 511), PFN_L3);
    cr_assert_eq(named(&to, PFN_L3, va >> 30 & 511), PFN_L2);
    cr_assert_eq(named(&to, PFN_L2, va >> 21 & 511), PFN_L1);
    cr_assert_eq(named(&to, PFN_L1, 0), PFN_LISTS);
    cr_assert_eq(named(&to, PFN_L1, FAKE_DATA_SLOT), PFN_DATA);
    cr_assert_eq(fake_page(&to, PFN_L1)[FAKE_DATA_SLOT] & ~PTE_FRAME, 0x8000000000000067ull);
    cr_assert_eq(fake_page(&to, PFN_L1)[FAKE_DATA_SLOT + 1], 0x123456000ull, "not present");
    cr_assert_eq(fake_page(&to, PFN_L4)[L4_HV_FIRST], 0, "the hypervisor's slots are empty");
    cr_assert_eq(to.pinned, 3);
}

static void check_p2m(uint64_t pages)
{
    for (uint64_t pfn = 0; pfn < pages; pfn++)
        cr_assert_eq(fake_page(&to, PFN_LISTS + pfn / 512)[pfn % 512], fake_mfn(&to, pfn),
                     "page %lu", pfn);
}

static void check_start_info(const struct restore *r, uint64_t pages)
{
    const struct start_info *si = (void *)fake_page(&to, PFN_START_INFO);
    const shared_info_t *shared = fake_frame(&to, to.base);

    cr_assert_eq(r->store_frame, fake_mfn(&to, PFN_STORE));
    cr_assert_eq(r->console_frame, fake_mfn(&to, PFN_CONSOLE));
    cr_assert_eq(si->store_mfn, r->store_frame);
    cr_assert_eq(si->store_evtchn, 21);
    cr_assert_eq(si->console.domU.mfn, r->console_frame);
    cr_assert_eq(si->console.domU.evtchn, 22);
    cr_assert_eq(si->nr_pages, pages);
    cr_assert_eq(si->shared_info, to.base << 12);
    cr_assert_eq(si->flags, 0);
    cr_assert_eq(shared->evtchn_pending[1], 0);
    cr_assert_eq(shared->evtchn_mask[1], ~0ul);
    cr_assert_eq(shared->vcpu_info[1].evtchn_upcall_mask, 1);
    cr_assert_eq(shared->vcpu_info[1].evtchn_pending_sel, 0);
    cr_assert_eq(shared->arch.max_pfn, pages);
    cr_assert_eq(shared->arch.pfn_to_mfn_frame_list_list, 0);
}

static void check_vcpus(void)
{
    const struct vcpu_guest_context *c = (void *)to.part[0][RECORD_VCPU_BASIC].data;
    const uint32_t *msr = (void *)to.part[1][RECORD_VCPU_MSRS].data;

    cr_assert_eq(c->user_regs.rip, 0xffffffff81000000ull);
    cr_assert_eq(c->user_regs.rdx, fake_mfn(&to, PFN_START_INFO));
    cr_assert_eq(c->gdt_frames[0], fake_mfn(&to, PFN_GDT));
    cr_assert_eq(c->ctrlreg[3], xen_pfn_to_cr3(fake_mfn(&to, PFN_L4)));
    cr_assert_eq(c->ctrlreg[1], xen_pfn_to_cr3(fake_mfn(&to, PFN_USER_L4)), "without its bit 0");
    c = (void *)to.part[1][RECORD_VCPU_BASIC].data;
    cr_assert_eq(c->user_regs.rdx, 7, "only the first one's is the start info page");
    cr_assert_eq(c->ctrlreg[1], 0);
    cr_assert(to.online[1] && !to.online[2]);
    cr_assert_eq(to.part[1][RECORD_VCPU_XSAVE].len, 16 + 576);
    cr_assert_eq(to.part[1][RECORD_VCPU_XSAVE].data[100], 0x41);
    cr_assert_eq(to.part[0][RECORD_VCPU_MSRS].len, 0);
    cr_assert_eq(to.part[1][RECORD_VCPU_MSRS].len, 16);
    cr_assert(msr[0] == FAKE_MSR && msr[2] == 1, "its RDPID says what it did");
    cr_assert_eq(to.tsc.khz, 2400000);
    cr_assert_eq(to.tsc.elapsed_ns, 1ull << 40);
}

static void check_all(uint64_t pages, bool tree)
{
    struct restore r;

    fake_boot(&from, pages, 0, tree);
    cr_assert_eq(save_it(), 0, "%s", from.fail.text);
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(r.pages, pages - 1);
    check_pages(pages);
    check_tables();
    check_p2m(pages);
    check_start_info(&r, pages);
    check_vcpus();
}

/* More than one batch of pages and more than one page of the p2m table. */
Test(round, linear, .init = begin, .fini = end)
{
    check_all(1300, false);
}

Test(round, tree, .init = begin, .fini = end)
{
    check_all(1300, true);
}

/* A table that reserves room: its end that names nothing does not count as pages. */
Test(round, room_for_growth, .init = begin, .fini = end)
{
    struct restore r;

    fake_boot(&from, 1600, 1100, false);
    cr_assert_eq(save_it(), 0, "%s", from.fail.text);
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(r.count, 512);
}

/* Says that it has @pages, all but the first 512 of them in one page of the table again and again. */
static void lies(uint64_t pages, bool empty)
{
    struct arch_shared_info *arch = &((shared_info_t *)fake_frame(&from, from.base))->arch;
    uint64_t *top, *mid, *again;

    fake_boot(&from, PAGES, 0, true);
    top = fake_page(&from, PFN_TOP);
    mid = fake_page(&from, PFN_MID);
    again = fake_page(&from, PFN_DATA);
    memset(again, 0xff, PAGE_BYTES);
    again[7] = empty ? NO_FRAME : 1;
    arch->max_pfn = pages;
    for (uint64_t i = 1; i < PAGE_ENTRIES; i++) {
        top[i] = top[0];
        mid[i] = fake_mfn(&from, PFN_DATA);
    }
}

Test(round, as_many_pages_as_it_may_have, .init = begin, .fini = end)
{
    struct restore r;

    lies(512 * PAGE_ENTRIES, true); /* a tree with one mid page: no entry of another is its own */
    cr_assert_eq(save_it(), 0, "%s", from.fail.text);
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(r.count, 512);
}

Test(round, more_pages_than_it_may_have, .init = begin, .fini = end)
{
    lies(1 << 24, false);
    cr_assert_eq(save_it(), -1);
    cr_assert(strstr(from.fail.text, "has 16777216 pages, the domain may have 2048"), "%s",
              from.fail.text);
    cr_assert_eq(file.len, 0);
}

/* The order and the exact head of what is written, which other readers go by. */
Test(round, order, .init = begin, .fini = end)
{
    static const uint32_t expected[] = {
        RECORD_PV_INFO,     RECORD_CPU_SHOWN,  RECORD_STATIC_DATA_END,
        RECORD_P2M_FRAMES,  RECORD_PAGE_DATA,  RECORD_TSC_INFO,
        RECORD_SHARED_INFO, RECORD_VCPU_BASIC, RECORD_VCPU_EXTENDED,
        RECORD_VCPU_XSAVE,  RECORD_VCPU_BASIC, RECORD_VCPU_EXTENDED,
        RECORD_VCPU_XSAVE,  RECORD_VCPU_MSRS,  RECORD_END,
    };
    static const uint8_t head[] = {
        1,    0,    0,    0,    0,    0,    0,    0,    /* libxl: LIBXC_CONTEXT */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* marker */
        0x58, 0x45, 0x4e, 0x46, 0,    0,    0,    3,    0, 0, 0, 0, 0,  0, 0, 0,
        1,    0,    0,    0,    12,   0,    0,    0,    4, 0, 0, 0, 17, 0, 0, 0};
    size_t at = sizeof(head);

    saved(PAGES);
    cr_assert_eq(memcmp(file.data, head, sizeof(head)), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct record r;

        memcpy(&r, file.data + at, sizeof(r));
        cr_assert_eq(r.type, expected[i], "record %zu is %s", i, record_name(r.type));
        at += sizeof(r) + r.length + record_padding(r.length);
    }
    cr_assert_eq(at + 8, file.len);
    for (size_t i = at; i < file.len; i++) /* libxl: END */
        cr_assert_eq(file.data[i], 0);
}

/* A page that says which frame it is: a table names what is not the guest's. */
Test(round, foreign_frame_is_not_lost, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    fake_page(&from, PFN_L1)[20] = from.base << 12 | 1; /* shared info is mapped still */
    cr_assert_eq(save_it(), -1);
    cr_assert(strstr(from.fail.text, "page table"), "%s", from.fail.text);
}

Test(round, large_page, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    fake_page(&from, PFN_L2)[20] = fake_mfn(&from, PFN_DATA) << 12 | 0x81;
    cr_assert_eq(save_it(), -1);
}

/* Whatever call fails, both say so and leave no mapping. */
Test(round, any_call_fails, .init = begin, .fini = end)
{
    struct restore r;
    unsigned int n;

    for (n = 1;; n++) {
        fake_machine_reset(&from, 0x1000);
        fake_boot(&from, PAGES, 0, false);
        file.len = 0;
        from.fail_at = n;
        if (save_it() == 0)
            break;
        cr_assert_neq(from.fail.text[0], '\0', "call %u fails silently", n);
    }
    cr_assert_gt(n, 10);
    for (n = 1;; n++) {
        fake_machine_reset(&to, 0x9000);
        to.fail_at = n;
        if (restore_it(&r) == 0)
            break;
        cr_assert_neq(to.fail.text[0], '\0', "call %u fails silently", n);
    }
    cr_assert_gt(n, 10);
}

Test(round, disk_full, .init = begin, .fini = end)
{
    fake_boot(&from, PAGES, 0, false);
    file.room = 100000;
    cr_assert_eq(save_it(), -1);
    cr_assert(strstr(from.fail.text, "No space left"), "%s", from.fail.text);
}
