/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt lines: descriptors, dispatch, and the binding of pirqs to event channels (asm/irq.h).
 */
#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/percpu.h>

static struct irq
    *irqs[IRQ_MAX]; /* descriptors are never freed: an interrupt may always arrive late */
static uint16_t by_vector[HV_MAX_CPUS][256]; /* line's number + 1; 0: none */
static unsigned gsi_count;
/* irqs[], vectors; before an irq's own lock, after evtchn's */
static struct spinlock table_lock = {.rank = LOCK_IRQ_TABLE};

struct irq *irq_find(unsigned number)
{
    struct irq *irq = number < IRQ_MAX ? irqs[index_nospec(number, IRQ_MAX)] : NULL;
    return irq && irq->used ? irq : NULL;
}

struct irq *irq_find_gsi(unsigned gsi)
{
    return gsi < gsi_count ? irq_find(gsi) : NULL;
}

/* Descriptor of a number, made on first use. */
static struct irq *descriptor(unsigned number, const struct irq_chip *chip) REQUIRES(table_lock)
{
    if (!irqs[number]) {
        struct irq *irq = hv_alloc(sizeof(*irq));
        if (!irq)
            return NULL;
        lock_init(&irq->lock, LOCK_IRQ);
        irq->number = (uint16_t)number;
        irqs[number] = irq;
    }
    irqs[number]->chip = chip;
    irqs[number]->used = true;
    return irqs[number];
}

/* Masks the 8259s for good: every interrupt comes through the I/O APICs. */
static __init void pic_off(void)
{
    outb(0x20, 0x11);
    outb(0xa0, 0x11);
    outb(0x21, VEC_FIRST_EXTERNAL); /* a spurious one must not look like an exception */
    outb(0xa1, VEC_FIRST_EXTERNAL + 8);
    outb(0x21, 4);
    outb(0xa1, 2);
    outb(0x21, 1);
    outb(0xa1, 1);
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
}

static void gsi_mask(struct irq *irq, bool masked)
{
    ioapic_mask(irq->number, masked);
}

static void gsi_start(struct irq *irq)
{
    ioapic_route(irq->number, irq->vector, cpu_apic_id[irq->cpu], irq->level, irq->low);
}

static void gsi_unmap(struct irq *irq)
{
    irq->mapped = false;
}

static int gsi_move(struct irq *irq)
{
    return irq_move(irq, gsi_start);
}

static const struct irq_chip ioapic_chip = {gsi_mask, gsi_start, gsi_unmap, gsi_move};

/* Boot is alone. */
__init void irq_init(void) NO_THREAD_SAFETY_ANALYSIS
{
    pic_off();
    ioapic_init();
    gsi_count = min(ioapic_gsi_count(), (unsigned)IRQ_MAX / 2);
    for (unsigned gsi = 0; gsi < gsi_count; gsi++) {
        struct irq *irq = descriptor(gsi, &ioapic_chip);
        CHECK(irq);
        irq->level = irq->low = gsi >= ACPI_ISA_IRQS; /* PCI's way, until PHYSDEVOP_setup_gsi */
    }
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++) {
        struct irq *irq = irq_find(acpi.isa[i].gsi);
        if (!irq)
            continue;
        irq->level = acpi.isa[i].level;
        irq->low = acpi.isa[i].low;
    }
}

/* Gives the line a vector if it has none; CPUs whose APIC id fits a message. */
static int assign_vector(struct irq *irq) REQUIRES(table_lock)
{
    cpuset_t cpus = online_cpus();
    unsigned cpu, c;
    if (irq->vector)
        return 0;
    cpuset_for_each(c, online_cpus())
    {
        if (cpu_apic_id[c] >= 0xff)
            cpus &= ~CPUSET(c);
    }
    int v = vector_alloc(cpus, &cpu);
    if (v < 0)
        return v;
    irq->cpu = (uint8_t)cpu;
    irq->vector = (uint8_t)v;
    by_vector[cpu][v] = (uint16_t)(irq->number + 1);
    return 0;
}

static void mask(struct irq *irq, bool masked)
{
    irq->chip->mask(irq, masked);
}

/* Opens a line nobody has, for an event channel or (handler) for the hypervisor. */
static int take_line(struct irq *irq, void (*handler)(void))
{
    lock(&table_lock);
    lock(&irq->lock);
    int err = !irq->used                   ? refuse(XEN_EINVAL) /* freed meanwhile */
              : irq->bound || irq->handler ? -XEN_EBUSY
                                           : assign_vector(irq);
    if (!err) {
        irq->bound = !handler;
        irq->handler = handler;
        irq->in_service = false;
        irq->chip->start(irq);
    }
    unlock(&irq->lock);
    unlock(&table_lock);
    return err;
}

int irq_own_isa(unsigned isa_irq, void (*handler)(void))
{
    struct irq *irq = isa_irq < ACPI_ISA_IRQS ? irq_find(acpi.isa[isa_irq].gsi) : NULL;
    return irq ? take_line(irq, handler) : -XEN_EINVAL;
}

struct irq *irq_alloc(const struct irq_chip *chip)
{
    struct irq *irq = NULL;
    lock(&table_lock);
    for (unsigned i = gsi_count; i < IRQ_MAX && !irq; i++) {
        if (!irqs[i] || !irqs[i]->used)
            irq = descriptor(i, chip);
    }
    if (irq) {
        irq->mapped = irq->bound = irq->in_service = false;
        if (assign_vector(irq)) {
            irq->used = false;
            irq = NULL;
        }
    }
    unlock(&table_lock);
    return irq;
}

void irq_free(struct irq *irq)
{
    lock(&table_lock);
    lock(&irq->lock);
    if (irq->vector) {
        by_vector[irq->cpu][irq->vector] = 0;
        vector_free(irq->cpu, irq->vector);
    }
    irq->vector = 0;
    irq->used = false;
    irq->bound = irq->mapped = false;
    unlock(&irq->lock);
    unlock(&table_lock);
}

int irq_setup_gsi(unsigned gsi, bool level, bool low)
{
    struct irq *irq = irq_find_gsi(gsi);
    if (!irq)
        return -XEN_EINVAL;
    lock(&irq->lock);
    int err = 0;
    if (irq->bound || irq->handler)
        err = irq->level == level && irq->low == low ? 0 : -XEN_EEXIST;
    else
        irq->level = level, irq->low = low;
    unlock(&irq->lock);
    return err;
}

/* ---- arch.h: pirqs of the control domain ---- */
/* The last argument is whether to share: one domain drives devices, nobody to share with. */
int arch_pirq_bind(struct domain *d, unsigned pirq, bool)
{
    if (!d->privileged)
        return refuse(XEN_EPERM);
    struct irq *irq = irq_find(pirq);
    return irq && irq->mapped ? take_line(irq, NULL) : refuse(XEN_EINVAL);
}

void arch_pirq_unbind(struct domain *d, unsigned pirq)
{
    struct irq *irq = irq_find(pirq);
    if (!d->privileged || !irq)
        return;
    lock(&irq->lock);
    if (irq->bound) {
        irq->bound = irq->in_service = false;
        mask(irq, true);
    }
    unlock(&irq->lock);
}

void arch_pirq_eoi(struct domain *d, unsigned pirq)
{
    struct irq *irq = irq_find(pirq);
    if (!d->privileged || !irq)
        return;
    lock(&irq->lock);
    if (irq->in_service) {
        irq->in_service = false;
        mask(irq, false);
    }
    unlock(&irq->lock);
}

/* ---- a CPU goes ---- */
int irq_move(struct irq *irq, void (*tell)(struct irq *irq))
{
    lock(&table_lock);
    lock(&irq->lock);
    const uint8_t old = irq->vector;
    int err = 0;
    if (old && irq->cpu == arch_cpu()) {
        irq->vector = 0;
        err = assign_vector(irq);
        if (err)
            irq->vector = old;
        else
            tell(irq);
        if (!err && !irq->handler && (!irq->bound || irq->in_service))
            mask(irq, true);
    }
    unlock(&irq->lock);
    unlock(&table_lock);
    return err;
}

/* A vector of this CPU whose line has gone; an edge may have come between the I/O APIC's two words, or while
 * a message was changed: one too many instead, which drivers expect, of none. */
static void let_go(unsigned vector)
{
    const unsigned self = arch_cpu();
    lock(&table_lock);
    const unsigned line = by_vector[self][vector];
    struct irq *irq = irq_find(line - 1u); /* NULL, too, if it was freed since */
    const bool gone = line && !(irq && irq->cpu == self && irq->vector == vector);
    if (gone) {
        by_vector[self][vector] = 0;
        vector_free(self, vector);
    }
    unlock(&table_lock);
    if (gone && irq && irq->handler)
        irq->handler();
    else if (gone && irq && irq->bound && !irq->level)
        evtchn_pirq_fire(dom0, irq->number);
}

/*
 * No interrupt is lost: a line's old vector stays valid here until the window, in which what was sent
 * here before is taken, by its handler or for its port.  A level line whose interrupt waits here is
 * asked again by its I/O APIC, as ioapic_route() makes the entry an edge's for a moment, which forgets
 * that one was sent (82093AA's Remote IRR); so it comes at both CPUs, and the guest's EOI opens the line once.
 */
void irq_leave(void)
{
    int err = 0;
    for (unsigned n = 0; n < IRQ_MAX && !err; n++) {
        struct irq *irq = irq_find(n);
        if (!irq || !irq->vector || irq->cpu != arch_cpu())
            continue;
        err = irq->chip->move(irq);
        interrupt_window();
    }
    if (err) /* what stays is taken in the sleep */
        log_warn("CPU %u: no vectors left on others for its interrupts\n", arch_cpu());
    for (unsigned v = 0; v < 256; v++)
        let_go(v);
}

/* ---- dispatch ---- */
static void device_interrupt(unsigned vector)
{
    struct irq *irq = irq_find(by_vector[arch_cpu()][vector] - 1u);
    if (!irq || irq->handler) {
        if (irq) /* else a message sent just before its line was taken down */
            irq->handler();
        lapic_eoi();
        return;
    }
    lock(&irq->lock);
    bool deliver = irq->bound;
    if (deliver && irq->level) {
        irq->in_service = true;
        mask(irq, true);
    } else if (!deliver && irq->vector) {
        mask(irq, true);
    }
    unlock(&irq->lock);
    lapic_eoi();
    if (deliver)
        evtchn_pirq_fire(dom0, irq->number);
}

void irq_dispatch(unsigned vector)
{
    if (vector >= VEC_LOCAL_TIMER && vector != VEC_SPURIOUS) /* which has no EOI */
        lapic_eoi();
    switch (vector) {
    case VEC_LOCAL_TIMER:
        timer_interrupt();
        break;
    case VEC_FLUSH:
        tlb_serve(this_pcpu());
        break;
    case VEC_CALL:
        if (this_pcpu()->in_window) /* whoever opened it may go on with domains it found (D-1) */
            atomic_fetch_or(&this_pcpu()->current->work, VCPU_WORK_RESCHED);
        else
            arch_quiescent();
        break;
    case VEC_STOP:
        arch_halt();
    case VEC_RESCHED: /* the way back from the interrupt is all that was wanted */
    case VEC_SPURIOUS:
        break;
    case VEC_APIC_ERROR:
        log_warn("CPU %u: local APIC error\n", arch_cpu());
        break;
    default:
        device_interrupt(vector);
    }
}
