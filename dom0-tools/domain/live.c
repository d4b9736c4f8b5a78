/* SPDX-License-Identifier: BSD-2-Clause */
/* A running domain that is sent; see live.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/live.h"
#include "domain/suspend.h"
#include "lib/store.h"

static void tell(const struct live *l, const char *format, ...)
{
    char line[160];
    va_list ap;

    if (!l->options->tell)
        return;
    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    l->options->tell(line);
}

static int control(struct live *l, unsigned int op)
{
    return xc_shadow_control(l->ts->xch, l->domid, op, NULL, 0);
}

/* A log that somebody left on, who died, begins anew. */
static int log_pages(void *ctx, bool on)
{
    struct live *l = ctx;

    if (!on)
        return control(l, XEN_DOMCTL_SHADOW_OP_OFF);
    if (control(l, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY) == 0)
        return 0;
    if (errno != EINVAL || control(l, XEN_DOMCTL_SHADOW_OP_OFF))
        return -1;
    return control(l, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY);
}

static int written(void *ctx, uint8_t *bitmap, uint64_t pages, bool final)
{
    struct live *l = ctx;
    DECLARE_HYPERCALL_BUFFER(uint8_t, got);
    const size_t bytes = (pages + 7) / 8, size = (bytes + 4095) / 4096;
    long long ret;

    if (!final && l->options->timeout && store_now() - l->began >= l->options->timeout * 1000LL) {
        errno = ETIMEDOUT;
        return -1;
    }
    if (!final && store_cancelled()) {
        errno = EINTR;
        return -1;
    }
    got = xc_hypercall_buffer_alloc_pages(l->ts->xch, got, size);
    if (!got)
        return -1;
    ret =
        xc_logdirty_control(l->ts->xch, l->domid, XEN_DOMCTL_SHADOW_OP_CLEAN, HYPERCALL_BUFFER(got),
                            pages, final ? XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL : 0, NULL);
    if (ret >= 0)
        memcpy(bitmap, got, bytes);
    if (ret >= 0 && (uint64_t)ret != pages) {
        errno = ERANGE; /* it does not log so many */
        ret = -1;
    }
    xc_hypercall_buffer_free_pages(l->ts->xch, got, size);
    return ret < 0 ? -1 : 0;
}

static int suspend(void *ctx)
{
    struct live *l = ctx;

    l->asked = store_now();
    if (domain_suspend(l->ts, l->domid))
        return -1;
    l->suspended = true;
    l->stopped = store_now();
    tell(l, "suspended %lld ms after it was asked", (long long)(l->stopped - l->asked));
    return 0;
}

static void round_over(void *ctx, unsigned int round, uint64_t sent, uint64_t dirty)
{
    struct live *l = ctx;
    const int64_t now = store_now(), ms = now - l->round_began ? now - l->round_began : 1;

    tell(l, "round %u: %llu pages in %lld ms; %llu written meanwhile (%llu a second)", round,
         (unsigned long long)(sent - l->sent), (long long)ms, (unsigned long long)dirty,
         (unsigned long long)(dirty * 1000 / ms));
    l->round_began = now;
    l->sent = sent;
}

void live_begin(struct live *l, struct toolstack *ts, uint32_t domid,
                const struct live_options *options)
{
    memset(l, 0, sizeof(*l));
    l->ts = ts;
    l->domid = domid;
    l->options = options;
    l->began = l->round_began = store_now();
    l->save = (struct save_live){
        .log = log_pages, .written = written, .suspend = suspend, .round = round_over, .ctx = l};
}

void live_sent(struct live *l)
{
    l->sent_all = store_now();
}

void live_received(struct live *l)
{
    l->received = store_now();
}

void live_done(const struct live *l)
{
    const int64_t now = store_now();

    tell(l,
         "downtime %lld ms (%lld to send the rest, %lld until it was ready there, %lld until it "
         "ran); %lld ms in all",
         (long long)(now - l->stopped), (long long)(l->sent_all - l->stopped),
         (long long)(l->received - l->sent_all), (long long)(now - l->received),
         (long long)(now - l->began));
}
