/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The per-domain slot: each vCPU's window of 16 GDT pages and 16 LDT pages.
 * GDT pages are the frames given to set_gdt plus, as page 14, the CPU's own
 * (guest selectors from 0xe000 on).  LDT pages appear on first touch.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <asm/policy.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/trap.h>
#include <asm/vcpu.h>
#include <asm/xpti.h>

#define PTE_WINDOW (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)

int arch_domain_init(struct domain *d)
{
    if (d->is_idle)
        return 0;
    d->arch.policy = d->privileged ? &dom0_policy : &default_policy;
    d->arch.perdom_l3 = hv_alloc_pages(0);
    d->arch.perdom_l2 = hv_alloc_pages(0);
    if (!d->arch.perdom_l3 || !d->arch.perdom_l2)
        return -XEN_ENOMEM; /* arch_domain_destroy frees what is there */
    d->arch.perdom_l3[0] = virt_to_phys(d->arch.perdom_l2).a | PTE_P | PTE_RW | PTE_A;
    return 0;
}

void arch_domain_destroy(struct domain *d)
{
    for (unsigned i = 0; i < ARRAY_SIZE(d->arch.perdom_l1); i++)
        hv_free_pages(d->arch.perdom_l1[i], 0);
    hv_free_pages(d->arch.perdom_l2, 0);
    hv_free_pages(d->arch.perdom_l3, 0);
    policy_free(d->arch.policy);
    memset(&d->arch, 0, sizeof(d->arch));
}

void arch_l4_install(struct domain *d, uint64_t *l4)
{
    for (unsigned i = HV_SLOT_FIRST; i <= HV_SLOT_LAST; i++)
        l4[i] = hv_l4[i];
    l4[SLOT_PERDOM] = virt_to_phys(d->arch.perdom_l3).a | PTE_P | PTE_RW | PTE_A;
    if (unlikely(xpti_on()))
        arch_l4_counted(arch_ptr_mfn(l4));
}

void arch_l4_show_m2p(uint64_t *l4, bool show)
{
    l4[SLOT_M2P] = show ? hv_l4[SLOT_M2P] : 0;
}

/* The vCPU's 32 entries, their table made on demand. */
bool window_init(struct vcpu *v)
{
    struct arch_domain *a = &v->domain->arch;
    unsigned table = v->id / 16;

    if (!a->perdom_l1[table]) {
        a->perdom_l1[table] = hv_alloc_pages(0);
        if (!a->perdom_l1[table])
            return false;
        a->perdom_l2[table] = virt_to_phys(a->perdom_l1[table]).a | PTE_P | PTE_RW | PTE_A;
    }
    v->arch.gdt_l1 = a->perdom_l1[table] + v->id % 16 * 32;
    return true;
}

void arch_gdt_set(struct vcpu *v, const mfn_t *frames, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        v->arch.gdt_l1[i] = mfn_paddr(frames[i]).a | PTE_WINDOW;
    for (; i < GDT_RESERVED_PAGE && v->arch.gdt_l1[i]; i++) /* the old ones had no gap */
        v->arch.gdt_l1[i] = 0;
    arch_tlb_flush(domain_dirty_cpus(v->domain));
    if (this_pcpu()->current == v)
        load_guest_gdt(v);
}

/* Called by core/ptype with the old LDT's references still held in the window: dropped here. */
void arch_ldt_set(struct vcpu *v, gva_t base, unsigned entries)
{
    uint64_t *l1 = v->arch.gdt_l1 + 16;
    uint64_t old[16];
    uint32_t mapped = v->arch.ldt_mapped;

    v->ldt_base = base;
    v->ldt_entries = entries;
    for (unsigned i = 0; i < 16; i++) {
        old[i] = l1[i];
        l1[i] = 0;
    }
    v->arch.ldt_mapped = 0;
    if (mapped) {
        arch_tlb_flush(domain_dirty_cpus(v->domain));
        for (unsigned i = 0; i < 16; i++)
            if (mapped >> i & 1)
                ptype_put_frame(v->domain, frame_of(paddr_mfn(PADDR(old[i] & PTE_ADDR))),
                                PT_SEGDESC);
    }
    if (this_pcpu()->current == v)
        load_guest_ldt(v);
}

bool ldt_fault(struct vcpu *v, uint64_t address)
{
    uint64_t off = address - LDT_WINDOW(v->id), l1e, *slot;
    unsigned page = (unsigned)(off >> PAGE_SHIFT), index;
    struct frame *f;
    mfn_t table;

    if (off >= 16 * PAGE_SIZE || off >= v->ldt_entries * 8UL || (v->arch.ldt_mapped >> page & 1))
        return false;
    /* may be on the way back to the guest: a page of descriptors must be possible */
    budget_refill();
    l1e = ptype_lookup_l1e(v, gva_add(v->ldt_base, off & PAGE_MASK), &table, &index);
    if (!(l1e & PTE_P) ||
        ptype_get_frame(v->domain, paddr_mfn(PADDR(l1e & PTE_ADDR)), PT_SEGDESC, &f))
        return false;
    slot = v->arch.gdt_l1 + 16 + page;
    *slot = mfn_paddr(frame_mfn(f)).a | PTE_WINDOW;
    v->arch.ldt_mapped |= 1u << page;
    return true;
}

void show_cpu_gdt(struct vcpu *v)
{
    v->arch.gdt_l1[GDT_RESERVED_PAGE] = virt_to_phys(this_pcpu()->gdt_page).a | PTE_WINDOW;
}

void load_guest_gdt(const struct vcpu *v)
{
    struct table_pointer ptr = {(GDT_RESERVED_PAGE + 1) * PAGE_SIZE - 1, GDT_WINDOW(v->id)};

    __asm__ volatile("lgdt %0" ::"m"(ptr));
}

void load_guest_ldt(struct vcpu *v)
{
    uint64_t *d = this_pcpu()->gdt_page + (LDT_SELECTOR - 0xe000) / 8;
    uint64_t base = LDT_WINDOW(v->id), limit = v->ldt_entries * 8UL - 1;

    if (!v->ldt_entries) {
        __asm__ volatile("lldt %w0" ::"r"(0));
        return;
    }
    d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | 0x82UL << 40 | (base >> 24 & 0xff) << 56;
    d[1] = base >> 32;
    __asm__ volatile("lldt %w0" ::"r"(LDT_SELECTOR) : "memory");
}
