/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile guest's ring page against the connection layer and the store behind it.
 *
 * The input scripts the guest: it writes bytes and indices into the page at will, honest pushes
 * among them, while the daemon serves the ring.  What the daemon holds must stay bounded.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/conn.h"
#include "store/ring.h"

static struct xenstore_domain_interface page;
static struct slot slot;
static struct conn *guest;

static ssize_t page_read(struct conn *c, void *buf, size_t len)
{
    ssize_t n = ring_read(&page, c->slot, buf, len);

    if (n < 0)
        ring_fail(&page, XENSTORE_ERROR_RINGIDX);
    return n;
}

static ssize_t page_write(struct conn *c, const void *buf, size_t len)
{
    return ring_write(&page, c->slot, buf, len);
}

static void page_settle(struct conn *c)
{
    (void)c;
}

static void page_refuse(struct conn *c)
{
    (void)c;
    ring_fail(&page, XENSTORE_ERROR_PROTO);
}

static const struct transport transport = {page_read, page_write, page_settle, page_refuse};

static int refuse3(unsigned int domid, unsigned long mfn, unsigned int port)
{
    (void)domid, (void)mfn, (void)port;
    abort(); /* a guest got through to a privileged request */
}

static int refuse1(unsigned int domid)
{
    (void)domid;
    abort();
}

static int refuse2(unsigned int domid, unsigned int target)
{
    (void)domid, (void)target;
    abort();
}

static bool introduced(unsigned int domid)
{
    return domid == 1;
}

static void log_text(const char *text)
{
    (void)text;
}

static const struct store_io io = {conn_reply, conn_event, refuse3,    refuse1,
                                   refuse1,    refuse2,    introduced, log_text};

/* An honest guest's message: pushes @len bytes and moves its index. */
static void push(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        page.req[(page.req_prod + i) % XENSTORE_RING_SIZE] = data[i];
    page.req_prod += len;
}

/* One action of the guest; the bytes of input used. */
static size_t act(const uint8_t *data, size_t size)
{
    struct xsd_sockmsg hdr = {.type = data[1] % XS_TYPE_COUNT, .len = data[2]};
    size_t used = 3 + hdr.len < size ? 3 + hdr.len : size;

    switch (data[0] % 8) {
    case 0:
        page.req_prod = data[1] << 8 | data[2];
        return 3;
    case 1:
        page.req_cons = data[1] << 8 | data[2];
        return 3;
    case 2:
        page.rsp_cons = data[1] & 1 ? page.rsp_prod : (uint32_t)(data[1] << 8 | data[2]);
        return 3;
    case 3:
        page.rsp_prod = data[1] << 8 | data[2];
        return 3;
    case 4:
        page.connection = data[1] & 1;
        return 3;
    case 5:
        push(data + 3, used - 3); /* any bytes, header included */
        return used;
    default:
        hdr.len = used - 3;
        push((const uint8_t *)&hdr, sizeof(hdr));
        push(data + 3, used - 3);
        return used;
    }
}

static void serve(void)
{
    if (ring_reconnect(&page)) {
        ring_take_indices(&page, &slot);
        conn_reset(guest);
        ring_start(&page);
    }
    for (int i = 0; i < 4 && !guest->dead; i++) {
        page.rsp_cons = page.rsp_cons + (i & 1) * 100;
        conn_service(guest);
    }
    if (guest->out_count > store.quota.outstanding + store.quota.events + 16)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memset(&page, 0, sizeof(page));
    store_init(&store, &io);
    store.quota.nodes = 20;
    guest = calloc(1, sizeof(*guest));
    memset(&slot, 0, sizeof(slot));
    conn_init(guest, &transport, &slot, 0, 1);
    ring_start(&page);
    while (size >= 3) {
        size_t used = act(data, size);

        data += used;
        size -= used;
        serve();
        if (tree_audit(&store.tree))
            abort();
    }
    conn_free(guest);
    store_free(&store);
    return 0;
}
