/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts code in its place that this CPU needs: see asm/alternative.h. */
#include <hv/check.h>
#include <hv/lib.h>
#include <asm/alternative.h>

STATIC_CHECK(sizeof(struct alternative) == 32, "the assembler's macro lays it out");

void alternatives_apply(const struct alternative *from, const struct alternative *end,
                        uint32_t features)
{
    for (const struct alternative *a = from; a < end; a++) {
        uint8_t *at = (uint8_t *)a->at;
        int32_t distance = (int32_t)(a->target - (a->at + a->length));

        if (!(features >> a->feature & 1))
            continue;
        memcpy(at, a->code, a->length);
        if (a->target)
            memcpy(at + a->length - sizeof(distance), &distance, sizeof(distance));
    }
}
