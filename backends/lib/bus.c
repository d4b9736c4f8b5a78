/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection protocol; see bus.h. */
#include <xen/io/xenbus.h>

#include "lib/bus.h"

/* Nobody at the other end has our ring in use. */
static bool front_is_down(int front)
{
    return front == BUS_ABSENT || front == XenbusStateUnknown || front == XenbusStateClosed;
}

static enum bus_action decide_online(int own, int front, bool connected)
{
    switch (front) {
    case XenbusStateInitialising:
        /* Connected with a front-end that begins: it has started anew (kexec, for one). */
        return own == XenbusStateInitWait && !connected ? BUS_WAIT : BUS_ANNOUNCE;
    case XenbusStateInitialised:
    case XenbusStateConnected:
        if (connected || own == XenbusStateClosing || own == XenbusStateClosed)
            return BUS_WAIT;
        return own == XenbusStateInitialising ? BUS_ANNOUNCE : BUS_CONNECT;
    case XenbusStateClosing:
        return own == XenbusStateClosing || own == XenbusStateClosed ? BUS_WAIT : BUS_CLOSING;
    default:
        if (front_is_down(front) && own != XenbusStateClosed)
            return BUS_CLOSED;
        return BUS_WAIT;
    }
}

enum bus_action bus_decide(int own, int front, bool online, bool connected)
{
    if (own == BUS_ABSENT)
        return BUS_LEAVE;
    if (online)
        return decide_online(own, front, connected);
    if (front_is_down(front) || front == XenbusStateInitialising)
        return BUS_LEAVE;
    return own == XenbusStateClosing ? BUS_WAIT : BUS_CLOSING;
}
