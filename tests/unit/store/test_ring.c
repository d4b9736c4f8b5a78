/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared page: wrap-around, hostile indices, reconnection. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "store/ring.h"

static struct xenstore_domain_interface page;

Test(ring, bytes_survive_wrapping)
{
    char in[200], out[200];
    unsigned int sent = 0, got = 0;

    page.req_prod = page.req_cons = (uint32_t)-300; /* wraps at 2^32 as well */
    srand(3);
    for (int i = 0; i < 2000; i++) {
        unsigned int n = rand() % sizeof(in);

        if (n > XENSTORE_RING_SIZE - (page.req_prod - page.req_cons))
            n = 0;
        for (unsigned int k = 0; k < n; k++)
            page.req[(page.req_prod + k) % XENSTORE_RING_SIZE] = sent++ % 251;
        page.req_prod += n;
        n = rand() % sizeof(out);
        n = ring_read(&page, out, n);
        for (unsigned int k = 0; k < n; k++)
            cr_assert_eq((unsigned char)out[k], got++ % 251);
    }
    cr_assert_gt(got, 10000);
}

Test(ring, takes_no_more_than_fits)
{
    char buf[2000] = {1};

    memset(&page, 0, sizeof(page));
    cr_assert_eq(ring_write(&page, buf, sizeof(buf)), XENSTORE_RING_SIZE);
    cr_assert_eq(ring_write(&page, buf, sizeof(buf)), 0);
    page.rsp_cons = 10;
    cr_assert_eq(ring_write(&page, buf, sizeof(buf)), 10);
    cr_assert_eq(page.rsp_prod, XENSTORE_RING_SIZE + 10);
}

Test(ring, impossible_indices_are_refused)
{
    char buf[16];

    memset(&page, 0, sizeof(page));
    page.req_prod = XENSTORE_RING_SIZE + 1;
    cr_assert_eq(ring_read(&page, buf, sizeof(buf)), -1);
    page.req_prod = 5;
    page.req_cons = 6;
    cr_assert_eq(ring_read(&page, buf, sizeof(buf)), -1);
    page.rsp_cons = 1;
    cr_assert_eq(ring_write(&page, buf, sizeof(buf)), -1);
    ring_fail(&page, XENSTORE_ERROR_RINGIDX);
    cr_assert_eq(page.error, XENSTORE_ERROR_RINGIDX);
}

Test(ring, reconnection_starts_afresh)
{
    memset(&page, 0, sizeof(page));
    ring_start(&page);
    cr_assert_eq(page.server_features,
                 XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
    cr_assert_not(ring_reconnect(&page));
    page.connection = XENSTORE_RECONNECT;
    page.req_prod = 99;
    page.rsp_cons = 7;
    page.error = XENSTORE_ERROR_PROTO;
    cr_assert(ring_reconnect(&page));
    cr_assert_eq(page.connection, XENSTORE_CONNECTED);
    cr_assert_eq(page.req_prod, 0);
    cr_assert_eq(page.rsp_cons, 0);
    cr_assert_eq(page.error, XENSTORE_ERROR_NONE);
}
