/* SPDX-License-Identifier: BSD-2-Clause */
/* libxc's image header (big endian) and domain header; see image.h. */
#include <endian.h>

#include "stream/image.h"

#define IMAGE_MARKER UINT64_MAX
#define IMAGE_ID     0x58454e46u /* "XENF" */
#define TYPE_PV      1u
#define PAGE_SHIFT   12

struct image_head {
    uint64_t marker;
    uint32_t id, version;
    uint16_t options, reserved[3];
};

struct domain_head {
    uint32_t type;
    uint16_t page_shift, reserved;
    uint32_t xen_major, xen_minor;
};

int image_put_headers(struct stream_out *out, uint32_t xen_version)
{
    struct image_head image = {
        .marker = IMAGE_MARKER, .id = htobe32(IMAGE_ID), .version = htobe32(IMAGE_VERSION)};
    struct domain_head domain = {.type = TYPE_PV,
                                 .page_shift = PAGE_SHIFT,
                                 .xen_major = xen_version >> 16,
                                 .xen_minor = xen_version & 0xffff};
    struct iovec iov[] = {{&image, sizeof(image)}, {&domain, sizeof(domain)}};

    return stream_put_parts(out, iov, 2);
}

int image_get_headers(struct stream_in *in, uint32_t *version)
{
    struct image_head image;
    struct domain_head domain;

    if (stream_get(in, &image, sizeof(image), "the image header") ||
        stream_get(in, &domain, sizeof(domain), "the domain header"))
        return -1;
    *version = be32toh(image.version);
    if (image.marker != IMAGE_MARKER || be32toh(image.id) != IMAGE_ID)
        return stream_bad(in, "the image header is not there");
    if (*version > IMAGE_VERSION)
        return stream_bad(in, "the image has version %u, known are %u and %u: it needs newer tools",
                          *version, IMAGE_VERSION_MIN, IMAGE_VERSION);
    if (*version < IMAGE_VERSION_MIN)
        return stream_bad(in, "the image has version %u", *version);
    if (image.options)
        return stream_bad(in, "the image has the other order of bytes, or unknown options (%#x)",
                          be16toh(image.options));
    if (domain.type != TYPE_PV)
        return stream_bad(in, "the guest is not paravirtual (type %u)", domain.type);
    if (domain.page_shift != PAGE_SHIFT)
        return stream_bad(in, "its pages have 2^%u bytes", domain.page_shift);
    return 0;
}
