/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptor tables: which descriptors guests may have, set_gdt, update_descriptor. */
#include <hv/dirty.h>

#include "ptype_int.h"

#define DESC_P        (1UL << 47)
#define DESC_S        (1UL << 44)
#define DESC_DPL      (3UL << 45)
#define DESC_TYPE     (0xFUL << 40)
#define DESC_GATE     (0xCUL << 40) /* call gate */
#define DESC_GATE_MBZ (7UL << 37)

bool ptype_check_descriptor(uint64_t *desc)
{
    uint64_t d = *desc;

    if (!(d & DESC_P))
        return true; /* always faults: harmless */
    if (!(d & DESC_S)) {
        const unsigned cs = d >> 16 & 0xFFFF;
        if (!(d & DESC_TYPE))
            return true; /* second half of a long-mode gate */
        if ((d & DESC_TYPE) != DESC_GATE || d & DESC_GATE_MBZ)
            return false; /* no TSS, LDT, interrupt or trap gates */
        if (!(cs & 4) && cs >> 3 >= FIRST_RESERVED_GDT_ENTRY &&
            (cs & ~3u) != (FLAT_RING3_CS64 & ~3u))
            return false; /* not into the hypervisor's segments */
    }
    /* Guest code of both kinds runs in ring 3. */
    d |= DESC_DPL;
    if (d != *desc)
        *desc = d;
    return true;
}

void ptype_use_gdt(struct vcpu *v, const mfn_t *frames, unsigned count, unsigned entries)
{
    const unsigned old_count = v->gdt_count;
    mfn_t old[ARRAY_SIZE(v->gdt_frames)];

    memcpy(old, v->gdt_frames, sizeof(old));
    for (unsigned i = 0; i < count; i++)
        v->gdt_frames[i] = frames[i];
    v->gdt_count = count;
    v->gdt_entries = entries;
    arch_gdt_set(v, v->gdt_frames, count);
    for (unsigned i = 0; i < old_count; i++)
        ptype_put_frame(v->domain, frame_of(old[i]), PT_SEGDESC);
}

void ptype_drop_gdt(struct vcpu *v)
{
    if (v->gdt_count)
        ptype_use_gdt(v, v->gdt_frames, 0, 0);
}

long op_set_gdt(struct vcpu *cur, gva_t list, unsigned entries)
{
    NOT_ZEROED struct ptype_context c;

    if (entries > FIRST_RESERVED_GDT_ENTRY)
        return refuse(XEN_EINVAL);
    c.bases = 0;
    c.count = (entries + DESC_PER_PAGE - 1) / DESC_PER_PAGE;
    if (guest_read(c.table, list, c.count * sizeof(c.table[0])))
        return refuse(XEN_EFAULT);
    int rc = ptype_hold_context(cur->domain, &c);
    if (rc == -XEN_ERESTART)
        return hcall_continue_set_gdt(cur, list, entries);
    if (!rc)
        ptype_use_gdt(cur, c.table, c.count, entries);
    return rc;
}
STATIC_CHECK(PTYPE_GDT_FRAMES == FIRST_RESERVED_GDT_PAGE, "the ABI's descriptors fit");

/* f: held. A descriptor page in use gets a checked descriptor; another must be writable. */
static int write_descriptor(struct domain *d, struct frame *f, paddr_t pa, uint64_t desc)
{
    uint64_t *page = arch_frame_ptr(frame_mfn(f));
    /* Only a held type is stable: while it is SEGDESC, pt_lock keeps it so. */
    lock(&d->pt_lock);
    const uint64_t t = atomic_load_explicit(&f->type, memory_order_relaxed);
    const bool table = t >> PTYPE_SHIFT == PT_SEGDESC && t & PTYPE_VALIDATED;
    const bool may = table || ptype_is_plain(d, f);
    if (may)
        shared_store(&page[(pa.a & (PAGE_SIZE - 1)) / 8], desc);
    dirty_frame(d, f);
    unlock(&d->pt_lock);
    return may ? 0 : refuse(XEN_EINVAL);
}

long op_update_descriptor(struct vcpu *cur, paddr_t pa, uint64_t desc)
{
    struct domain *d = cur->domain;

    if (pa.a % 8 || !ptype_check_descriptor(&desc))
        return refuse(XEN_EINVAL);
    struct frame *f = frame_get_mfn(paddr_mfn(pa), d);
    if (!f)
        return refuse(XEN_EINVAL);
    int rc = write_descriptor(d, f, pa, desc);
    frame_put(f);
    return rc;
}
