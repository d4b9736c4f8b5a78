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

/* Who waits for a large kernel is told how far it has come: not only at its end, or its dictionary's. */
Test(unpack, xz_says_how_far_it_is)
{
    size_t got;

    make_plain();
    unpack(PAYLOAD_XZ, packed, pack_xz() * 3 / 4, out, PLAIN, &got);
    cr_assert_gt(got, PLAIN / 2);
    cr_assert_lt(got, PLAIN);
}

Test(unpack, lz4_match_before_the_start)
{
    /* one literal, then a match at offset 2 */
    static const uint8_t evil[] = {0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0, 0x10, 'a', 2, 0, 0};
    size_t got;

    cr_assert_eq(unpack(PAYLOAD_LZ4, evil, sizeof(evil), out, PLAIN, &got), BUILD_UNPACK_DATA);
    /* ... or at offset 0, itself; then the end */
    static const uint8_t itself[] = {0x02, 0x21, 0x4c, 0x18, 5, 0, 0, 0, 0x10, 'a', 0, 0, 0};
    cr_assert_eq(unpack(PAYLOAD_LZ4, itself, sizeof(itself), out, PLAIN, &got), BUILD_UNPACK_DATA);
}

/* A match of 15 + 255 + 4 bytes, into room for fewer. */
Test(unpack, lz4_stays_within_its_room)
{
    static const uint8_t run[] = {2, 0x21, 0x4c, 0x18, 7, 0, 0, 0, 0x1f, 'a', 1, 0, 255, 0, 0};
    size_t got;

    for (size_t room = 0; room < 276; room++) {
        uint8_t *to = malloc(room);

        cr_assert_eq(unpack(PAYLOAD_LZ4, run, sizeof(run), to, room, &got),
                     room < 275 ? BUILD_UNPACK_SPACE : BUILD_OK, "%zu", room);
        free(to);
    }
}

/* Any input, cut at any byte. */
Test(unpack, lz4_stays_within_its_input)
{
    make_plain();
    size_t len = pack_lz4(), got;

    for (size_t n = 0; n < 600; n++) {
        uint8_t *in = malloc(n);

        memcpy(in, packed, n);
        if (n >= 8)
            in[4] = (uint8_t)(n - 8), in[5] = (uint8_t)((n - 8) >> 8), in[6] = in[7] = 0;
        unpack(PAYLOAD_LZ4, in, n, out, PLAIN, &got);
        cr_assert_leq(got, PLAIN);
        free(in);
    }
    cr_assert_eq(unpack(PAYLOAD_LZ4, packed, len, out, PLAIN, &got), BUILD_OK);
}

Test(unpack, a_plain_kernel_needs_room_too)
{
    uint8_t *to = malloc(99);
    size_t got;

    memset(packed, 7, 100);
    cr_assert_eq(unpack(PAYLOAD_NONE, packed, 100, to, 99, &got), BUILD_UNPACK_SPACE);
    cr_assert_eq(unpack(PAYLOAD_NONE, packed, 99, to, 99, &got), BUILD_OK);
    cr_assert_eq(got, 99);
    free(to);
}

Test(bzimage, cut_short)
{
    size_t size = make_bzimage("\x28\xb5\x2f\xfd\0\0\1\0", 8);
    struct bzimage bz;

    for (size_t len = 0; len <= size; len++) {
        uint8_t *cut = malloc(len);

        memcpy(cut, image, len);
        cr_assert_eq(bzimage_find(cut, len, &bz) == BUILD_OK, len == size, "%zu", len);
        free(cut);
    }
    size = make_bzimage("\x1f\x8b\1", 3); /* no room for the size */
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_PAYLOAD);
    size = make_bzimage("\x1f\x8b\0\0\0\0", 6);
    cr_assert_eq(bzimage_find(image, size, &bz), BUILD_BZ_SIZE);
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
