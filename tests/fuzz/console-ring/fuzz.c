/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile guest's console page: the input is the page's indices, changed between the daemon's
 * reads and writes.  Nothing may be touched outside the page and the buffers.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "console/buffer.h"
#include "console/ring.h"

static struct xencons_interface page;
static struct buffer out;

static void must(int ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[sizeof(page.out)];

    memset(&page, 0, sizeof(page));
    memset(&out, 0, sizeof(out));
    for (; size >= 6; data += 6, size -= 6) {
        uint32_t *index[] = {&page.in_cons, &page.in_prod, &page.out_cons, &page.out_prod};
        uint32_t value;
        ssize_t n;

        memcpy(&value, data + 2, sizeof(value));
        *index[data[0] % 4] = data[0] & 4 ? *index[data[0] % 4] + value % 4096 : value;
        n = console_ring_read(&page, buf, data[1] * 9 % (sizeof(buf) + 1));
        must(n >= -1 && n <= (ssize_t)sizeof(buf));
        if (n > 0)
            buffer_put(&out, buf, n);
        must(out.len <= BUFFER_SIZE && out.start < BUFFER_SIZE);
        n = console_ring_room(&page);
        must(n >= -1 && n <= (ssize_t)sizeof(page.in));
        n = console_ring_write(&page, buf, data[1]);
        must(n >= -1 && n <= data[1]);
    }
    return 0;
}
