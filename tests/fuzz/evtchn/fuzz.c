/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of event-channel operations by two domains, with arguments from the input: each step is
 * one byte of who and what, then the argument structure's bytes.  Guest memory is scribbled on in
 * between, event words, heads and ready bits of FIFO domains, too.  The audit must hold after every
 * step, and exactly the frames that are used be held.
 */
#include <string.h>

#include <hv/check.h>

#include "../../audit/audit.h"
#include "fake.h"
#include "fifo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small numbers make collisions likely; the input may still name any. */
static void shape(uint8_t *arg, uint8_t how)
{
    uint32_t *w = (uint32_t *)arg;
    uint16_t *h = (uint16_t *)arg;

    for (unsigned i = 0; i < 3; i++) {
        if (how & 1u << i)
            w[i] %= 9;
    }
    if (how & 8)
        h[0] = h[0] & 1 ? DOMID_SELF : FIRST_ID + (h[0] >> 1 & 1);
    if (how & 16)
        h[1] = h[1] & 1 ? DOMID_SELF : FIRST_ID + (h[1] >> 1 & 1);
}

static void scribble(const uint8_t *b)
{
    shared_info_t *s = dom[b[0] & 1]->shared_info;

    s->evtchn_pending[b[1] % 64] ^= 1UL << (b[2] % 64);
    s->evtchn_mask[b[1] % 64] ^= (uint64_t)b[3] << (b[2] % 56);
    s->vcpu_info[b[0] >> 1 & 1].evtchn_upcall_pending = b[4];
    s->vcpu_info[b[0] >> 1 & 1].evtchn_pending_sel = b[5];
    /* Words of small ports, a control block, or anything of the domains' frames. */
    uint32_t *page = (uint32_t *)fake_ram[(b[0] & 1) * FAKE_FRAMES / 2 + (b[6] & 3)];
    page[b[7] & 0x80 ? b[7] << 3 | (b[8] & 7) : b[7] % 9] ^=
        (uint32_t)b[9] << 24 | (b[10] & 0x80 ? (uint32_t)b[10] << 10 | b[11] : b[11] % 9u);
}

/* FIFO's arguments name frames that are there, and a place that is most often good. */
static void shape_fifo(unsigned who, unsigned cmd, uint8_t *arg)
{
    struct evtchn_init_control *a = (struct evtchn_init_control *)arg;

    if (a->control_gfn & 0x80)
        return;
    a->control_gfn = FAKE_MFN + who * FAKE_FRAMES / 2 + a->control_gfn % (FAKE_FRAMES / 2 + 1);
    if (cmd == EVTCHNOP_init_control) {
        a->vcpu %= FAKE_VCPUS + 1;
        a->offset = a->offset & 0x80 ? a->offset : a->offset % 64 * 72;
    }
}

static unsigned frames_used(const struct domain *d)
{
    const struct fifo *f = d->evtchn->fifo;
    unsigned n = f ? f->pages : 0;

    for (unsigned i = 0; f && i < d->vcpu_max; i++)
        n += f->vcpu[i].block != NULL;
    return n;
}

static void step(const uint8_t *b)
{
    _Alignas(8) uint8_t arg[24] = {0};
    unsigned who = b[0] & 1, cmd = b[0] >> 1 & 0xF;
    struct vcpu *v = dom[who]->vcpu[b[0] >> 5 & 1];

    memcpy(arg, b + 2, 14);
    if (b[0] & 0x80) {
        scribble(b + 1);
    } else if (b[0] & 0x40) {
        evtchn_virq_vcpu(v, VIRQ_TIMER);
        evtchn_virq_global(dom[who], VIRQ_DOM_EXC);
        evtchn_pirq_fire(dom[who], b[1] % 9);
        evtchn_pending(dom[who], b[2]);
    } else {
        shape(arg, b[1]);
        if (cmd == EVTCHNOP_init_control || cmd == EVTCHNOP_expand_array) {
            memcpy(arg, b + 2, 14);
            shape_fifo(who, cmd, arg);
            host_budget.left = host_budget.turn;
        }
        dom[1]->pause_count = b[1] >> 7;
        fake_log.preempt_in = b[1] & 0x40 ? 0 : -1;
        fake_log.pirq_result = b[1] & 0x20 ? -XEN_EBUSY : 0;
        op_event_channel_op(v, cmd, GVA((uint64_t)arg));
    }
    CHECK(evtchn_audit(dom[0]) + evtchn_audit(dom[1]) == 0);
    for (unsigned i = 0; i < 2; i++)
        CHECK(fake_held(dom[i]) == frames_used(dom[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_start();
    for (size_t i = 0; i + 16 <= size; i += 16)
        step(data + i);
    fake_log.preempt_in = -1;
    for (unsigned i = 0; i < 2; i++) {
        dom[i]->dying = 1;
        CHECK(evtchn_domain_destroy(dom[i]) == 0);
        CHECK(evtchn_idle(dom[i]) && fake_held(dom[i]) == 0);
    }
    CHECK(fake_log.pirqs_bound == 0);
    fake_stop();
    return 0;
}
