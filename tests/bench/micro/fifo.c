/* SPDX-License-Identifier: BSD-2-Clause */
/* The last row: the kernel's ports go over to the FIFO ABI when it begins, and stay there. */
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>

#include "fifo.h"

extern const char fast_fifo[];
extern uint32_t *fast_ready, *fast_word;

static evtchn_port_t fifo_setup(void)
{
    uint64_t *block = page_get(), *words = page_get();
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_init_control control = {.control_gfn = boot_mfn(block)};
    struct evtchn_expand_array array = {.array_gfn = boot_mfn(words)};
    struct callback_register cb = {.type = CALLBACKTYPE_event, .address = (uint64_t)fast_fifo};

    if (hc_event_channel_op(EVTCHNOP_init_control, &control) ||
        hc_event_channel_op(EVTCHNOP_expand_array, &array) ||
        hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi) || hc_callback_op(CALLBACKOP_register, &cb))
        error("cannot set up FIFO event channels");
    fast_ready = &((struct evtchn_fifo_control_block *)block)->ready;
    fast_word = (uint32_t *)words + ipi.port;
    return ipi.port;
}

void fifo_self(unsigned n)
{
    static struct evtchn_send op;

    if (!op.port)
        op.port = fifo_setup();
    boot_shared->vcpu_info[0].evtchn_upcall_mask = 0;
    while (n--)
        hc_event_channel_op(EVTCHNOP_send, &op);
    boot_shared->vcpu_info[0].evtchn_upcall_mask = 1;
}
