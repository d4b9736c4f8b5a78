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
    ring_start(page);
    return true;
}

void ring_fail(struct xenstore_domain_interface *page, uint32_t error)
{
    __atomic_store_n(&page->error, error, __ATOMIC_RELEASE);
}

ssize_t ring_read(struct xenstore_domain_interface *page, void *buf, size_t len)
{
    struct byte_ring r = {page->req, sizeof(page->req), &page->req_prod, &page->req_cons};

    return byte_ring_get(&r, buf, len);
}

ssize_t ring_write(struct xenstore_domain_interface *page, const void *buf, size_t len)
{
    struct byte_ring r = {page->rsp, sizeof(page->rsp), &page->rsp_prod, &page->rsp_cons};

    return byte_ring_put(&r, buf, len);
}
