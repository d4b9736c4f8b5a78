/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory maps of firmwares that list a byte twice, in any order: each is in one range after. */
#include <stdlib.h>
#include <criterion/criterion.h>

#include <hv/lib.h>
#include <asm/boot.h>

static struct ram_range map[BOOT_MAX_RANGES];
static unsigned count;

static void add(uint64_t start, uint64_t end, uint32_t type)
{
    map[count++] = (struct ram_range){start, end, type};
}
static void is(unsigned i, uint64_t start, uint64_t end, uint32_t type)
{
    cr_expect(i < count && map[i].start == start && map[i].end == end && map[i].type == type,
              "%u of %u: %lx to %lx, type %u", i, count, map[i].start, map[i].end, map[i].type);
}

Test(ranges, what_is_in_order_stays)
{
    add(0, 0x9fc00, 1);
    add(0x9fc00, 0xa0000, 2);
    add(0x100000, 0x7ffd000, 1);
    cr_expect(ranges_tidy(map, &count));
    cr_expect_eq(count, 3);
    is(0, 0, 0x9fc00, 1);
    is(1, 0x9fc00, 0xa0000, 2);
    is(2, 0x100000, 0x7ffd000, 1);
}

Test(ranges, ram_that_is_something_else_too_is_no_ram)
{
    add(0x100000, 0x900000, 1);
    add(0x500000, 0x600000, 2);
    add(0x580000, 0x680000, 4);
    cr_expect(ranges_tidy(map, &count));
    cr_expect_eq(count, 4);
    is(0, 0x100000, 0x500000, 1);
    is(1, 0x500000, 0x580000, 2);
    is(2, 0x580000, 0x680000, 4);
    is(3, 0x680000, 0x900000, 1);
}

Test(ranges, ram_that_is_listed_twice_is_there_once)
{
    add(0x800000, 0x900000, 1);
    add(0x100000, 0x500000, 1);
    add(0x100000, 0x400000, 1);
    add(0x400000, 0x800000, 1);
    cr_expect(ranges_tidy(map, &count));
    cr_expect_eq(count, 1);
    is(0, 0x100000, 0x900000, 1);
}

Test(ranges, the_last_byte_of_all)
{
    add(0xffff000, ~0UL, 2);
    add(0, 0xffff000, 1);
    cr_expect(ranges_tidy(map, &count));
    cr_expect_eq(count, 2);
    is(0, 0, 0xffff000, 1);
    is(1, 0xffff000, ~0UL, 2);
}

Test(ranges, overlaps_that_make_too_many)
{
    add(0, 1UL << 40, 1);
    for (uint64_t i = 1; i < BOOT_MAX_RANGES; i++)
        add(i << 20, (i << 20) + 0x1000, 2);
    cr_expect_not(ranges_tidy(map, &count));
    cr_expect_eq(count, BOOT_MAX_RANGES);
    is(0, 0, 1UL << 20, 1);
    is(1, 1UL << 20, (1UL << 20) + 0x1000, 2);
    is(BOOT_MAX_RANGES - 1, 64UL << 20, (64UL << 20) + 0x1000, 2);
}

/* Random ranges over 64 units, beside a map of each unit by itself. */
Test(ranges, each_byte_has_its_highest_type_once)
{
    for (unsigned seed = 0; seed < 20000; seed++) {
        uint32_t want[64] = {0}, got[64] = {0};

        srand(seed);
        count = 0;
        for (unsigned n = (unsigned)rand() % 12 + 1; n; n--) {
            unsigned from = (unsigned)rand() % 64, to = from + 1 + (unsigned)rand() % (64 - from);
            uint32_t type = (uint32_t)rand() % 5 + 1;
            add(from, to, type);
            for (unsigned i = from; i < to; i++)
                want[i] = max(want[i], type);
        }
        cr_assert(ranges_tidy(map, &count));
        for (unsigned i = 0; i < count; i++) {
            cr_assert_lt(map[i].start, map[i].end, "seed %u", seed);
            cr_assert(!i || map[i - 1].end < map[i].start ||
                          (map[i - 1].end == map[i].start && map[i - 1].type != map[i].type),
                      "seed %u, range %u", seed, i);
            for (uint64_t at = map[i].start; at < map[i].end; at++)
                got[at] = map[i].type;
        }
        cr_assert_arr_eq(got, want, sizeof(want), "seed %u", seed);
    }
}
