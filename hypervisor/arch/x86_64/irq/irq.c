/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt lines: descriptors, dispatch, and the binding of pirqs to event channels (asm/irq.h).
 */
#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/lib.h>
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
    return irq && irq->kind != IRQ_NONE ? irq : NULL;
}

/* Descriptor of a number, made on first use. */
static struct irq *descriptor(unsigned number, enum irq_kind kind) REQUIRES(table_lock)
{
    if (!irqs[number]) {
        struct irq *irq = hv_alloc(sizeof(*irq));
        if (!irq)
            return NULL;
        lock_init(&irq->lock, LOCK_IRQ);
        irq->number = (uint16_t)number;
        irqs[number] = irq;
    }
    irqs[number]->kind = (uint8_t)kind;
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

/* Boot is alone. */
__init void irq_init(void) NO_THREAD_SAFETY_ANALYSIS
{
    pic_off();
    ioapic_init();
    gsi_count = min(ioapic_gsi_count(), (unsigned)IRQ_MAX / 2);
    for (unsigned gsi = 0; gsi < gsi_count; gsi++) {
        struct irq *irq = descriptor(gsi, IRQ_GSI);
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
    cpuset_t cpus = smp_online();
    unsigned cpu, c;
    if (irq->vector)
        return 0;
    cpuset_for_each(c, smp_online())
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
    if (irq->kind == IRQ_GSI)
        ioapic_mask(irq->number, masked);
    else
        msi_mask(irq, masked);
}

/* Starts delivery; the vector is assigned. */
static void open_line(struct irq *irq)
{
    if (irq->kind == IRQ_GSI)
        ioapic_route(irq->number, irq->vector, cpu_apic_id[irq->cpu], irq->level, irq->low, false);
    else
        msi_mask(irq, false);
}

/* Opens a line nobody has, for an event channel or (handler) for the hypervisor. */
static int take_line(struct irq *irq, void (*handler)(void))
{
    lock(&table_lock);
    lock(&irq->lock);
    int err = irq->bound || irq->handler ? -XEN_EBUSY : assign_vector(irq);
    if (!err) {
        irq->bound = !handler;
        irq->handler = handler;
        irq->in_service = false;
        open_line(irq);
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

struct irq *irq_alloc_msi(enum irq_kind kind)
{
    struct irq *irq = NULL;
    lock(&table_lock);
    for (unsigned i = gsi_count; i < IRQ_MAX && !irq; i++) {
        if (!irqs[i] || irqs[i]->kind == IRQ_NONE)
            irq = descriptor(i, kind);
    }
    if (irq) {
        irq->mapped = irq->bound = irq->in_service = false;
        if (assign_vector(irq)) {
            irq->kind = IRQ_NONE;
            irq = NULL;
        }
    }
    unlock(&table_lock);
    return irq;
}

void irq_free_msi(struct irq *irq)
{
    lock(&table_lock);
    lock(&irq->lock);
    if (irq->vector) {
        by_vector[irq->cpu][irq->vector] = 0;
        vector_free(irq->cpu, irq->vector);
    }
    irq->vector = 0;
    irq->kind = IRQ_NONE;
    irq->bound = irq->mapped = false;
    unlock(&irq->lock);
    unlock(&table_lock);
}

int irq_setup_gsi(unsigned gsi, bool level, bool low)
{
    struct irq *irq = irq_find(gsi);
    if (!irq || irq->kind != IRQ_GSI)
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
    if (deliver && irq->kind == IRQ_GSI && irq->level) {
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
            __atomic_fetch_or(&this_pcpu()->current->work, VCPU_WORK_RESCHED, __ATOMIC_SEQ_CST);
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
