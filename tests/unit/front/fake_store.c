/* SPDX-License-Identifier: BSD-2-Clause */
/* A xenstore of a few nodes behind the real ring layout; transactions write through. */
#include "fake.h"
#define EINVAL EINVAL
#include <xen/io/xs_wire.h>

#define NODES   64
#define WATCHES 8

char fake_store_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
unsigned fake_store_again;

static struct xenstore_domain_interface *const ring = (void *)fake_store_page;
static struct {
    char path[96], value[64];
} nodes[NODES];
static struct {
    char path[96], token[16];
} watches[WATCHES];
static char in[PAGE_SIZE + 64], out[4 * PAGE_SIZE]; /* bytes read so far, bytes to be sent */
static size_t in_len, out_len;

void fake_store_reset(void)
{
    memset(fake_store_page, 0, PAGE_SIZE);
    /* Indices run freely: start them near their end, so that tests see both wrap-arounds. */
    ring->req_cons = ring->req_prod = ring->rsp_cons = ring->rsp_prod = 0xfffffe00;
    memset(nodes, 0, sizeof(nodes));
    memset(watches, 0, sizeof(watches));
    in_len = out_len = 0;
    fake_store_again = 0;
}

static void reply(uint32_t type, const struct xsd_sockmsg *to, const void *data, size_t len)
{
    struct xsd_sockmsg m = {.type = type,
                            .req_id = to ? to->req_id : 0,
                            .tx_id = to ? to->tx_id : 0,
                            .len = (uint32_t)len};

    memcpy(out + out_len, &m, sizeof(m));
    memcpy(out + out_len + sizeof(m), data, len);
    out_len += sizeof(m) + len;
}

static void event(unsigned i, const char *path)
{
    char text[128];
    size_t p = strlen(path) + 1, t = strlen(watches[i].token) + 1;

    memcpy(text, path, p);
    memcpy(text + p, watches[i].token, t);
    reply(XS_WATCH_EVENT, NULL, text, p + t);
}

void fake_store_set(const char *path, const char *value)
{
    unsigned i = 0;

    while (i < NODES && nodes[i].path[0] && strcmp(nodes[i].path, path))
        i++;
    front_snprintf(nodes[i].path, sizeof(nodes[i].path), "%s", path);
    front_snprintf(nodes[i].value, sizeof(nodes[i].value), "%s", value);
    for (unsigned w = 0; w < WATCHES; w++)
        if (watches[w].token[0] && !strncmp(path, watches[w].path, strlen(watches[w].path)))
            event(w, path);
}

const char *fake_store_get(const char *path)
{
    for (unsigned i = 0; i < NODES; i++)
        if (!strcmp(nodes[i].path, path))
            return nodes[i].value;
    return NULL;
}

static void directory(const struct xsd_sockmsg *m, const char *path)
{
    char list[256];
    size_t len = 0, base = strlen(path);

    for (unsigned i = 0; i < NODES; i++) {
        const char *child = nodes[i].path + base + 1, *end;

        if (strncmp(nodes[i].path, path, base) || nodes[i].path[base] != '/')
            continue;
        end = strchr(child, '/');
        if (!end || !strcmp(end, "/backend")) { /* each device once */
            size_t n = end ? (size_t)(end - child) : strlen(child);

            memcpy(list + len, child, n);
            list[len + n] = '\0';
            len += n + 1;
        }
    }
    if (len)
        reply(XS_DIRECTORY, m, list, len);
    else
        reply(XS_ERROR, m, "ENOENT", 7);
}

static void watch(const struct xsd_sockmsg *m, const char *path)
{
    const char *token = path + strlen(path) + 1;
    unsigned i = 0;

    while (watches[i].token[0])
        i++;
    front_snprintf(watches[i].path, sizeof(watches[i].path), "%s", path);
    front_snprintf(watches[i].token, sizeof(watches[i].token), "%s", token);
    reply(XS_WATCH, m, "OK", 3);
    event(i, path);
}

static void unwatch(const struct xsd_sockmsg *m, const char *path)
{
    const char *token = path + strlen(path) + 1;

    for (unsigned i = 0; i < WATCHES; i++)
        if (!strcmp(watches[i].token, token))
            watches[i].token[0] = '\0';
    reply(XS_UNWATCH, m, "OK", 3);
}

static void end_transaction(const struct xsd_sockmsg *m)
{
    if (fake_store_again) {
        fake_store_again--;
        reply(XS_ERROR, m, "EAGAIN", 7);
    } else {
        reply(XS_TRANSACTION_END, m, "OK", 3);
    }
}

static void serve(const struct xsd_sockmsg *m, char *body)
{
    const char *value;
    char text[64];

    switch (m->type) {
    case XS_READ:
        value = fake_store_get(body);
        if (value)
            reply(XS_READ, m, value, strlen(value));
        else
            reply(XS_ERROR, m, "ENOENT", 7);
        break;
    case XS_WRITE:
        memcpy(text, body + strlen(body) + 1, m->len - strlen(body) - 1);
        text[m->len - strlen(body) - 1] = '\0';
        reply(XS_WRITE, m, "OK", 3);
        fake_store_set(body, text);
        break;
    case XS_DIRECTORY:
        directory(m, body);
        break;
    case XS_WATCH:
        watch(m, body);
        break;
    case XS_UNWATCH:
        unwatch(m, body);
        break;
    case XS_TRANSACTION_START:
        reply(XS_TRANSACTION_START, m, "9", 2);
        break;
    case XS_TRANSACTION_END:
        end_transaction(m);
        break;
    default:
        reply(XS_ERROR, m, "ENOSYS", 7);
    }
}

void fake_store_run(void)
{
    struct xsd_sockmsg m;
    size_t n;

    while (ring->req_cons != ring->req_prod)
        in[in_len++] = ring->req[MASK_XENSTORE_IDX(ring->req_cons++)];
    while (in_len >= sizeof(m)) {
        memcpy(&m, in, sizeof(m));
        if (in_len < sizeof(m) + m.len)
            break;
        in[sizeof(m) + m.len] = '\0'; /* only ever the last message: one request at a time */
        serve(&m, in + sizeof(m));
        in_len -= sizeof(m) + m.len;
        memmove(in, in + sizeof(m) + m.len, in_len);
    }
    for (n = 0; n < out_len && ring->rsp_prod - ring->rsp_cons < XENSTORE_RING_SIZE; n++)
        ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = out[n];
    out_len -= n;
    memmove(out, out + n, out_len);
}
