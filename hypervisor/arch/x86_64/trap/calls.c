/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of hypercalls that the entry code indexes: the core's, and the arch's own calls. */
#include <hv/check.h>
#include <hv/hcall.h>
#include <asm/vcpu.h>

static long no_such_call(void)
{
    return -XEN_ENOSYS;
}

__init void calls_init(void)
{
    const hcall_fn *from[2] = {hcall_table_guest, hcall_table_dom0};

    for (unsigned t = 0; t < 2; t++)
        for (unsigned i = 0; i < HCALL_MAX; i++)
            entry_table[t][i] = from[t][i] ? from[t][i] : (hcall_fn)(void (*)(void))no_such_call;
    STATIC_CHECK(__HYPERVISOR_arch_7 < HCALL_MAX - 1,
                 "the last number is nobody's: entry.S takes it for those beyond");
}
