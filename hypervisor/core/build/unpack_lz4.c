/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZ4 legacy frames, decoded here: the block format is fifty lines, while liblz4's one object file
 * would add 57 KB of compressor to the hypervisor.
 *
 * Formats: lz4_Frame_format.md ("Legacy frame") and lz4_Block_format.md of the LZ4 project.
 */
#include "unpack.h"
#include "bytes.h"

#define MAGIC     0x184c2102u
#define MIN_MATCH 4u

struct cursor {
    const uint8_t *in, *in_end;
    uint8_t *out_start, *out, *out_end;
};

/* A nibble of 15 is continued by bytes of 255 and one less; false when the input ends early. */
static bool read_length(struct cursor *c, size_t *len)
{
    uint8_t byte = 255;

    if (*len != 15)
        return true;
    while (byte == 255) {
        if (c->in == c->in_end)
            return false;
        byte = *c->in++;
        *len += byte;
    }
    return true;
}

static enum build_error copy_literals(struct cursor *c, size_t len)
{
    if (!read_length(c, &len) || len > (size_t)(c->in_end - c->in))
        return BUILD_UNPACK_DATA;
    if (len > (size_t)(c->out_end - c->out))
        return BUILD_UNPACK_SPACE;
    __builtin_memcpy(c->out, c->in, len);
    c->in += len;
    c->out += len;
    return BUILD_OK;
}

static enum build_error copy_match(struct cursor *c, size_t len)
{
    size_t offset;

    if (c->in_end - c->in < 2)
        return BUILD_UNPACK_DATA;
    offset = bytes_u16(c->in);
    c->in += 2;
    if (!read_length(c, &len) || offset == 0 || offset > (size_t)(c->out - c->out_start))
        return BUILD_UNPACK_DATA;
    len += MIN_MATCH;
    if (len > (size_t)(c->out_end - c->out))
        return BUILD_UNPACK_SPACE;
    if (offset >= len) {
        __builtin_memcpy(c->out, c->out - offset, len);
        c->out += len;
        return BUILD_OK;
    }
    while (len--) { /* source and target overlap: that is how runs are encoded */
        *c->out = *(c->out - offset);
        c->out++;
    }
    return BUILD_OK;
}

static enum build_error decode_block(struct cursor *c)
{
    while (c->in < c->in_end) {
        uint8_t token = *c->in++;
        enum build_error err = copy_literals(c, token >> 4);

        if (err != BUILD_OK)
            return err;
        if (c->in == c->in_end) /* the last sequence has no match */
            return BUILD_OK;
        err = copy_match(c, token & 15);
        if (err != BUILD_OK)
            return err;
    }
    return BUILD_UNPACK_DATA;
}

enum build_error unpack_lz4(const void *in, size_t in_len, void *out, size_t out_cap,
                            size_t *out_len)
{
    const uint8_t *next = in, *end = next + in_len;
    struct cursor c = {.out = out, .out_end = (uint8_t *)out + out_cap};
    enum build_error err = BUILD_OK;

    if (in_len < 4 || bytes_u32(next) != MAGIC)
        return BUILD_UNPACK_DATA;
    next += 4;
    while (err == BUILD_OK && end - next >= 4) {
        uint32_t len = bytes_u32(next);

        next += 4;
        if (len == MAGIC) /* concatenated frames are allowed */
            continue;
        if (len == 0 || len > (size_t)(end - next))
            return BUILD_UNPACK_DATA;
        c.in = next;
        c.in_end = next += len;
        c.out_start = c.out; /* blocks are independent */
        err = decode_block(&c);
    }
    *out_len = (size_t)(c.out - (uint8_t *)out);
    return err;
}
