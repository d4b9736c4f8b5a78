/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of one privileged and two hostile clients against the store's pure core.
 *
 * The input is a sequence of messages: one byte for the client, one for the request type, one for
 * the transaction (a small number), one or two for the length, then the payload.  After each
 * message the tree's invariants must hold, and no guest may own more than its quota.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/store.h"

#define CLIENTS 3

static struct store s;
static struct client client[CLIENTS];

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void reply(struct client *c, const struct xsd_sockmsg *hdr, const void *body)
{
    char copy[XENSTORE_PAYLOAD_MAX];

    (void)c;
    must(hdr->len <= sizeof(copy));
    memcpy(copy, body, hdr->len); /* the sanitizer sees a reply that is not all there */
}

static void event(struct client *c, const char *path, const char *token)
{
    must(c >= client && c < client + CLIENTS && strlen(path) + strlen(token) > 0);
}

static int introduce(unsigned int domid, unsigned long mfn, unsigned int port)
{
    (void)mfn;
    must(port != 0);
    store_fire_special(&s, SPECIAL_INTRODUCE);
    return domid < CLIENTS ? 0 : EINVAL;
}

static int release(unsigned int domid)
{
    must(domid != 0);
    if (domid < CLIENTS)
        store_client_reset(&s, &client[domid]);
    tree_forget_domain(&s.tree, domid);
    store_fire_special(&s, SPECIAL_RELEASE);
    return 0;
}

static int resume(unsigned int domid)
{
    return domid < CLIENTS ? 0 : ENOENT;
}

static int set_target(unsigned int domid, unsigned int target)
{
    if (domid < CLIENTS)
        client[domid].who.target = target;
    return 0;
}

static bool introduced(unsigned int domid)
{
    return domid < CLIENTS;
}

static void log_text(const char *text)
{
    must(text != NULL);
}

static const struct store_io io = {reply,  event,      introduce,  release,
                                   resume, set_target, introduced, log_text};

/* Takes one message off the input and handles it; the bytes used. */
static size_t step(const uint8_t *data, size_t size)
{
    struct xsd_sockmsg hdr = {.req_id = 1};
    struct client *c = &client[data[0] % CLIENTS];
    char *body;

    hdr.type = data[1] % (XS_TYPE_COUNT + 2);
    hdr.tx_id = data[2] % 4;
    hdr.len = data[3];
    if (data[0] & 0x80)
        hdr.len *= 16;
    size -= 4;
    if (hdr.len > size)
        hdr.len = size;
    if (hdr.len > XENSTORE_PAYLOAD_MAX)
        hdr.len = XENSTORE_PAYLOAD_MAX;
    body = malloc(hdr.len ? hdr.len : 1); /* exactly as long: the sanitizer sees an overrun */
    memcpy(body, data + 4, hdr.len);
    store_request(&s, c, &hdr, body);
    free(body);
    return 4 + hdr.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    store_init(&s, &io);
    s.quota.nodes = 30;
    for (int i = 0; i < CLIENTS; i++)
        store_client_init(&client[i], i, i == 0);
    while (size >= 4) {
        size_t used = step(data, size);

        data += used;
        size -= used;
        must(!tree_audit(&s.tree));
    }
    for (int i = 0; i < CLIENTS; i++)
        store_client_reset(&s, &client[i]);
    store_free(&s);
    return 0;
}
