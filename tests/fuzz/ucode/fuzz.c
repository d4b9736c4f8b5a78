/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Containers of microcode from anywhere: what is found lies within, means this CPU and is newer.
 * The first byte says which form is read; of Intel's the checksums are made right, so that the fuzzer
 * spends its time behind them.  libFuzzer gives exact copies: ASan sees the first byte read too far.
 */
#include <stdlib.h>
#include <string.h>

#include <hv/abi.h>
#include <asm/ucode.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each whole 1024 bytes, as most updates are so long. */
static void seal(uint8_t *p, size_t len)
{
    for (size_t at = 0; len - at >= 1024; at += 1024) {
        uint32_t sum = 0, word;
        memset(p + at + 16, 0, 4);
        for (size_t i = 0; i < 1024; i += 4) {
            memcpy(&word, p + at + i, 4);
            sum -= word;
        }
        memcpy(p + at + 16, &sum, 4);
    }
}

static void find(enum cpu_vendor vendor, const uint8_t *p, size_t len)
{
    const struct ucode_cpu c = {vendor, 0x000306a9, 2, 0x10, false};
    struct ucode_patch patch;
    int ret = ucode_find(&c, p, len, &patch);

    if (ret != 0 && ret != -XEN_EINVAL && ret != -XEN_ENOENT)
        abort();
    if (ret == 0 && (patch.data < p || patch.len > len || patch.data + patch.len > p + len ||
                     patch.len < 48 || patch.revision <= c.revision))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *file;
    uint8_t *copy;
    size_t len;

    if (!size)
        return 0;
    copy = malloc(size);
    len = size - 1;
    memcpy(copy, data + 1, len);
    if (data[0] % 4 == 0)
        seal(copy, len);
    /* exact: what is behind it is not readable */
    copy = realloc(copy, len ? len : 1);
    if (data[0] % 4 == 3) {
        if (ucode_cpio(copy, len, "kernel/x86/microcode/GenuineIntel.bin", &file, &len))
            find(CPU_INTEL, file, len);
    } else {
        find(data[0] % 4 == 2 ? CPU_AMD : CPU_INTEL, copy, len);
    }
    free(copy);
    return 0;
}
