/* SPDX-License-Identifier: BSD-2-Clause */
/* The shared page: wrap-around, hostile indices, reconnection. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "store/ring.h"

static struct xenstore_domain_interface page;
static struct slot slot;

Test(ring, bytes_survive_wrapping)
{
    char in[200], out[200];
    unsigned int sent = 0, got = 0;

    page.req_prod = page.req_cons = (uint32_t)-300; /* wraps at 2^32 as well */
    ring_take_indices(&page, &slot);
    srand(3);
    for (int i = 0; i < 2000; i++) {
        unsigned int n = rand() % sizeof(in);

        if (n > XENSTORE_RING_SIZE - (page.req_prod - page.req_cons))
            n = 0;
        for (unsigned int k = 0; k < n; k++)
            page.req[(page.req_prod + k) % XENSTORE_RING_SIZE] = sent++ % 251;
        page.req_prod += n;
        n = rand() % sizeof(out);
        n = ring_read(&page, &slot, out, n);
        for (unsigned int k = 0; k < n; k++)
            cr_assert_eq((unsigned char)out[k], got++ % 251);
    }
    cr_assert_gt(got, 10000);
}

Test(ring, takes_no_more_than_fits)
{
    char buf[2000] = {1};

    memset(&page, 0, sizeof(page));
    cr_assert_eq(ring_write(&page, &slot, buf, sizeof(buf)), XENSTORE_RING_SIZE);
    cr_assert_eq(ring_write(&page, &slot, buf, sizeof(buf)), 0);
    page.rsp_cons = 10;
    cr_assert_eq(ring_write(&page, &slot, buf, sizeof(buf)), 10);
    cr_assert_eq(page.rsp_prod, XENSTORE_RING_SIZE + 10);
}

Test(ring, impossible_indices_are_refused)
{
    char buf[16];

    memset(&page, 0, sizeof(page));
    page.req_prod = XENSTORE_RING_SIZE + 1;
    cr_assert_eq(ring_read(&page, &slot, buf, sizeof(buf)), -1);
    page.req_prod = 5;
    slot.in_moved.base = 6;
    cr_assert_eq(ring_read(&page, &slot, buf, sizeof(buf)), -1);
    page.rsp_cons = 1;
    cr_assert_eq(ring_write(&page, &slot, buf, sizeof(buf)), -1);
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
    cr_assert(ring_reconnect(&page), "it is asked again until it is acknowledged");
    ring_start(&page);
    cr_assert_not(ring_reconnect(&page));
    cr_assert_eq(page.connection, XENSTORE_CONNECTED);
    cr_assert_eq(page.req_prod, 0);
    cr_assert_eq(page.rsp_cons, 0);
    cr_assert_eq(page.error, XENSTORE_ERROR_NONE);
}

/* Who died after it had taken bytes may not have told so in the page, nor what it had put. */
Test(ring, a_successor_goes_on_at_our_own_indices)
{
    char buf[8];

    memset(&page, 0, sizeof(page));
    memset(&slot, 0, sizeof(slot));
    memcpy(page.req, "abcdef", 6);
    page.req_prod = 6;
    cr_assert_eq(ring_read(&page, &slot, buf, 4), 4);
    cr_assert_eq(ring_write(&page, &slot, "xy", 2), 2);
    page.req_cons = 0;
    page.rsp_prod = 77; /* or the domain wrote there */
    cr_assert_eq(ring_read(&page, &slot, buf, 8), 2);
    cr_assert_eq(memcmp(buf, "ef", 2), 0);
    page.req_cons = 0;
    ring_put_indices(&page, &slot);
    cr_assert_eq(page.req_cons, 6);
    cr_assert_eq(page.rsp_prod, 2);
}
