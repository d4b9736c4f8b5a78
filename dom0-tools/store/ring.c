/* SPDX-License-Identifier: BSD-2-Clause */
/* Xenstore's shared page.  Pure: tests and the fuzzer play the guest. */
#include "lib/byte_ring.h"
#include "store/ring.h"

void ring_start(struct xenstore_domain_interface *page)
{
    __atomic_store_n(&page->server_features,
                     XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR,
                     __ATOMIC_RELAXED);
    __atomic_store_n(&page->error, XENSTORE_ERROR_NONE, __ATOMIC_RELAXED);
    __atomic_store_n(&page->connection, XENSTORE_CONNECTED, __ATOMIC_RELEASE);
}

bool ring_reconnect(struct xenstore_domain_interface *page)
{
    if (__atomic_load_n(&page->connection, __ATOMIC_ACQUIRE) != XENSTORE_RECONNECT)
        return false;
    __atomic_store_n(&page->req_cons, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->req_prod, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->rsp_cons, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&page->rsp_prod, 0, __ATOMIC_RELAXED);
    return true;
}

void ring_take_indices(const struct xenstore_domain_interface *page, struct slot *slot)
{
    moved_set(&slot->in_moved, __atomic_load_n(&page->req_cons, __ATOMIC_RELAXED));
    moved_set(&slot->out_moved, __atomic_load_n(&page->rsp_prod, __ATOMIC_RELAXED));
}

void ring_put_indices(struct xenstore_domain_interface *page, const struct slot *slot)
{
    __atomic_store_n(&page->req_cons, slot->in_moved.base, __ATOMIC_RELEASE);
    __atomic_store_n(&page->rsp_prod, slot->out_moved.base, __ATOMIC_RELEASE);
}

void ring_fail(struct xenstore_domain_interface *page, uint32_t error)
{
    __atomic_store_n(&page->error, error, __ATOMIC_RELEASE);
}

ssize_t ring_read(struct xenstore_domain_interface *page, struct slot *slot, void *buf, size_t len)
{
    struct byte_ring r = {page->req, sizeof(page->req), &page->req_prod, &slot->in_moved.base};
    ssize_t n = byte_ring_get(&r, buf, len);

    __atomic_store_n(&page->req_cons, slot->in_moved.base, __ATOMIC_RELEASE);
    return n;
}

ssize_t ring_write(struct xenstore_domain_interface *page, struct slot *slot, const void *buf,
                   size_t len)
{
    struct byte_ring r = {page->rsp, sizeof(page->rsp), &slot->out_moved.base, &page->rsp_cons};
    ssize_t n = byte_ring_put(&r, buf, len);

    __atomic_store_n(&page->rsp_prod, slot->out_moved.base, __ATOMIC_RELEASE);
    return n;
}
