/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own page tables: slots 256..271, shared by every address space. */
#include <hv/check.h>
#include <hv/frame.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/port.h>

uint64_t hv_l4[512] __attribute__((aligned(PAGE_SIZE))); /* filled by boot/head.S to begin with */
static uint64_t window_next = MMIO_BASE;

uint64_t *hv_new_table(void)
{
    if (frame_end) { /* the frame allocator is up */
        void *p = hv_alloc_pages(0);
        if (!p)
            panic("no memory for the hypervisor's page tables\n");
        return p;
    }
    return phys_to_virt(boot_alloc(PAGE_SIZE, PAGE_SIZE));
}

/* Upper-level entries are as permissive as can be; leaves decide.  US serves the guests' M2P. */
static uint64_t *next_level(uint64_t *table, unsigned idx, bool create)
{
    if (!(table[idx] & PTE_P)) {
        if (!create)
            return NULL;
        table[idx] = virt_to_phys(hv_new_table()).a | PTE_P | PTE_RW | PTE_A | PTE_US;
    }
    CHECK(!(table[idx] & PTE_PS));
    return phys_to_virt(PADDR(table[idx] & PTE_ADDR));
}

uint64_t hv_lookup(uint64_t va)
{
    uint64_t *t = hv_l4;

    for (unsigned shift = 39;; shift -= 9) {
        uint64_t e = t[(va >> shift) & 511];
        if (!(e & PTE_P))
            return 0;
        if (shift == 12 || (e & PTE_PS))
            return e;
        t = phys_to_virt(PADDR(e & PTE_ADDR));
    }
}

void hv_map_in(uint64_t *l4, uint64_t va, paddr_t pa, uint64_t len, uint64_t flags)
{
    for (uint64_t step; len; va += step, pa.a += step, len -= step) {
        uint64_t *l3 = next_level(l4, (va >> 39) & 511, true);
        uint64_t *l2 = next_level(l3, (va >> 30) & 511, true);

        if (!((va | pa.a) & (TWO_MB - 1)) && len >= TWO_MB) {
            l2[(va >> 21) & 511] = pa.a | flags | PTE_PS;
            step = TWO_MB;
        } else {
            next_level(l2, (va >> 21) & 511, true)[(va >> 12) & 511] = pa.a | flags;
            step = PAGE_SIZE;
        }
    }
}

void hv_map(uint64_t va, paddr_t pa, uint64_t len, uint64_t flags)
{
    hv_map_in(hv_l4, va, pa, len, flags);
}

void hv_map_table(uint64_t va, paddr_t l1)
{
    uint64_t *l3 = next_level(hv_l4, (va >> 39) & 511, true);

    next_level(l3, (va >> 30) & 511, true)[(va >> 21) & 511] = l1.a | PTE_P | PTE_RW | PTE_A;
}

uint64_t window_reserve(uint64_t len)
{
    uint64_t va = window_next;

    window_next += ROUND_UP(len, PAGE_SIZE) + PAGE_SIZE; /* a hole between any two */
    CHECK(window_next < MMIO_END);
    return va;
}

void *map_mmio(paddr_t paddr, size_t len)
{
    uint64_t off = paddr.a & (PAGE_SIZE - 1);
    uint64_t va = window_reserve(off + len);

    hv_map(va, PADDR(paddr.a - off), ROUND_UP(off + len, PAGE_SIZE),
           PTE_HV_DATA | PTE_PCD | PTE_PWT);
    return (void *)(va + off);
}

paddr_t virt_to_phys(const void *p)
{
    uint64_t va = (uint64_t)p;
    return PADDR(va >= DIRECT_BASE ? va - DIRECT_BASE : va - HV_BASE);
}

void arch_m2p_set(mfn_t mfn, pfn_t pfn)
{
    ((pfn_t *)M2P_RW_BASE)[mfn.n] = pfn;
}

pfn_t arch_m2p_get(mfn_t mfn)
{
    return ((pfn_t *)M2P_RW_BASE)[mfn.n];
}

unsigned arch_m2p_list(uint64_t *mfns, unsigned max_entries)
{
    uint64_t chunks = (mfn_paddr(MFN(frame_end)).a + M2P_CHUNK - 1) / M2P_CHUNK, e = 0;
    unsigned n = 0;

    for (uint64_t i = 0; i < chunks && n < max_entries; i++) {
        uint64_t here = hv_lookup(M2P_RW_BASE + i * TWO_MB);
        /* a hole: any chunk does, nobody looks (xen/memory.h, machphys_mfn_list) */
        e = here ? here : e;
        mfns[n++] = (e & PTE_ADDR) >> PAGE_SHIFT;
    }
    return n;
}
