/* SPDX-License-Identifier: BSD-2-Clause */
/* A page's flush under the tags of this CPU's copies.  Apart, as it is compiled for no host: it keeps
 * all registers, which takes a machine of general ones only. */
#include <asm/percpu.h>
#include <asm/spec.h>

static inline void invpcid(const struct pcid_address *a)
{
    __asm__ volatile("invpcid %0, %1" ::"m"(*a), "r"(0UL) : "memory");
}

void invlpg_copies(cpuset_t, uint64_t va)
{
    if (spec_has_invpcid())
        pcid_page(this_pcpu()->tags, va, invpcid);
    else
        pcid_page(this_pcpu()->tags, va, NULL);
}
