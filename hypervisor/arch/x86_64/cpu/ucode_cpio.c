/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive that an initial RAM disk with microcode begins with: cpio's "newc" form, fields of 8
 * hexadecimal digits, names and files padded to 4 bytes.
 */
#include <hv/lib.h>
#include <asm/ucode.h>

#define HEAD 110u
#define FILE 54u /* where the file's size is */
#define NAME 94u /* and its name's, with the zero byte */

static bool hex(const uint8_t *p, uint32_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned c = p[i], low = c | 0x20u;
        if ((c < '0' || c > '9') && (low < 'a' || low > 'f'))
            return false;
        *out = *out << 4 | (c <= '9' ? c - '0' : low - 'a' + 10);
    }
    return true;
}

bool ucode_cpio(const uint8_t *archive, size_t len, const char *name, const uint8_t **file,
                size_t *file_len)
{
    size_t want = strlen(name) + 1;
    uint32_t size, name_len;

    for (size_t at = 0; at < len && len - at >= HEAD;) {
        const uint8_t *h = archive + at;
        if (memcmp(h, "070701", 6) || !hex(h + FILE, &size) || !hex(h + NAME, &name_len))
            return false;
        size_t data = ROUND_UP(at + HEAD + name_len, 4ul), end = data + size;
        if (end > len)
            return false;
        if (name_len == want && !memcmp(h + HEAD, name, want)) {
            *file = archive + data;
            *file_len = size;
            return true;
        }
        at = ROUND_UP(end, 4ul);
    }
    return false;
}
