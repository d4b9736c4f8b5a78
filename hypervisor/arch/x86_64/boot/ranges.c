/* SPDX-License-Identifier: BSD-2-Clause */
/* A firmware's memory map made plain: ranges in ascending order, each byte in one at most. */
#include <hv/lib.h>
#include <asm/boot.h>

/* The type of the byte at `at`: where ranges overlap the highest wins, so that RAM is what all that
 * name it call RAM.  0: none. */
static __init uint32_t type_at(const struct ram_range *map, unsigned n, uint64_t at)
{
    uint32_t type = 0;

    for (unsigned i = 0; i < n; i++)
        if (map[i].start <= at && at < map[i].end)
            type = max(type, map[i].type);
    return type;
}

/* The next address where a range begins or ends, or ~0. */
static __init uint64_t next_edge(const struct ram_range *map, unsigned n, uint64_t at)
{
    uint64_t edge = ~0UL;

    for (unsigned i = 0; i < n; i++) {
        if (map[i].start > at)
            edge = min(edge, map[i].start);
        if (map[i].end > at)
            edge = min(edge, map[i].end);
    }
    return edge;
}

__init bool ranges_tidy(struct ram_range *map, unsigned *count)
{
    struct ram_range raw[BOOT_MAX_RANGES];
    const unsigned n = *count;
    unsigned out = 0;

    memcpy(raw, map, n * sizeof(*map));
    *count = 0;
    for (uint64_t at = 0, end; at != ~0UL; at = end) {
        const uint32_t type = type_at(raw, n, at);
        end = next_edge(raw, n, at);
        if (!type)
            continue;
        if (out && map[out - 1].end == at && map[out - 1].type == type) {
            map[out - 1].end = end;
            continue;
        }
        if (out == BOOT_MAX_RANGES)
            return false;
        map[out++] = (struct ram_range){at, end, type};
        *count = out;
    }
    return true;
}
