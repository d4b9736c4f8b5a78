/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder on hostile instruction bytes, in a heap block of just that size so that a read past
 * the end is seen.  What it accepts must be self-consistent, need all its bytes, and not depend on
 * bytes behind them.
 */
#include <stdlib.h>
#include <string.h>
#include <hv/emul.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct insn i, again;
    uint8_t *code = malloc(len ? len : 1);

    if (len)
        memcpy(code, data, len);
    if (insn_decode(code, (unsigned)len, &i)) {
        require(i.len >= 1 && i.len <= INSN_MAX && i.len <= len);
        require(i.bytes == 1 || i.bytes == 2 || i.bytes == 4 || i.bytes == 8);
        require(i.op < 0x200 && i.reg < 16 && i.rm < 16);
        require(i.has_modrm || !i.mem);
        require(insn_decode(code, i.len, &again) && !memcmp(&i, &again, sizeof(i)));
        require(!insn_decode(code, i.len - 1u, &again));
    }
    free(code);
    return 0;
}
