/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels of other domains. */
#include "private.h"

static int evtchn_op(xc_interface *xch, int cmd, void *arg, size_t len)
{
    void *buf = xc_buf(xch, arg, len);
    int ret;

    if (!buf)
        return -1;
    ret = xencall2(xch->xcall, __HYPERVISOR_event_channel_op, cmd, (uintptr_t)buf);
    xc_buf_done(xch, buf, arg, len);
    return ret;
}

xc_evtchn_port_or_error_t xc_evtchn_alloc_unbound(xc_interface *xch, uint32_t dom,
                                                  uint32_t remote_dom)
{
    struct evtchn_alloc_unbound arg = {.dom = dom, .remote_dom = remote_dom};
    int ret = evtchn_op(xch, EVTCHNOP_alloc_unbound, &arg, sizeof(arg));

    return ret ? ret : (int)arg.port;
}

int xc_evtchn_reset(xc_interface *xch, uint32_t dom)
{
    struct evtchn_reset arg = {.dom = dom};

    return evtchn_op(xch, EVTCHNOP_reset, &arg, sizeof(arg));
}

int xc_evtchn_status(xc_interface *xch, xc_evtchn_status_t *status)
{
    return evtchn_op(xch, EVTCHNOP_status, status, sizeof(*status));
}
