/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzzers of whole programs on the machine in memory share. */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

#include <stdlib.h>

#include "domain/teardown.h"
#include "fake.h"
#include "xm/console.h"
#include "xm/xm.h"

/* No terminal is attached. */
int console_run(uint32_t domid, const char *escape)
{
    (void)domid;
    (void)escape;
    return XM_OK;
}

int console_start(struct toolstack *ts, uint32_t domid)
{
    (void)ts;
    return console_run(domid, NULL);
}

/* Destroying all guests leaves nothing of them. */
static inline void destroy_all(void)
{
    struct toolstack ts = {.program = "xm"};

    if (ts_open(&ts))
        abort();
    for (uint32_t id = 1; id < 64; id++)
        if (fake_domain(id))
            teardown(&ts, id);
    if (fake_domain_count() != 1 || fake_node_count("/local/domain/0/backend/vbd") > 1)
        abort();
}

#endif
