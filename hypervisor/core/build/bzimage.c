/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the compressed kernel inside a Linux bzImage.
 *
 * Field offsets are those of the setup header in Linux' Documentation/arch/x86/boot.rst.  The
 * kernel's build appends the unpacked size (32-bit little endian) to every compressed payload;
 * gzip carries the same word as its own trailer.
 */
#include "hv/build.h"
#include "bytes.h"

#define SETUP_SECTS    0x1f1
#define HEADER_MAGIC   0x202
#define HEADER_VERSION 0x206
#define PAYLOAD_OFFSET 0x248
#define PAYLOAD_LENGTH 0x24c
#define HEADER_END     0x250
#define VERSION_2_08   0x0208
#define SECTOR         512u
#define SIZE_WORD      4u

#define ELF_MAGIC "\177ELF"

static bool starts_with(const uint8_t *data, size_t len, const char *magic, size_t n)
{
    return len >= n && __builtin_memcmp(data, magic, n) == 0;
}

static bool detect(const uint8_t *data, size_t len, enum payload *kind)
{
    static const struct {
        const char *magic;
        size_t n;
        enum payload kind;
    } known[] = {
        {"\x1f\x8b", 2, PAYLOAD_GZIP},
        {"\xfd"
         "7zXZ\0",
         6, PAYLOAD_XZ},
        {"\x28\xb5\x2f\xfd", 4, PAYLOAD_ZSTD},
        {"\x02\x21\x4c\x18", 4, PAYLOAD_LZ4},
        {ELF_MAGIC, 4, PAYLOAD_NONE},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (starts_with(data, len, known[i].magic, known[i].n)) {
            *kind = known[i].kind;
            return true;
        }
    }
    return false;
}

/* Fills @out from a compressed blob whose last four bytes are the unpacked size. */
static enum build_error compressed(const uint8_t *data, size_t len, struct bzimage *out)
{
    if (!detect(data, len, &out->kind))
        return BUILD_BZ_FORMAT;
    out->data = data;
    out->len = out->unpacked_len = len;
    if (out->kind == PAYLOAD_NONE)
        return BUILD_OK;
    if (len <= SIZE_WORD)
        return BUILD_BZ_PAYLOAD;
    out->unpacked_len = bytes_u32(data + len - SIZE_WORD);
    if (out->kind != PAYLOAD_GZIP) /* for gzip the word belongs to the stream */
        out->len = len - SIZE_WORD;
    if (out->unpacked_len == 0 || out->unpacked_len > BUILD_KERNEL_MAX)
        return BUILD_BZ_SIZE;
    return BUILD_OK;
}

enum build_error bzimage_find(const void *image, size_t len, struct bzimage *out)
{
    const uint8_t *data = image;
    uint64_t sectors, start, payload_len;

    if (starts_with(data, len, ELF_MAGIC, 4) || starts_with(data, len, "\x1f\x8b", 2))
        return compressed(data, len, out);
    if (len < HEADER_END || __builtin_memcmp(data + HEADER_MAGIC, "HdrS", 4) != 0)
        return BUILD_NOT_KERNEL;
    if (bytes_u16(data + HEADER_VERSION) < VERSION_2_08)
        return BUILD_BZ_OLD;

    sectors = data[SETUP_SECTS] ? data[SETUP_SECTS] : 4; /* boot.rst: 0 means 4 */
    start = (sectors + 1) * SECTOR + bytes_u32(data + PAYLOAD_OFFSET);
    payload_len = bytes_u32(data + PAYLOAD_LENGTH);
    if (payload_len == 0 || !bytes_within(start, payload_len, len))
        return BUILD_BZ_PAYLOAD;
    return compressed(data + start, payload_len, out);
}
