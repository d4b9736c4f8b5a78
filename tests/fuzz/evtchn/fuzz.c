/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sequences of event-channel operations by two domains, with arguments from the input: each step is
 * one byte of who and what, then the argument structure's bytes.  Guest memory is scribbled on in
 * between.  The audit must hold after every step.
 */
#include <string.h>

#include <hv/check.h>

#include "../../audit/audit.h"
#include "fake.h"

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
        dom[1]->pause_count = b[1] >> 7;
        fake_log.preempt_in = b[1] & 0x40 ? 0 : -1;
        fake_log.pirq_result = b[1] & 0x20 ? -XEN_EBUSY : 0;
        op_event_channel_op(v, cmd, GVA((uint64_t)arg));
    }
    CHECK(evtchn_audit(dom[0]) + evtchn_audit(dom[1]) == 0);
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
        CHECK(evtchn_idle(dom[i]));
    }
    CHECK(fake_log.pirqs_bound == 0);
    fake_stop();
    return 0;
}
