/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorded world of the store's tests. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

struct store s;
struct client dom0, dom1, dom2;

static char reply_text[XENSTORE_PAYLOAD_MAX + 8];
static char event_text[65536];
static size_t event_len;

static void reply(struct client *c, const struct xsd_sockmsg *hdr, const void *body)
{
    const char *from = body;
    char *p = reply_text;

    (void)c;
    cr_assert_leq(hdr->len, XENSTORE_PAYLOAD_MAX);
    if (hdr->type == XS_ERROR)
        *p++ = '!';
    for (uint32_t i = 0; i < hdr->len; i++)
        *p++ = from[i] ? from[i] : '|';
    /* One final nul is what every client expects, so it is not shown. */
    if (hdr->len && !from[hdr->len - 1])
        p--;
    *p = '\0';
}

static void event(struct client *c, const char *path, const char *token)
{
    event_len += snprintf(event_text + event_len, sizeof(event_text) - event_len, "%u %s %s;",
                          c->who.domid, path, token);
}

static int introduce(unsigned int domid, unsigned long mfn, unsigned int port)
{
    cr_assert_eq(domid, 1);
    cr_assert_eq(mfn, 77);
    cr_assert_eq(port, 5);
    store_fire_special(&s, SPECIAL_INTRODUCE);
    return 0;
}

static int release(unsigned int domid)
{
    if (domid != 1)
        return ENOENT;
    tree_forget_domain(&s.tree, domid);
    store_fire_special(&s, SPECIAL_RELEASE);
    return 0;
}

static int resume(unsigned int domid)
{
    return domid == 1 ? 0 : ENOENT;
}

static int set_target(unsigned int domid, unsigned int target)
{
    if (domid != 1 || target != 2)
        return ENOENT;
    dom1.who.target = target;
    return 0;
}

static bool introduced(unsigned int domid)
{
    return domid <= 1;
}

static void log_text(const char *text)
{
    (void)text;
}

static const struct store_io io = {reply,  event,      introduce,  release,
                                   resume, set_target, introduced, log_text};

void fake_begin(void)
{
    store_init(&s, &io);
    store_client_init(&dom0, 0, true);
    store_client_init(&dom1, 1, false);
    store_client_init(&dom2, 2, false);
    event_len = 0;
    event_text[0] = '\0';
    ask(&dom0, XS_MKDIR, 0, STR("/local/domain/1\0"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/local/domain/1\0n1\0"));
    ask(&dom0, XS_MKDIR, 0, STR("/local/domain/2\0"));
    ask(&dom0, XS_SET_PERMS, 0, STR("/local/domain/2\0n2\0"));
}

void fake_end(void)
{
    cr_assert_null(tree_audit(&s.tree), "%s", tree_audit(&s.tree));
    store_client_reset(&s, &dom0);
    store_client_reset(&s, &dom1);
    store_client_reset(&s, &dom2);
    store_free(&s);
}

const char *ask(struct client *c, uint32_t type, uint32_t tx, const void *body, size_t len)
{
    struct xsd_sockmsg hdr = {.type = type, .req_id = 1, .tx_id = tx, .len = len};
    char *copy = malloc(len ? len : 1); /* exactly as long: the sanitizer sees an overrun */

    memcpy(copy, body, len);
    store_request(&s, c, &hdr, copy);
    free(copy);
    cr_assert_null(tree_audit(&s.tree), "%s", tree_audit(&s.tree));
    return reply_text;
}

const char *events(void)
{
    static char text[sizeof(event_text)];

    memcpy(text, event_text, event_len);
    text[event_len] = '\0';
    event_len = 0;
    return text;
}

uint32_t start(struct client *c)
{
    return strtoul(ask(c, XS_TRANSACTION_START, 0, STR("\0")), NULL, 10);
}
