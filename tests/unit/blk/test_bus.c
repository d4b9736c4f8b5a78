/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection protocol: the usual life of a device, and the unusual ones. */
#include <criterion/criterion.h>
#include <xen/io/xenbus.h>

#include "lib/bus.h"

#define INIT   XenbusStateInitialising
#define READY  XenbusStateInitWait
#define INITED XenbusStateInitialised
#define UP     XenbusStateConnected
#define ENDING XenbusStateClosing
#define CLOSED XenbusStateClosed

Test(bus, usual_life)
{
    cr_assert_eq(bus_decide(INIT, INIT, true, false), BUS_ANNOUNCE);
    cr_assert_eq(bus_decide(READY, INIT, true, false), BUS_WAIT);
    cr_assert_eq(bus_decide(READY, INITED, true, false), BUS_CONNECT);
    cr_assert_eq(bus_decide(UP, INITED, true, true), BUS_WAIT);
    cr_assert_eq(bus_decide(UP, UP, true, true), BUS_WAIT);
    cr_assert_eq(bus_decide(UP, ENDING, true, true), BUS_CLOSING);
    cr_assert_eq(bus_decide(ENDING, ENDING, true, true), BUS_WAIT);
    cr_assert_eq(bus_decide(ENDING, CLOSED, true, true), BUS_CLOSED);
    cr_assert_eq(bus_decide(CLOSED, CLOSED, true, false), BUS_WAIT);
}

Test(bus, front_end_comes_back)
{
    cr_assert_eq(bus_decide(CLOSED, INIT, true, false), BUS_ANNOUNCE);
    cr_assert_eq(bus_decide(UP, INIT, true, true), BUS_ANNOUNCE);
    cr_assert_eq(bus_decide(READY, INIT, true, true), BUS_ANNOUNCE);
}

Test(bus, new_process_takes_over_unnoticed)
{
    cr_assert_eq(bus_decide(UP, UP, true, false), BUS_CONNECT);
    cr_assert_eq(bus_decide(READY, INIT, true, false), BUS_WAIT);
    cr_assert_eq(bus_decide(ENDING, ENDING, true, false), BUS_WAIT);
}

Test(bus, taken_away)
{
    cr_assert_eq(bus_decide(UP, UP, false, true), BUS_CLOSING);
    cr_assert_eq(bus_decide(ENDING, UP, false, true), BUS_WAIT);
    cr_assert_eq(bus_decide(ENDING, CLOSED, false, true), BUS_LEAVE);
    cr_assert_eq(bus_decide(ENDING, BUS_ABSENT, false, true), BUS_LEAVE);
    cr_assert_eq(bus_decide(READY, INIT, false, false), BUS_LEAVE);
    cr_assert_eq(bus_decide(BUS_ABSENT, UP, false, true), BUS_LEAVE);
}

Test(bus, front_end_vanishes)
{
    cr_assert_eq(bus_decide(UP, BUS_ABSENT, true, true), BUS_CLOSED);
    cr_assert_eq(bus_decide(CLOSED, BUS_ABSENT, true, false), BUS_WAIT);
}

/* Whatever a guest writes, each decision that is not to wait brings the next one nearer. */
Test(bus, garbage_waits)
{
    cr_assert_eq(bus_decide(READY, 99, true, false), BUS_WAIT);
    cr_assert_eq(bus_decide(READY, XenbusStateReconfigured, true, false), BUS_WAIT);
}
