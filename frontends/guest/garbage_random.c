/* SPDX-License-Identifier: BSD-2-Clause */
/* Random values of the kinds that hypercalls take; none names a frame of this domain but the
 * scratch pages. */
#include "garbage.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/trap.h>

char garbage_scratch[SCRATCH_PAGES][PAGE_SIZE] aligned_page;
domid_t garbage_partner;
static uint64_t states[2]; /* of each vCPU */
static uint64_t ram_pages;

void garbage_seed(uint64_t seed)
{
    ram_pages = (uint64_t)hc_memory_op(XENMEM_maximum_ram_page, NULL);
    for (unsigned i = 0; i < array_size(states); i++)
        states[i] = (seed + i) * 0x9e3779b97f4a7c15 | 1;
}

uint64_t garbage_random(void) /* xorshift64* */
{
    uint64_t *state = &states[cpu_id()];

    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1d;
}

uint64_t garbage_scratch_va(void)
{
    return U64(garbage_scratch) + garbage_random() % sizeof(garbage_scratch) / 8 * 8;
}

/* True for this domain's frames.  The M2P has holes where the machine has no RAM. */
static bool own(uint64_t mfn)
{
    uint64_t fault = 0, pfn;

    if (mfn >= ram_pages)
        return false;
    asm volatile(TRAP_PROBE("mov (%[entry]), %[pfn]")
                 : "+D"(fault), [pfn] "=&r"(pfn)
                 : [entry] "r"(MACH2PHYS_VIRT_START + mfn * sizeof(uint64_t)));
    return !fault && pfn < boot_info->nr_pages && boot_pfn_to_mfn(pfn) == mfn;
}

/* Another domain's or nobody's frame, or one of the scratch pages. */
uint64_t garbage_frame(void)
{
    uint64_t mfn = garbage_random() % 0x200000;

    if (garbage_random() & 1)
        return boot_mfn(garbage_scratch[garbage_random() % SCRATCH_PAGES]);
    return own(mfn) ? 0x100 : mfn;
}

/* A random number that is not the machine address of anything of this domain. */
uint64_t garbage_number(uint64_t mask)
{
    uint64_t v = garbage_random() & mask;

    return own(v >> PAGE_SHIFT) || own(v) ? 0x100000 : v;
}

uint64_t garbage_value(void)
{
    switch (garbage_random() % 12) {
    case 0:
        return garbage_number(UINT64_MAX);
    case 1:
        return garbage_number(UINT32_MAX);
    case 2:
        return garbage_frame();
    case 3:
        return garbage_frame() << PAGE_SHIFT | (garbage_random() & 0xfff);
    case 4:
        return DOMID_SELF;
    case 5:
        return DOMID_IO + garbage_random() % 8;
    case 6:
        return garbage_scratch_va();
    case 7:
        return 0xffff800000000000 + garbage_random() % (1ull << 43);
    case 8:
        return garbage_number(1ull << garbage_random() % 64);
    case 9:
        return -(garbage_random() % 16);
    default:
        return garbage_random() % 32;
    }
}
