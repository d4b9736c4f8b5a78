/* SPDX-License-Identifier: BSD-2-Clause */
/* A hostile bzImage: find the payload and decompress it into a buffer smaller than it may claim. */
#include <stdlib.h>
#include "core/build/unpack.h"

#define OUT_MAX 65536u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bzimage bz;
    size_t got, cap;
    uint8_t *out;

    if (bzimage_find(data, len, &bz) != BUILD_OK) {
        /* Reach the LZ4 decoder, the one that is ours, without a valid header as well. */
        bz = (struct bzimage){.kind = PAYLOAD_LZ4, .data = data, .len = len, .unpacked_len = len};
    }
    cap = bz.unpacked_len < OUT_MAX ? bz.unpacked_len : OUT_MAX;
    out = malloc(cap ? cap : 1);
    if (unpack(bz.kind, bz.data, bz.len, out, cap, &got) == BUILD_OK && got > cap)
        abort();
    free(out);
    return 0;
}
