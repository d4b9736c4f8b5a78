/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines and their binding to pirqs: levels stay masked until the
 * guest's EOI, edges and messages are acknowledged at once, nothing that is not
 * bound keeps firing, and messages are written where the device looks for them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include <hv/abi.h>
#include <hv/arch.h>
#include <hv/sched.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/percpu.h>

#include "fake.h"

static const struct sbdf plain = {.devfn = 8}, rich = {.devfn = 16}, absent = {.devfn = 99};

static void setup(void)
{
    cpu_apic_id[0] = 4;
    cpu_apic_id[1] = 6;
    fake_reset();
    irq_init();
}
TestSuite(irq, .init = setup);

static struct irq *mapped(struct sbdf dev, unsigned index, uint64_t table)
{
    struct irq *irq = NULL;
    cr_assert_eq(msi_map(dev, index, PADDR(table), &irq), 0);
    cr_assert_not_null(irq);
    cr_assert(irq->mapped && irq->vector >= 0x30);
    return irq;
}
static void interrupt(const struct irq *irq)
{
    host_cpu = irq->cpu;
    irq_dispatch(irq->vector);
    host_cpu = 0;
}

Test(irq, plain_msi)
{
    struct irq *irq = mapped(plain, 0, 0);
    uint32_t address, data = 0, mask, control = 0;
    memcpy(&address, fake_config[0] + 0x54, 4);
    memcpy(&data, fake_config[0] + 0x5c, 2);
    memcpy(&mask, fake_config[0] + 0x60, 4);
    memcpy(&control, fake_config[0] + 0x52, 2);
    cr_assert_eq(address, 0xfee00000u | cpu_apic_id[irq->cpu] << 12);
    cr_assert_eq(data, irq->vector);
    cr_assert(mask & 1, "masked until it is bound");
    cr_assert(control & 1, "enabled");
    cr_assert_eq(arch_pirq_bind(&fake_dom0, irq->number, false), 0);
    memcpy(&mask, fake_config[0] + 0x60, 4);
    cr_assert_not(mask & 1);
    interrupt(irq);
    interrupt(irq);
    cr_assert_eq(fake_fired[irq->number], 2);
    cr_assert_eq(fake_eois, 2);
    arch_pirq_unbind(&fake_dom0, irq->number);
    memcpy(&mask, fake_config[0] + 0x60, 4);
    cr_assert(mask & 1);
    interrupt(irq);
    cr_assert_eq(fake_fires, 2);
    cr_assert_eq(fake_eois, 3);
}

Test(irq, msix_entries)
{
    struct irq *a = mapped(rich, 0, 0xfe000000), *b = mapped(rich, 3, 0xfe000000), *c;
    cr_assert_neq(a->number, b->number);
    cr_assert_neq(a->cpu, b->cpu, "spread over the CPUs");
    cr_assert_eq(fake_table[12], 0xfee00000u | cpu_apic_id[b->cpu] << 12);
    cr_assert_eq(fake_table[14], b->vector);
    cr_assert_eq(fake_table[15], 1u);
    cr_assert_eq(msi_map(rich, 3, PADDR(0xfe000000), &c), -XEN_EEXIST);
    cr_assert_eq(msi_map(rich, 4, PADDR(0xfe000000), &c), -XEN_EINVAL, "the table has 4 entries");
    cr_assert_eq(msi_map(plain, 0, PADDR(0xfe000000), &c), -XEN_ENODEV, "has no MSI-X");
    cr_assert_eq(msi_map(absent, 0, PADDR(0), &c), -XEN_ENODEV);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, b->number, false), 0);
    cr_assert_eq(fake_table[15], 0u);
    cr_assert_eq(fake_table[3], 1u, "the other one stays masked");
    memset(fake_table, 0, sizeof(fake_table)); /* the device was reset */
    msi_restore(rich);
    cr_assert_eq(fake_table[14], b->vector);
    cr_assert_eq(fake_table[15], 0u);
    cr_assert_eq(fake_table[2], a->vector);
    cr_assert_eq(fake_table[3], 1u);
}

Test(irq, msix_needs_sane_memory)
{
    struct irq *irq;
    uint32_t elsewhere = 0x00100000;
    fake_config[1][4] = 0; /* memory decoding off */
    cr_assert_eq(msi_map(rich, 0, PADDR(0xfe000000), &irq), -XEN_ENXIO);
    fake_config[1][4] = 2;
    memcpy(fake_config[1] + 0x14, &elsewhere, 4); /* RAM */
    cr_assert_eq(msi_map(rich, 0, PADDR(0xfe000000), &irq), -XEN_EINVAL);
    elsewhere = 0x1001; /* an I/O BAR */
    memcpy(fake_config[1] + 0x14, &elsewhere, 4);
    cr_assert_eq(msi_map(rich, 0, PADDR(0xfe000000), &irq), -XEN_EINVAL);
    elsewhere = 0xfe000000;
    memcpy(fake_config[1] + 0x14, &elsewhere, 4);
    fake_config[1][0x64] =
        0xc8 | 1; /* at 0x1fc8: the fourth is half in a page that is not mapped */
    fake_config[1][0x65] = 0x1f;
    cr_assert_eq(msi_map(rich, 3, PADDR(0xfe000000), &irq), -XEN_EINVAL);
    cr_assert_eq(msi_map(rich, 2, PADDR(0xfe000000), &irq), 0);
    fake_config[1][0x64] |= 6; /* no such BAR */
    cr_assert_eq(msi_map(rich, 0, PADDR(0xfe000000), &irq), -XEN_EINVAL);
}

Test(irq, numbers_and_vectors_come_back)
{
    struct irq *irq = mapped(plain, 0, 0);
    unsigned number = irq->number, vector = irq->vector, cpu = irq->cpu;
    for (unsigned i = 0; i < 2000; i++) {
        irq->chip->unmap(irq);
        cr_assert_null(irq_find(number));
        irq = mapped(plain, 0, 0);
        cr_assert_eq(irq->number, number);
        cr_assert_eq(irq->vector, vector);
        cr_assert_eq(irq->cpu, cpu);
    }
    irq->chip->unmap(irq);
    host_cpu = cpu;
    irq_dispatch(vector); /* late: acknowledged, goes nowhere */
    host_cpu = 0;
    cr_assert_eq(fake_eois, 1);
    cr_assert_eq(fake_fires, 0);
}

/* Its vector may be another device's next. */
static void sends_nothing(const struct irq *irq, const uint8_t *config)
{
    uint16_t control;
    memcpy(&control, config + 0x52, 2);
    cr_assert_eq(irq->vector, 0);
    cr_assert_not(control & 1, "MSI is off");
}

Test(irq, a_line_that_was_given_back_sends_nothing)
{
    for (unsigned forget = 0; forget < 2; forget++) {
        struct irq *a = mapped(plain, 0, 0), *b = mapped(rich, 0, 0),
                   *c = mapped(rich, 2, 0xfe000000);
        cr_assert_eq(arch_pirq_bind(&fake_dom0, c->number, false), 0);
        cr_assert_eq(fake_table[11], 0u);
        if (forget) {
            msi_forget(plain);
            msi_forget(rich);
        } else {
            a->chip->unmap(a);
            b->chip->unmap(b);
            c->chip->unmap(c);
        }
        sends_nothing(a, fake_config[0]);
        sends_nothing(b, fake_config[1]);
        cr_assert_eq(fake_table[11], 1u);
    }
}

Test(irq, two_unmaps_of_one_line_are_one)
{
    struct irq *first = mapped(rich, 0, 0), *a = mapped(plain, 0, 0), *again;
    a->chip->unmap(a);
    first->chip->unmap(first);
    again = mapped(plain, 0, 0);
    cr_assert_neq(again, a);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, again->number, false), 0);
    a->chip->unmap(a); /* another CPU, which had found it mapped */
    cr_assert(fake_config[0][0x52] & 1);
    cr_assert_eq(fake_config[0][0x60] & 1, 0);
}

/* A message that was on its way when its line was given back does not reach who has the line now.
 */
Test(irq, late_messages_of_a_line_that_has_another_vector)
{
    struct irq *a = irq_alloc(&msi_chip), *b;
    while ((b = irq_alloc(&msi_chip)) && (a->cpu != 1 || b->cpu != 0))
        a = b;
    cr_assert(b && irq_alloc(&msi_chip)); /* both CPUs have as many, before and after */
    unsigned number = a->number, vector = a->vector, cpu = a->cpu;
    irq_free(b);
    irq_free(a);
    struct irq *c = mapped(rich, 1, 0xfe000000);
    cr_assert_eq(c->number, number);
    cr_assert(c->vector != vector || c->cpu != cpu);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, c->number, false), 0);
    host_cpu = cpu;
    irq_dispatch(vector);
    host_cpu = 0;
    cr_assert_eq(fake_fires, 0);
}

Test(irq, one_line_for_each_message)
{
    struct irq *irq;
    mapped(plain, 0, 0);
    cr_assert_eq(msi_map(plain, 0, PADDR(0), &irq), -XEN_EEXIST);
    fake_table[3] = 0; /* open, as the device's last owner left it */
    mapped(rich, 0, 0xfe000000);
    cr_assert_eq(fake_table[3], 1u, "until it is bound");
}

Test(irq, every_line_then_none)
{
    static struct irq *lines[IRQ_MAX];
    unsigned n = 0;
    while ((lines[n] = irq_alloc(&msi_chip)))
        n++;
    cr_assert_eq(n, 2 * (0xf0 - 0x30 - 2), "as many as there are vectors");
    irq_free(lines[7]);
    cr_assert_eq(irq_alloc(&msi_chip), lines[7]);
}

Test(irq, who_may_bind)
{
    struct irq *irq = mapped(plain, 0, 0);
    cr_assert_eq(arch_pirq_bind(&fake_guest, irq->number, true), -XEN_EPERM);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, irq->number + 1, true), -XEN_EINVAL);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, IRQ_MAX, true), -XEN_EINVAL);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, ~0u, true), -XEN_EINVAL);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, irq->number, false), 0);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, irq->number, true), -XEN_EBUSY);
    arch_pirq_unbind(&fake_guest, irq->number); /* not his */
    interrupt(irq);
    cr_assert_eq(fake_fires, 1);
}

static struct irq *bound_gsi(unsigned n)
{
    struct irq *irq = irq_find(n);
    cr_assert_not_null(irq);
    irq->mapped = true; /* PHYSDEVOP_map_pirq */
    cr_assert_eq(arch_pirq_bind(&fake_dom0, n, true), 0);
    cr_assert_eq(fake_pin[n].vector, irq->vector);
    cr_assert_eq(fake_pin[n].apic_id, cpu_apic_id[irq->cpu]);
    cr_assert_not(fake_pin[n].masked);
    return irq;
}

/* Numbers at the end of the table, and lines of one that may not have them. */
Test(irq, numbers_of_others)
{
    struct irq *irq = irq_find(17);
    irq->mapped = true;
    cr_assert_eq(arch_pirq_bind(&fake_guest, 17, true), -XEN_EPERM);
    cr_assert_null(irq_find(IRQ_MAX));
    cr_assert_null(irq_find(IRQ_MAX - 1));
    cr_assert_null(irq_find(~0u));
    cr_assert(!irq->bound && !irq->vector);
}

/* A line that nobody has, or has no more, is closed; its EOI opens nothing. */
Test(irq, a_line_nobody_has_is_masked)
{
    struct irq *irq = bound_gsi(18);
    arch_pirq_unbind(&fake_dom0, 18);
    cr_assert(fake_pin[18].masked);
    fake_pin[18].masked = false; /* an interrupt that was on its way */
    interrupt(irq);
    cr_assert(fake_pin[18].masked);
    cr_assert_eq(fake_fires, 0);
    arch_pirq_eoi(&fake_dom0, 18);
    cr_assert(fake_pin[18].masked);
}

Test(irq, eoi_of_a_bound_line_that_is_not_in_service)
{
    bound_gsi(19);
    fake_pin[19].masked = true; /* as the guest's own doing would be */
    arch_pirq_eoi(&fake_dom0, 19);
    cr_assert(fake_pin[19].masked);
}

Test(irq, level_waits_for_eoi)
{
    struct irq *irq = bound_gsi(17);
    cr_assert(fake_pin[17].level && fake_pin[17].low, "PCI's way");
    arch_pirq_eoi(&fake_dom0, 17); /* nothing in service: no harm */
    interrupt(irq);
    cr_assert(fake_pin[17].masked);
    cr_assert_eq(fake_fired[17], 1);
    cr_assert_eq(fake_eois, 1);
    arch_pirq_eoi(&fake_guest, 17); /* not his */
    arch_pirq_eoi(&fake_dom0, 16);  /* another line */
    cr_assert(fake_pin[17].masked);
    arch_pirq_eoi(&fake_dom0, 17);
    cr_assert_not(fake_pin[17].masked);
    interrupt(irq);
    arch_pirq_unbind(&fake_dom0, 17);
    arch_pirq_eoi(&fake_dom0, 17); /* after the unbinding: must not open it */
    cr_assert(fake_pin[17].masked);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, 17, true), 0);
    cr_assert_not(fake_pin[17].masked);
}

Test(irq, edge_does_not)
{
    struct irq *irq = bound_gsi(8);
    cr_assert_not(fake_pin[8].level || fake_pin[8].low);
    interrupt(irq);
    cr_assert_not(fake_pin[8].masked);
    cr_assert_eq(fake_fired[8], 1);
}

Test(irq, trigger_and_polarity)
{
    cr_assert_eq(fake_ports[0x21], 0xff, "8259s masked");
    cr_assert_eq(fake_ports[0xa1], 0xff);
    cr_assert_eq(irq_setup_gsi(20, true, false), 0);
    bound_gsi(20);
    cr_assert(fake_pin[20].level && !fake_pin[20].low);
    cr_assert_eq(irq_setup_gsi(20, true, false), 0, "the same again");
    cr_assert_eq(irq_setup_gsi(20, false, false), -XEN_EEXIST);
    cr_assert_eq(irq_setup_gsi(FAKE_GSIS, true, true), -XEN_EINVAL);
    bound_gsi(9);
    cr_assert(fake_pin[9].level && fake_pin[9].low, "the override");
}

Test(irq, own_device)
{
    cr_assert_eq(irq_own_isa(0, fake_handler), 0);
    struct irq *irq = irq_find(2);
    interrupt(irq);
    cr_assert_eq(fake_handled, 1);
    cr_assert_eq(fake_eois, 1);
    irq->mapped = true;
    cr_assert_eq(arch_pirq_bind(&fake_dom0, 2, true), -XEN_EBUSY);
    cr_assert_eq(irq_own_isa(0, fake_handler), -XEN_EBUSY);
    cr_assert_eq(irq_own_isa(16, fake_handler), -XEN_EINVAL);
}

/* Domains that an operation found stay valid over its windows: who asks meanwhile is answered when
 * the operation ends. */
Test(irq, a_window_is_not_quiescence)
{
    struct vcpu v = {.domain = dom0};

    fake_pcpu = (struct pcpu){.current = &v, .in_window = true};
    irq_dispatch(VEC_CALL);
    cr_assert_eq(fake_quiescent, 0);
    cr_assert_eq(v.work, VCPU_WORK_RESCHED);
    fake_pcpu.in_window = false;
    irq_dispatch(VEC_CALL);
    cr_assert_eq(fake_quiescent, 1);
}

/* ---- a CPU goes ---- */
static struct irq *edge, *level, *msg, *entry, *unbound;
static uint8_t old_vector[4];

static struct irq *isa(unsigned gsi)
{
    struct irq *irq = irq_find_gsi(gsi);
    irq->mapped = true;
    cr_assert_eq(arch_pirq_bind(&fake_dom0, gsi, false), 0);
    return irq;
}

/* All lines are given to CPU 1. */
static void all_on_1(void)
{
    sched_online_cpus = 2;
    edge = isa(4);
    level = isa(9);
    msg = mapped(plain, 0, 0);
    entry = mapped(rich, 3, 0xfe000000);
    unbound = mapped(rich, 0, 0xfe000000);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, msg->number, false), 0);
    cr_assert_eq(arch_pirq_bind(&fake_dom0, entry->number, false), 0);
    struct irq *all[] = {edge, level, msg, entry};
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_eq(all[i]->cpu, 1);
        old_vector[i] = all[i]->vector;
    }
    sched_online_cpus = 1;
}
static void leave_1(void)
{
    host_cpu = 1;
    irq_leave();
    host_cpu = 0;
}

Test(irq, lines_leave_a_cpu)
{
    uint32_t address, data = 0, mask;

    all_on_1();
    leave_1();
    cr_expect_eq(edge->cpu + level->cpu + msg->cpu + entry->cpu + unbound->cpu, 0);
    cr_expect_eq(fake_pin[4].apic_id, cpu_apic_id[0]);
    cr_expect_eq(fake_pin[4].vector, edge->vector);
    cr_expect_not(fake_pin[4].masked || fake_pin[4].level);
    cr_expect_eq(fake_pin[9].apic_id, cpu_apic_id[0]);
    cr_expect(fake_pin[9].level && fake_pin[9].low && !fake_pin[9].masked);
    memcpy(&address, fake_config[0] + 0x54, 4);
    memcpy(&data, fake_config[0] + 0x5c, 2);
    memcpy(&mask, fake_config[0] + 0x60, 4);
    cr_expect_eq(address, 0xfee00000u | cpu_apic_id[0] << 12);
    cr_expect_eq(data, msg->vector);
    cr_expect_not(mask & 1);
    cr_expect_eq(fake_table[12], 0xfee00000u | cpu_apic_id[0] << 12);
    cr_expect_eq(fake_table[14], entry->vector);
    cr_expect_eq(fake_table[15], 0u);
    cr_expect_eq(fake_table[3], 1u, "what nobody has bound stays masked");
    cr_expect_eq(fake_table[2], unbound->vector);
    /* an edge may have been lost on the way: one too many */
    cr_expect_eq(fake_fired[4], 1);
    cr_expect_eq(fake_fired[msg->number], 1);
    cr_expect_eq(fake_fired[entry->number], 1);
    cr_expect_eq(fake_fired[9], 0, "a level is still there");
    cr_expect_eq(fake_fired[unbound->number], 0);
    fake_fires = 0;
    host_cpu = 1;
    for (unsigned i = 0; i < 4; i++)
        irq_dispatch(old_vector[i]);
    host_cpu = 0;
    cr_expect_eq(fake_fires, 0, "the vectors there are nobody's now");
    interrupt(edge);
    interrupt(entry);
    cr_expect_eq(fake_fires, 2);
}

/* Each comes once, when its line has just been told to go. */
static void late_ones(void)
{
    const struct irq *all[] = {edge, level, msg, entry};
    static bool came[4];

    for (unsigned i = 0; i < 4; i++) {
        if (all[i]->cpu == 0 && !came[i])
            irq_dispatch(old_vector[i]);
        came[i] = all[i]->cpu == 0;
    }
}

/* Sent before the lines were told to go, taken after. */
Test(irq, what_waits_at_a_cpu_that_goes_is_taken)
{
    all_on_1();
    fake_window = late_ones;
    leave_1();
    cr_expect_eq(fake_fired[4], 2, "and one too many");
    cr_expect_eq(fake_fired[msg->number], 2);
    cr_expect_eq(fake_fired[9], 1);
    cr_expect_eq(fake_eois, 4);
    cr_expect(level->in_service && fake_pin[9].masked, "until the guest has handled it");
    arch_pirq_eoi(&fake_dom0, 9);
    cr_expect_not(fake_pin[9].masked);
}

Test(irq, a_level_in_service_stays_masked_as_it_moves)
{
    all_on_1();
    interrupt(level);
    cr_assert(fake_pin[9].masked);
    leave_1();
    cr_expect(fake_pin[9].masked && level->cpu == 0);
    arch_pirq_eoi(&fake_dom0, 9);
    cr_expect_not(fake_pin[9].masked);
}

Test(irq, our_own_line_moves)
{
    sched_online_cpus = 2;
    cr_assert_eq(irq_own_isa(4, fake_handler), 0);
    sched_online_cpus = 1;
    leave_1();
    cr_expect_eq(fake_handled, 1, "it looks once, too: an edge lost would be the last one");
    cr_expect_not(fake_pin[4].masked);
    cr_expect_eq(fake_fires, 0);
    interrupt(irq_find_gsi(4));
    cr_expect_eq(fake_handled, 2);
}

/* No vector is left elsewhere: the line stays, and is taken in the sleep. */
Test(irq, a_line_without_a_place)
{
    unsigned cpu;

    all_on_1();
    while (vector_alloc(1, &cpu) >= 0)
        ;
    leave_1();
    cr_expect_eq(msg->cpu, 1);
    cr_expect_eq(msg->vector, old_vector[2]);
    interrupt(msg);
    cr_expect_eq(fake_fired[msg->number], 1);
    irq_free(msg);
    vector_free(0, 0x30);
    leave_1();
    cr_expect_eq(edge->cpu, 0, "the first");
    cr_expect_eq(level->cpu, 1);
}
