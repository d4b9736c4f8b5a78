/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables that isolated guests run on: see asm/xpti.h. */
#include <hv/domain.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/paging.h>
#include <asm/xpti.h>

static l4_versions_t versions;

__init void xpti_init_cpu(struct pcpu *p, const void *idt)
{
    uint64_t stub = STUB_BASE + p->cpu * 2 * PAGE_SIZE;
    const paddr_t code = PADDR(hv_lookup(stub) & PTE_ADDR);
    struct stub_data *s = p->stub;
    uint64_t *view = hv_new_table();

    hv_map_in(view, (uint64_t)image_start, virt_to_phys(image_start),
              (uint64_t)(text_end - image_start), PTE_HV_CODE);
    hv_map_in(view, (uint64_t)idt, virt_to_phys(idt), PAGE_SIZE, PTE_HV_CODE | PTE_NX);
    hv_map_in(view, stub, code, PAGE_SIZE, PTE_HV_CODE);
    hv_map_in(view, stub + PAGE_SIZE, paddr_add(code, PAGE_SIZE), PAGE_SIZE, PTE_HV_DATA);
    for (unsigned user = 0; user < 2; user++) {
        p->l4copy[user].table = hv_new_table();
        p->l4copy[user].address = virt_to_phys(p->l4copy[user].table);
        p->l4copy[user].table[SLOT_HV] = view[SLOT_HV];
    }
    s->tss = p->tss;
    s->tss.rsp0 = (uint64_t)s->landing[0].stack;
    for (unsigned i = 1; i <= 4; i++) {
        s->tss.ist[i - 1] = (uint64_t)s->landing[i].stack;
        s->landing[i].stack[0] = p->tss.ist[i - 1];
    }
}

/* The words that an exit leaves there are its own guest's. */
static void forget(struct pcpu *p, const struct vcpu *v)
{
    struct stub_data *s = p->stub;

    p->landed = v;
    s->guest_rsp = 0;
    memset(s->scratch, 0, sizeof(s->scratch));
    for (unsigned i = 0; i < ARRAY_SIZE(s->landing); i++)
        memset(s->landing[i].words, 0, sizeof(s->landing[i].words));
}

static void renew(struct l4copy *c, paddr_t root, bool user)
{
    const uint64_t *from = phys_to_virt(root);

    l4copy_take(c, versions, paddr_mfn(root), from);
    c->table[SLOT_M2P] = user ? 0 : hv_l4[SLOT_M2P];
    c->table[SLOT_PERDOM] = from[SLOT_PERDOM];
}

static __attribute__((noinline)) void prepare_anew(struct pcpu *p, const struct vcpu *v,
                                                   paddr_t root)
{
    if (p->landed != v)
        forget(p, v);
    if (xpti_isolates[v->domain->privileged])
        renew(&p->l4copy[v->in_user], root, v->in_user);
}

void xpti_prepare(void)
{
    struct pcpu *p = this_pcpu();
    const struct vcpu *v = p->current;
    const struct l4copy *c = &p->l4copy[v->in_user];
    const bool isolates = xpti_isolates[v->domain->privileged];
    const paddr_t root = PADDR(read_cr3());

    p->stub->full_cr3 = root.a;
    p->stub->guest_cr3 = isolates ? c->address.a : root.a;
    if (unlikely(p->landed != v || (isolates && !l4copy_fresh(c, versions, paddr_mfn(root)))))
        prepare_anew(p, v, root);
}

void arch_l4_counted(mfn_t l4)
{
    l4copy_stored(versions, l4);
}

void xpti_prepare_tagged(void)
{
    struct pcpu *p = this_pcpu();
    struct stub_data *s = p->stub;
    const bool user = p->current->in_user;
    uint64_t full;

    xpti_prepare();
    full = pcid_full(s->full_cr3);
    s->guest_cr3 = s->guest_cr3 == s->full_cr3
                       ? full
                       : pcid_copy(&p->tags[user], &p->l4copy[user], user, p->flushed_at);
    s->full_cr3 = full;
}

static const struct l4copy *copies_of(unsigned cpu)
{
    return pcpus[cpu]->l4copy;
}

void arch_l4_stored(struct domain *d, mfn_t l4)
{
    const cpuset_t others = domain_dirty_cpus(d) & ~CPUSET(arch_cpu());

    if (unlikely(xpti_isolates[d->privileged]))
        arch_tlb_flush(l4copy_counted(versions, l4, others, copies_of));
}
