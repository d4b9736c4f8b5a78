/* SPDX-License-Identifier: BSD-2-Clause */
/* xl's and libxl's headers; see head.h. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/unconst.h"
#include "lib/xalloc.h"
#include "stream/head.h"

#define BYTEORDER 0x01020304u
#define FLAG_JSON 1u /* the configuration is JSON */
#define FLAG_V2   2u /* libxl's stream follows, not that of before Xen 4.6 */
/* More than any configuration has; the field allows 4 GiB */
#define OPTIONAL_MAX (1u << 20)

struct xl_head {
    char magic[STREAM_MAGIC_LEN];
    uint32_t byteorder, mandatory, optional, optional_len;
};

#define LIBXL_IDENT      0x4c6962786c466d74ull /* "LibxlFmt" */
#define LIBXL_VERSION    2u
#define LIBXL_BIG_ENDIAN 1u
#define LIBXL_CONVERTED  2u

struct libxl_head {
    uint64_t ident;
    uint32_t version, options;
};

int stream_put_head(struct stream_out *out, const char *config)
{
    uint32_t len = (uint32_t)strlen(config) + 1;
    struct xl_head xl = {
        .magic = STREAM_MAGIC,
        .byteorder = BYTEORDER,
        .mandatory = FLAG_JSON | FLAG_V2,
        .optional_len = sizeof(len) + len,
    };
    struct libxl_head libxl = {.ident = htobe64(LIBXL_IDENT), .version = htobe32(LIBXL_VERSION)};
    struct iovec iov[] = {
        {&xl, sizeof(xl)}, {&len, sizeof(len)}, {unconst(config), len}, {&libxl, sizeof(libxl)}};

    return stream_put_parts(out, iov, 4);
}

static int check_xl_head(struct stream_in *in, const struct xl_head *h)
{
    if (memcmp(h->magic, "LinuxGuestRecord", 16) == 0)
        return stream_bad(in, "it was written by xm of Xen 4.1 or older; restore it there");
    if (memcmp(h->magic, STREAM_MAGIC, STREAM_MAGIC_LEN) != 0)
        return stream_bad(in, "it does not begin with \"Xen saved domain, xl format\"");
    if (h->byteorder != BYTEORDER)
        return stream_bad(in, "it comes from a machine with the other order of bytes");
    if (h->mandatory & ~(FLAG_JSON | FLAG_V2))
        return stream_bad(in, "it needs newer tools (flags %#x)", h->mandatory);
    if (!(h->mandatory & FLAG_V2))
        return stream_bad(in, "it was written by Xen 4.5 or older");
    if (h->optional_len > OPTIONAL_MAX)
        return stream_bad(in, "its configuration would have %u bytes", h->optional_len);
    return 0;
}

char *stream_get_config(struct stream_in *in, bool *json)
{
    struct xl_head h;
    uint32_t len = 0;
    char *config;

    if (stream_get(in, &h, sizeof(h), "the header") || check_xl_head(in, &h))
        return NULL;
    if (h.optional_len < sizeof(len)) {
        stream_bad(in, "it has no configuration");
        return NULL;
    }
    if (stream_get(in, &len, sizeof(len), "the configuration"))
        return NULL;
    if (!len || len > h.optional_len - sizeof(len)) {
        stream_bad(in, "its configuration has no plausible length (%u bytes)", len);
        return NULL;
    }
    config = xcalloc(len, 1);
    if (stream_get(in, config, len, "the configuration") ||
        stream_skip(in, h.optional_len - sizeof(len) - len, "the header")) {
        free(config);
        return NULL;
    }
    if (strnlen(config, len) != len - 1) {
        stream_bad(in, "its configuration is no text");
        free(config);
        return NULL;
    }
    *json = h.mandatory & FLAG_JSON;
    return config;
}

int stream_get_libxl_head(struct stream_in *in)
{
    struct libxl_head h;

    if (stream_get(in, &h, sizeof(h), "libxl's header"))
        return -1;
    if (be64toh(h.ident) != LIBXL_IDENT)
        return stream_bad(in, "libxl's header is not there");
    if (be32toh(h.version) != LIBXL_VERSION)
        return stream_bad(in, "libxl's stream has version %u, known is %u", be32toh(h.version),
                          LIBXL_VERSION);
    if (be32toh(h.options) & LIBXL_BIG_ENDIAN)
        return stream_bad(in, "libxl's stream has the other order of bytes");
    if (be32toh(h.options) & ~(LIBXL_BIG_ENDIAN | LIBXL_CONVERTED))
        return stream_bad(in, "libxl's stream has unknown options (%#x)", be32toh(h.options));
    return 0;
}
