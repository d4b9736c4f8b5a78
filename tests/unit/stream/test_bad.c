/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams that are no good: each is refused with its reason. */
#include "stream_test.h"

static void set32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void set64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

/* Puts a record in front of @before. */
static void insert(uint8_t *before, uint32_t type, const void *data, uint32_t len)
{
    size_t at = before - file.data, add = 8 + len + record_padding(len);
    uint8_t *grown = calloc(1, file.len + add);

    memcpy(grown, file.data, at);
    set32(grown + at, type);
    set32(grown + at + 4, len);
    if (len)
        memcpy(grown + at + 8, data, len);
    memcpy(grown + at + add, file.data + at, file.len - at);
    free(file.data);
    file = (struct fake_file){.data = grown, .len = file.len + add, .size = file.len + add};
}

/* Takes the record with this body out. */
static void drop(uint32_t type)
{
    uint32_t len;
    uint8_t *at = body_of(type, &len) - 8;
    size_t gone = 8 + len + record_padding(len);

    memmove(at, at + gone, file.data + file.len - at - gone);
    file.len -= gone;
}

Test(bad, truncated, .init = begin, .fini = end)
{
    size_t whole;

    saved(PAGES);
    whole = file.len;
    for (size_t len = 0; len < whole; len += len < 2048 || len > whole - 16384 ? 1 : 1021) {
        file.len = len;
        refused("truncated");
    }
}

/* Any byte that is no page's contents: refused, or (names of frames, registers) taken; no more. */
Test(bad, flipped, .init = begin, .fini = end)
{
    struct restore r;
    size_t pages;

    saved(PAGES);
    pages = body(RECORD_PAGE_DATA) + 8 + PAGES * 8 - file.data;
    for (size_t i = 0; i < file.len; i += i < pages ? 1 : 509) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            file.data[i] ^= 1u << bit;
            fake_machine_reset(&to, 0x9000);
            if (restore_it(&r))
                cr_assert_neq(to.fail.text[0], '\0', "byte %zu", i);
            file.data[i] ^= 1u << bit;
        }
    }
}

Test(bad, headers, .init = begin, .fini = end)
{
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } cases[] = {
        {0, 2, "libxl's record 2"}, {4, 8, "libxl's record 1"}, {8, 0, "image header"},
        {19, 0, "image header"},    {23, 4, "newer tools"},     {23, 1, "version 1"},
        {25, 1, "order of bytes"},  {32, 2, "not paravirtual"}, {36, 21, "pages have 2^21"},
    };

    saved(PAGES);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t was = file.data[cases[i].at];

        file.data[cases[i].at] = cases[i].value;
        refused(cases[i].why);
        file.data[cases[i].at] = was;
    }
}

Test(bad, kind_of_guest, .init = begin, .fini = end)
{
    saved(PAGES);
    memcpy(body(RECORD_PV_INFO), "\4\3", 2);
    refused("32 bits");
    memcpy(body(RECORD_PV_INFO), "\4\4", 2);
    refused("levels");
    drop(RECORD_PV_INFO);
    refused("before X86_PV_INFO");
}

Test(bad, order, .init = begin, .fini = end)
{
    saved(PAGES);
    insert(body(RECORD_P2M_FRAMES) - 8, RECORD_STATIC_DATA_END, NULL, 0);
    refused("twice");
    drop(RECORD_STATIC_DATA_END);
    drop(RECORD_STATIC_DATA_END);
    refused("before STATIC_DATA_END");
}

Test(bad, pages_before_their_table, .init = begin, .fini = end)
{
    saved(PAGES);
    drop(RECORD_P2M_FRAMES);
    refused("before X86_PV_P2M_FRAMES");
}

Test(bad, unknown_records, .init = begin, .fini = end)
{
    struct restore r;

    saved(PAGES);
    insert(body(RECORD_P2M_FRAMES) - 8, 0x80000077, "whatever", 5);
    cr_assert_eq(restore_it(&r), 0, "an optional one is skipped: %s", to.fail.text);
    insert(body(RECORD_P2M_FRAMES) - 8, 0x77, NULL, 0);
    refused("unknown type 0x77");
    drop(0x77);
    insert(body(RECORD_TSC_INFO) - 8, RECORD_CHECKPOINT, NULL, 0);
    refused("checkpoints");
    drop(RECORD_CHECKPOINT);
    set32(body(0x80000077) - 4, 0x7fffffff);
    refused("2147483647 bytes");
}

/* Version 2 has no static data and no end of it. */
Test(bad, version_2_is_none, .init = begin, .fini = end)
{
    struct restore r;

    saved(PAGES);
    drop(RECORD_STATIC_DATA_END);
    file.data[23] = 2;
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
}

Test(bad, p2m_frames, .init = begin, .fini = end)
{
    uint8_t *at;

    saved(PAGES);
    at = body(RECORD_P2M_FRAMES);
    set32(at + 4, 0xffffffff);
    refused("would be 0 to 0xffffffff");
    set32(at + 4, FAKE_FRAMES + (1u << 20)); /* all of its memory and the room above */
    refused("would be 0 to 0x100800");
    set32(at + 4, 600);
    refused("for 2 frames");
    set32(at, 100);
    set32(at + 4, PAGES - 1);
    refused("would be");
    set32(at, 0);
    set64(at + 8, 1ull << 40);
    refused("p2m table would be page 0x10000000000");
    set64(at + 8, PFN_L1);
    refused("p2m table would be page 0x6, which has type 9");
    set64(at + 8, PFN_STORE);
    refused("share a page");
}

Test(bad, page_data, .init = begin, .fini = end)
{
    uint8_t *at, *entry;
    uint64_t was;

    saved(PAGES);
    at = body(RECORD_PAGE_DATA);
    entry = at + 8 + 8 * PFN_DATA;
    memcpy(&was, entry, sizeof(was));
    set64(entry, PAGES);
    refused("above the guest's last one");
    set64(entry, was | 5ull << 60);
    refused("impossible type");
    set64(entry, was | 1ull << 52);
    refused("impossible type");
    set64(entry, was | 15ull << 60);
    refused("with contents");
    set64(entry, was);
    set32(at, 0);
    refused("would have 0 pages");
    set32(at, 0x20000001);
    refused("would have 536870913 pages");
    set32(at, PAGES - 1);
    refused("PAGE_DATA has");
}

Test(bad, page_table, .init = begin, .fini = end)
{
    uint8_t *page, *at;

    saved(PAGES);
    at = body(RECORD_PAGE_DATA);
    page = at + 8 + 8 * PAGES + PFN_L1 * PAGE_BYTES;
    set64(page + 8, (uint64_t)PAGES << 12 | 1);
    refused("names page 0x50");
    set64(page + 8, 0xffffffffff001ull);
    refused("a page table names page");
    set64(page + 8, 0);
    page = at + 8 + 8 * PAGES + PFN_L2 * PAGE_BYTES;
    set64(page + 8, 0x81);
    refused("large pages");
    set64(page + 8, 0);
    page = at + 8 + 8 * PAGES + PFN_L4 * PAGE_BYTES;
    set64(page + 8 * 260, (uint64_t)PFN_DATA << 12 | 1);
    refused("hypervisor's space");
}

Test(bad, too_many_pages, .init = begin, .fini = end)
{
    struct stream_in in;
    struct restore r = {.guest = &to.guest, .in = &in, .max_pages = PAGES - 2, .cpu = FAKE_CPU};

    saved(PAGES);
    in = fake_in_from(&file, &to.fail);
    cr_assert_eq(restore_run(&r), -1);
    cr_assert(strstr(to.fail.text, "more pages than the domain may have"), "%s", to.fail.text);
}

static int restore_on(struct cpu_features cpu)
{
    struct stream_in in = fake_in_from(&file, &to.fail);
    struct restore r = {.guest = &to.guest, .in = &in, .max_pages = FAKE_FRAMES, .cpu = cpu};

    fake_machine_reset(&to, 0x9000);
    return restore_run(&r);
}

/* A guest's programs execute what they were shown where they began, whoever tells of it. */
Test(bad, lesser_cpu, .init = begin, .fini = end)
{
    struct cpu_features cpu = FAKE_CPU;
    uint8_t *at;

    saved(PAGES);
    at = body(RECORD_CPU_SHOWN) - 8;
    cpu.word[9] = cpu.word[3] = ~0u; /* it has others */
    for (int i = 0; i < 2; i++) {
        cpu.word[5] = FAKE_AVX2;
        cr_expect_eq(restore_on(cpu), 0, "%s", to.fail.text);
        cpu.word[5] = ~FAKE_AVX2;
        cr_expect_eq(restore_on(cpu), -1);
        cr_expect(strstr(to.fail.text, "with AVX2, which guests have not here"), "%s",
                  to.fail.text);
        set32(at, RECORD_CPUID_POLICY); /* as Xen says it */
    }
    set32(at + 4, 71);
    refused("record X86_CPUID_POLICY has 71 bytes");
    set32(at + 4, (CPU_LEAVES_MAX + 1) * 24);
    refused("record X86_CPUID_POLICY has 6168 bytes");
}

Test(bad, names_of_instructions)
{
    struct cpu_features all, none = {{0}};
    char text[64], whole[1024];

    memset(&all, 0xff, sizeof(all));
    cr_expect_eq(cpu_lacks(&all, &all, text, sizeof(text)), 0);
    cr_expect_eq(cpu_lacks(&none, &none, text, sizeof(text)), 0);
    cr_expect_gt(cpu_lacks(&all, &none, text, sizeof(text)), 50);
    cr_expect_str_eq(text, "CX16, LAHF_LM, RDTSCP, RDPID, FSGSBASE, 3DNOW, ...");
    cpu_lacks(&all, &none, whole, sizeof(whole));
    cr_expect(strstr(whole, ", AVX512_BF16") && !strstr(whole, "..."), "%s", whole);
}

Test(bad, vcpus, .init = begin, .fini = end)
{
    struct vcpu_guest_context *c;
    uint8_t *at;

    saved(PAGES);
    at = body(RECORD_VCPU_BASIC);
    set32(at, 3);
    refused("vCPU 3, the domain has 3");
    set32(at, 2);
    refused("vCPU 0 has not come");
    set32(at, 0);
    c = (void *)(at + 8);
    c->user_regs.rdx = PFN_HOLE;
    refused("start info would be page 0xb, which has not come");
    c->user_regs.rdx = PFN_L1;
    refused("which has type 9");
    c->user_regs.rdx = PFN_START_INFO;
    c->ctrlreg[3] = xen_pfn_to_cr3(PFN_L3);
    refused("a vCPU's page table would be page 0x4");
    c->ctrlreg[3] = xen_pfn_to_cr3(PFN_L4);
    c->gdt_ents = 7169;
    refused("a GDT of 7169 entries");
    c->gdt_ents = 513;
    c->gdt_frames[1] = ~0ull;
    refused("a GDT would be page");
    c->gdt_ents = 16;
    set32(body(RECORD_VCPU_EXTENDED) + 8, 1);
    refused("says vCPU 1");
}

Test(bad, rings, .init = begin, .fini = end)
{
    struct start_info *si;
    uint8_t *at;

    saved(PAGES);
    at = body(RECORD_PAGE_DATA) + 8 + 8 * PAGES;
    si = (void *)at;
    si->store_mfn = PFN_CONSOLE;
    refused("share a page");
    si->store_mfn = PFN_START_INFO;
    refused("share a page");
    si->store_mfn = PFN_LISTS;
    refused("share a page");
    si->store_mfn = 1ull << 50;
    refused("the store's ring would be page");
}

Test(bad, missing, .init = begin, .fini = end)
{
    saved(PAGES);
    drop(RECORD_SHARED_INFO);
    refused("no SHARED_INFO");
}

Test(bad, clock, .init = begin, .fini = end)
{
    saved(PAGES);
    set32(body(RECORD_TSC_INFO), 3);
    refused("unknown mode 3");
}

/* A pass that only compares: pages that have come are compared, others are an error. */
Test(bad, verify, .init = begin, .fini = end)
{
    uint8_t data[16 + PAGE_BYTES] = {1};
    struct restore r;

    saved(PAGES);
    set64(data + 8, PFN_DATA);
    memset(data + 16, PFN_DATA % 251, PAGE_BYTES);
    insert(body(RECORD_TSC_INFO) - 8, RECORD_VERIFY, NULL, 0);
    insert(body(RECORD_TSC_INFO) - 8, RECORD_PAGE_DATA, data, sizeof(data));
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(r.mismatches, 0);
    (body(RECORD_TSC_INFO) - 8)[-1] ^= 1;
    fake_machine_reset(&to, 0x9000);
    cr_assert_eq(restore_it(&r), 0, "%s", to.fail.text);
    cr_assert_eq(r.mismatches, 1);
    cr_assert_eq(*(uint8_t *)fake_page(&to, PFN_DATA), PFN_DATA % 251);
}
