/* SPDX-License-Identifier: BSD-2-Clause */
/* Containers of microcode: which update is taken, and what of them is refused. */
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/abi.h>
#include <asm/ucode.h>

#define SIG   0x000306a9u
#define OTHER 0x000506e3u

static uint8_t box[16384];
static size_t length;
static struct ucode_cpu cpu;
static struct ucode_patch found;

static void put(size_t at, uint32_t word)
{
    memcpy(box + at, &word, 4);
}

static uint32_t get(size_t at)
{
    uint32_t word;

    memcpy(&word, box + at, 4);
    return word;
}

/* Of an exact copy, so that ASan sees the first byte too many. */
static int find_in(size_t len)
{
    uint8_t *exact = malloc(len ? len : 1);
    int ret;

    memcpy(exact, box, len);
    ret = ucode_find(&cpu, exact, len, &found);
    if (ret == 0) {
        cr_assert(found.data >= exact && found.len <= len && found.data + found.len <= exact + len);
        found.data = box + (found.data - exact);
    }
    free(exact);
    return ret;
}

static int find(void)
{
    return find_in(length);
}

/* ---- Intel: an update of len bytes at the end; its fields may be changed, then it is sealed ---- */
static size_t begin(uint32_t signature, uint32_t platforms, uint32_t revision, uint32_t data,
                    uint32_t len)
{
    const uint32_t head[12] = {1, revision, 0x20260101, signature, 0, 1, platforms, data, len};
    size_t at = length;

    memset(box + at, 0, len ? len : 2048);
    memcpy(box + at, head, sizeof(head));
    memset(box + at + 48, 0x5a, data ? data : 2000);
    length += len ? len : 2048;
    return at;
}

static void seal(size_t at, size_t len, size_t sum_at)
{
    uint32_t sum = 0;

    put(at + sum_at, 0);
    for (size_t i = 0; i < len; i += 4)
        sum -= get(at + i);
    put(at + sum_at, sum);
}

static size_t update(uint32_t signature, uint32_t platforms, uint32_t revision)
{
    size_t at = begin(signature, platforms, revision, 1024 - 48, 1024);

    seal(at, 1024, 16);
    return at;
}

static void intel(void)
{
    length = 0;
    cpu = (struct ucode_cpu){CPU_INTEL, SIG, 4, 0x10, false};
}

TestSuite(intel, .init = intel);

Test(intel, the_newest_for_this_cpu)
{
    cr_expect_eq(find(), -XEN_EINVAL, "nothing at all");
    update(OTHER, 4, 0x99);
    update(SIG, 3, 0x99); /* of other platforms */
    cr_expect_eq(find(), -XEN_ENOENT);
    update(SIG, 4, 0x10);
    cr_expect_eq(find(), -XEN_ENOENT, "what it has");
    size_t best = update(SIG, 6, 0x13);
    update(SIG, 4, 0x12);
    cr_assert_eq(find(), 0);
    cr_expect_eq(found.data, box + best);
    cr_expect_eq(found.len, 1024);
    cr_expect_eq(found.revision, 0x13);
    best = update(SIG, 0, 0x80000000); /* of no platform: of all */
    cr_assert_eq(find(), 0);
    cr_expect_eq(found.data, box + best);
    cpu.revision = 0x80000000;
    cr_expect_eq(find(), -XEN_ENOENT);
}

Test(intel, sizes_of_old_updates)
{
    size_t at = begin(SIG, 4, 0x11, 0, 0);

    seal(at, 2048, 16);
    cr_assert_eq(find(), 0);
    cr_expect_eq(found.len, 2048);
    cr_expect_eq(find_in(2047), -XEN_EINVAL);
}

Test(intel, headers_that_lie)
{
    static const struct {
        unsigned at;
        uint32_t value;
    } lies[] = {{0, 2},        {20, 2},          {28, 1024},       {28, 976 - 1},   {28, 1024 - 44},
                {28, ~0u - 3}, {32, 2048},       {32, 1023},       {32, 48},        {32, 0},
                {32, ~0u},     {32, 0xfffffc00}, {32, 0x80000000}, {28, 0x80000000}};

    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        for (unsigned ours = 0; ours < 2; ours++) {
            intel();
            size_t at = update(ours ? SIG : OTHER, 4, 0x20);
            put(at + lies[i].at, lies[i].value);
            seal(at, 1024, 16);
            cr_expect_eq(find(), -XEN_EINVAL, "%u of %u bytes, ours %u", lies[i].value, lies[i].at,
                         ours);
        }
    }
}

Test(intel, damaged_where_it_matters)
{
    size_t at = update(SIG, 4, 0x20);

    for (size_t i = 0; i < 1024; i += 4) {
        put(at + i, get(at + i) ^ 0x100);
        cr_expect_neq(find(), 0, "byte %zu", i);
        put(at + i, get(at + i) ^ 0x100);
    }
    cr_expect_eq(find(), 0);
    put(update(OTHER, 4, 0x30) + 100, 0);
    cr_expect_eq(find(), 0, "another CPU's is skipped");
    put(update(SIG, 4, 0x30) + 100, 0);
    cr_expect_eq(find(), -XEN_EINVAL, "none is taken where a better one is damaged");
    cr_expect_null(found.data);
}

Test(intel, cut_anywhere)
{
    update(OTHER, 4, 0x20);
    update(SIG, 4, 0x20);
    for (size_t len = 0; len <= length; len++)
        cr_assert_eq(find_in(len),
                     len == 1024   ? -XEN_ENOENT
                     : len == 2048 ? 0
                                   : -XEN_EINVAL,
                     "%zu", len);
}

/* More CPUs behind the data: entries of 12 bytes behind a head of 20. */
static size_t with_table(uint32_t count, const uint32_t (*entries)[3])
{
    size_t at = begin(OTHER, 4, 0x20, 512, 1024), table = 48 + 512;

    put(at + table, count);
    for (uint32_t i = 0; i < count && i < 30; i++)
        memcpy(box + at + table + 20 + 12 * i, entries[i], 12);
    if (count <= 30)
        seal(at + table, 20 + 12 * count, 4);
    seal(at, 1024, 16);
    return at;
}

Test(intel, more_cpus_behind_the_data)
{
    static const uint32_t entries[36][3] = {{OTHER, 1, 0}, {SIG, 3, 0}, {SIG, 8 | 4, 0}};

    with_table(2, entries);
    cr_expect_eq(find(), -XEN_ENOENT);
    intel();
    with_table(3, entries);
    cr_expect_eq(find(), 0);
    cr_expect_eq(found.revision, 0x20);
    put(48 + 512 + 4, get(48 + 512 + 4) + 1); /* the table's sum; the update's is right */
    seal(0, 1024, 16);
    cr_expect_eq(find(), -XEN_EINVAL);
    static const uint32_t lies[] = {37, 1000, 0x15555555, 0x15555556, ~0u, 0x80000000};
    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        intel();
        with_table(lies[i], entries);
        cr_expect_eq(find(), -XEN_EINVAL, "%u entries", lies[i]);
    }
}

Test(intel, not_while_a_system_runs)
{
    size_t at = update(SIG, 4, 0x20);

    put(at + 40, 0x11);
    seal(at, 1024, 16);
    cr_expect_eq(find(), 0, "at boot");
    cpu.late = true;
    cr_expect_eq(find(), -XEN_ENOENT);
    cpu.revision = 0x11;
    cr_expect_eq(find(), 0);
}

/* ---- AMD ---- */
static void section(uint32_t type, const void *what, uint32_t len)
{
    put(length, type);
    put(length + 4, len);
    memcpy(box + length + 8, what, len);
    length += 8 + len;
}

static void container(uint32_t signature, uint16_t as)
{
    const uint32_t table[12] = {0x00800f11, 0, 0, 0x8011, signature, 0, 0, as};

    put(length, 0x00414d44);
    length += 4;
    section(0, table, sizeof(table));
}

static size_t patch(uint16_t as, uint32_t revision, uint32_t bridge, uint32_t len)
{
    uint32_t p[64] = {0x01012026, revision, 0, 0, bridge, 0, as};
    size_t at = length + 8;

    section(1, p, len);
    return at;
}

static void amd(void)
{
    length = 0;
    cpu = (struct ucode_cpu){CPU_AMD, SIG, 0, 0x10, false};
    memset(box, 0, sizeof(box));
}

TestSuite(amd, .init = amd);

Test(amd, the_newest_for_what_this_cpu_counts_as)
{
    container(SIG, 0x8012);
    patch(0x8011, 0x99, 0, 128);
    cr_expect_eq(find(), -XEN_ENOENT);
    patch(0x8012, 0x99, 1, 128); /* a chip set's */
    patch(0x8012, 0x10, 0, 128);
    cr_expect_eq(find(), -XEN_ENOENT);
    size_t best = patch(0x8012, 0x13, 0, 67); /* the next begins anywhere */
    patch(0x8012, 0x12, 0, 128);
    cr_assert_eq(find(), 0);
    cr_expect_eq(found.data, box + best);
    cr_expect_eq(found.len, 67);
    cr_expect_eq(found.revision, 0x13);
}

Test(amd, containers_one_behind_the_other)
{
    container(OTHER, 0x8012);
    patch(0x8012, 0x99, 0, 128);
    cr_expect_eq(find(), -XEN_ENOENT);
    container(SIG, 0x8012);
    size_t best = patch(0x8012, 0x20, 0, 128);
    put(length, 0x00414d44); /* one without a table */
    length += 4;
    patch(0x8012, 0x98, 0, 128);
    patch(0, 0x97, 0, 128);
    cr_assert_eq(find(), 0);
    cr_expect_eq(found.data, box + best, "what is equal in one is not so in another");
}

Test(amd, damaged)
{
    static const uint32_t lies[] = {~0u, 0x80000000, 0xfffffff8, 129, 1000};

    cr_expect_eq(find(), -XEN_EINVAL, "nothing at all");
    for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        amd();
        container(SIG, 0x8012);
        put(patch(0x8012, 0x20, 0, 128) - 4, lies[i]);
        cr_expect_eq(find(), -XEN_EINVAL, "a patch of %u bytes", lies[i]);
        amd();
        container(SIG, 0x8012);
        put(8, lies[i]);
        cr_expect_eq(find(), -XEN_EINVAL, "a table of %u bytes", lies[i]);
    }
    amd();
    container(SIG, 0x8012);
    patch(0x8012, 0x20, 0, 63);
    cr_expect_eq(find(), -XEN_EINVAL, "shorter than its head");
    amd();
    container(SIG, 0x8012);
    section(2, "what", 4);
    cr_expect_eq(find(), -XEN_EINVAL, "an unknown section");
    amd();
    container(SIG, 0x8012);
    put(0, 0x00414d45);
    cr_expect_eq(find(), -XEN_EINVAL, "another magic");
}

Test(amd, cut_anywhere)
{
    size_t table;

    container(SIG, 0x8012);
    table = length;
    patch(0x8012, 0x20, 0, 128);
    for (size_t len = 0; len <= length; len++)
        cr_assert_eq(find_in(len),
                     len == table    ? -XEN_ENOENT
                     : len == length ? 0
                                     : -XEN_EINVAL,
                     "%zu of %zu", len, length);
}

Test(amd, of_no_known_vendor)
{
    container(SIG, 0x8012);
    patch(0x8012, 0x20, 0, 128);
    cr_expect_eq(find(), 0);
    for (unsigned v = CPU_OTHER; v <= CPU_HYGON; v++) {
        cpu.vendor = v;
        cr_expect_eq(find(), v == CPU_AMD ? 0 : -XEN_EINVAL, "vendor %u", v);
    }
}
