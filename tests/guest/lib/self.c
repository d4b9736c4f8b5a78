/* SPDX-License-Identifier: BSD-2-Clause */
/* See self.h.  start_info does not tell the number, but a port that waits for this domain does. */
#include "self.h"
#include "report.h"
#include <front/evtchn.h>
#include <front/hcall.h>

domid_t self_id(void)
{
    long port = evtchn_alloc(DOMID_SELF);
    struct evtchn_status s = {.dom = DOMID_SELF, .port = (evtchn_port_t)port};

    if (port < 0 || hc_event_channel_op(EVTCHNOP_status, &s) || s.status != EVTCHNSTAT_unbound)
        error("cannot find this domain's number");
    evtchn_close((evtchn_port_t)port);
    return s.u.unbound.dom;
}

long self_frames(void)
{
    domid_t self = DOMID_SELF;

    return hc_memory_op(XENMEM_current_reservation, &self);
}
