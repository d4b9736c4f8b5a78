/* SPDX-License-Identifier: BSD-2-Clause */
/* bzImage payloads: found, bounded, and decompressed in all four formats; damage is refused. */
#include <criterion/criterion.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "core/build/unpack.h"

#define PLAIN (1u << 20)

static uint8_t plain[PLAIN], packed[2 * PLAIN], out[PLAIN], image[3 * PLAIN];

static void make_plain(void)
{
    uint32_t x = 1;

    for (size_t i = 0; i < PLAIN; i++) {
        x = x * 1664525 + 1013904223;
        plain[i] = (i & 64) ? x >> 24 : i >> 8; /* neither trivial nor incompressible */
    }
}

static size_t pack_gzip(void)
{
    z_stream s = {
        .next_in = plain, .avail_in = PLAIN, .next_out = packed, .avail_out = sizeof(packed)};

    deflateInit2(&s, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    deflate(&s, Z_FINISH);
    deflateEnd(&s);
    return s.total_out;
}

static size_t pack_xz(void)
{
    size_t n = 0;

    cr_assert_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, PLAIN, packed, &n,
                                         sizeof(packed)),
                 LZMA_OK);
    return n;
}

static size_t pack_zstd(void)
{
    return ZSTD_compress(packed, sizeof(packed), plain, PLAIN, 3);
}

/* Two blocks, as `lz4 -l` would make of a larger file */
static size_t pack_lz4(void)
{
    size_t n = 4;

    memcpy(packed, "\x02\x21\x4c\x18", 4);
    for (size_t half = 0; half < 2; half++) {
        uint32_t len =
            LZ4_compress_default((char *)plain + half * PLAIN / 2, (char *)packed + n + 4,
                                 PLAIN / 2, sizeof(packed) - n - 4);

        memcpy(packed + n, &len, 4);
        n += 4 + len;
    }
    return n;
}

static const struct {
    enum payload kind;
    size_t (*pack)(void);
} formats[] = {
    {PAYLOAD_GZIP, pack_gzip},
    {PAYLOAD_XZ, pack_xz},
    {PAYLOAD_ZSTD, pack_zstd},
    {PAYLOAD_LZ4, pack_lz4},
};

/* Wraps @payload in a bzImage of four setup sectors (the value 0 of the header); returns its size
 */
static size_t make_bzimage(const void *payload, uint32_t len)
{
    uint16_t version = 0x20f;
    uint32_t offset = 16;

    memset(image, 0, sizeof(image));
    memcpy(image + 0x202, "HdrS", 4);
    memcpy(image + 0x206, &version, 2);
    memcpy(image + 0x248, &offset, 4);
    memcpy(image + 0x24c, &len, 4);
    memcpy(image + 5 * 512 + 16, payload, len);
    return 5 * 512 + 16 + len;
}

Test(unpack, all_formats)
{
    make_plain();
    for (size_t i = 0; i < 4; i++) {
        size_t len = formats[i].pack(), got;

        memset(out, 0, PLAIN);
        cr_assert_eq(unpack(formats[i].kind, packed, len, out, PLAIN, &got), BUILD_OK, "%zu", i);
        cr_assert_eq(got, PLAIN);
        cr_assert_arr_eq(out, plain, PLAIN);
    }
}

Test(unpack, too_small_a_buffer)
{
    make_plain();
    for (size_t i = 0; i < 4; i++) {
        size_t len = formats[i].pack(), got;

        cr_assert_eq(unpack(formats[i].kind, packed, len, out, PLAIN - 1, &got), BUILD_UNPACK_SPACE,
                     "%zu", i);
    }
}

Test(unpack, truncated_and_damaged_input)
{
    make_plain();
    for (size_t i = 0; i < 4; i++) {
        size_t len = formats[i].pack(), got;

        cr_assert_neq(unpack(formats[i].kind, packed, len / 2, out, PLAIN, &got), BUILD_OK);
        packed[0] ^= 0xff;
        cr_assert_eq(unpack(formats[i].kind, packed, len, out, PLAIN, &got), BUILD_UNPACK_DATA,
                     "%zu", i);
    }
}

Test(unpack, lz4_match_before_the_start)
{
    /* one literal, then a match at offset 2 */
    static const uint8_t evil[] = {0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0, 0x10, 'a', 2, 0, 0};
    size_t got;

    cr_assert_eq(unpack(PAYLOAD_LZ4, evil, sizeof(evil), out, PLAIN, &got), BUILD_UNPACK_DATA);
}

Test(bzimage, finds_every_payload)
{
    uint32_t announced = PLAIN;

    make_plain();
    for (size_t i = 0; i < 4; i++) {
        size_t len = formats[i].pack(), size;
        struct bzimage bz;

        if (formats[i].kind != PAYLOAD_GZIP) { /* gzip's own trailer is that word */
            memcpy(packed + len, &announced, 4);
            len += 4;
        }
        size = make_bzimage(packed, len);
        cr_assert_eq(bzimage_find(image, size, &bz), BUILD_OK);
        cr_assert_eq(bz.kind, formats[i].kind);
        cr_assert_eq(bz.unpacked_len, PLAIN);
        cr_assert_eq(bz.data, image + 5 * 512 + 16);
        cr_assert_eq(bzimage_find(image, size - 1, &bz), BUILD_BZ_PAYLOAD, "truncated file");
    }
}

Test(bzimage, plain_and_gzipped_elf)
{
    struct bzimage bz;

    memcpy(image, "\177ELF", 4);
    cr_assert_eq(bzimage_find(image, 100, &bz), BUILD_OK);
    cr_assert_eq(bz.kind, PAYLOAD_NONE);
    cr_assert_eq(bz.len, 100);
    make_plain();
    cr_assert_eq(bzimage_find(packed, pack_gzip(), &bz), BUILD_OK);
    cr_assert_eq(bz.kind, PAYLOAD_GZIP);
    cr_assert_eq(bz.unpacked_len, PLAIN);
}

Test(bzimage, refusals)
{
    uint16_t old = 0x207;
    uint32_t huge = 0xffffffff;
    struct bzimage bz;
    size_t size;

    cr_assert_eq(bzimage_find("#!/bin/sh\n", 10, &bz), BUILD_NOT_KERNEL);
    size = make_bzimage("nonsense", 8);
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_FORMAT);
    memcpy(image + 0x206, &old, 2);
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_OLD);
    size = make_bzimage("\x28\xb5\x2f\xfd\xff\xff\xff\xff", 8);
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_SIZE);
    memcpy(image + 0x248, &huge, 4);
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_PAYLOAD, "offset beyond the file");
}
