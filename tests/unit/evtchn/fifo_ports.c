/* SPDX-License-Identifier: BSD-2-Clause */
/* Which number a new port gets, where closed ones are still in queues of the guest's. */
#include <criterion/criterion.h>

#include "fifo.h"
#include "guest.h"

#define LINKED (1u << EVTCHN_FIFO_LINKED)

TestSuite(fifo_ports, .init = fake_start, .fini = fake_audit_and_stop);

Test(fifo_ports, closed_ports_that_stay_linked_are_used_in_the_end)
{
    go_fifo(1);
    for (unsigned i = 1; i < 1024; i++)
        *word(1, i) = LINKED;
    cr_assert_eq(ipi(1, 0), 1);
    *word(1, 18) = 0;
    cr_assert_eq(ipi(1, 0), 2, "16 are passed");
    cr_assert_eq(ipi(1, 0), 18, "15");
    cr_assert_eq(ipi(1, 0), 3);
    *word(1, 1) = 0;
    cr_assert_eq(close_port(1, 1), 0);
    cr_assert_eq(ipi(1, 0), 1);
}

Test(fifo_ports, the_last_free_port_may_be_linked)
{
    dom[1]->max_evtchn_port = 10;
    go_fifo(1);
    for (unsigned i = 1; i <= 10; i++)
        cr_assert_eq(ipi(1, 0), i);
    cr_assert_eq(ipi(1, 0), -XEN_ENOSPC);
    cr_assert_eq(close_port(1, 4), 0);
    *word(1, 4) = LINKED;
    cr_assert_eq(ipi(1, 0), 4);
}
