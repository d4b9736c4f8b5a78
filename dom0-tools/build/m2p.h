/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's table of which page of its owner each machine frame is, mapped read-only. */
#ifndef BUILD_M2P_H
#define BUILD_M2P_H

#include <xenctrl.h>

#include "lib/fail.h"

struct m2p {
    const uint64_t *table;
    unsigned long frames; /* entries */
    size_t pages;         /* of the mapping */
};

int m2p_map(xc_interface *xch, struct m2p *m, struct fail *f);
void m2p_unmap(xc_interface *xch, struct m2p *m);

#endif
