/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include <hv/check.h>
#include <hv/evtchn.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <hv/sched.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/paging.h>
#include <asm/percpu.h>
#include <asm/pci.h>

#include "fake.h"

uint8_t fake_ports[256];
struct fake_pin fake_pin[FAKE_GSIS];
uint8_t fake_config[2][256];
uint32_t fake_table[1024];
unsigned fake_eois, fake_fired[64], fake_fires, fake_handled;
bool fake_bound = true;
struct pcpu fake_pcpu;
unsigned fake_quiescent;
struct domain fake_dom0 = {.privileged = true}, fake_guest = {.id = 1};
struct domain *dom0 = &fake_dom0;
struct acpi_info acpi;
uint32_t cpu_apic_id[HV_MAX_CPUS];
_Thread_local unsigned host_cpu;
_Atomic cpuset_t sched_online_cpus;
void (*fake_window)(void);

static void put(uint8_t *config, unsigned offset, unsigned bytes, uint32_t v)
{
    memcpy(config + offset, &v, bytes);
}

/* ISA interrupt 9 is GSI 9, level, low; 0 is GSI 2. */
static void fill_acpi(void)
{
    for (unsigned i = 0; i < ACPI_ISA_IRQS; i++)
        acpi.isa[i] = (struct acpi_isa_irq){.gsi = i};
    acpi.isa[0].gsi = 2;
    acpi.isa[9].level = acpi.isa[9].low = true;
}

/* devfn 8: MSI (64-bit, maskable) at 0x50; devfn 16: MSI at 0x50 (32-bit, plain), MSI-X of 4 at
 * 0x60. */
void fake_reset(void)
{
    memset(fake_config, 0, sizeof(fake_config));
    memset(fake_table, 0, sizeof(fake_table));
    memset(fake_fired, 0, sizeof(fake_fired));
    fake_eois = fake_fires = fake_handled = 0;
    fake_bound = true;
    fake_window = NULL;
    sched_online_cpus = 3;
    fill_acpi();
    put(fake_config[0], 0x52, 2, 0x0180);
    put(fake_config[1], 0x52, 2, 0x0000);
    put(fake_config[1], 0x62, 2, 3);
    put(fake_config[1], 0x64, 4, 0x1000 | 1); /* in BAR 1, at 0x1000 */
    put(fake_config[1], PCI_BAR(1), 4, 0xfe000000);
    put(fake_config[1], PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    for (unsigned i = 0; i < 4; i++)
        fake_table[4 * i + 3] = 1;
}

void fake_handler(void)
{
    fake_handled++;
}

/* ---- PCI ---- */
static uint8_t *config(struct sbdf dev)
{
    return dev.segment || dev.bus ? NULL
           : dev.devfn == 8       ? fake_config[0]
           : dev.devfn == 16      ? fake_config[1]
                                  : NULL;
}
uint32_t pci_read(struct sbdf dev, unsigned offset, unsigned bytes)
{
    uint32_t v = 0;
    memcpy(&v, config(dev) + offset, bytes);
    return v;
}
void pci_write(struct sbdf dev, unsigned offset, unsigned bytes, uint32_t value)
{
    memcpy(config(dev) + offset, &value, bytes);
}
unsigned pci_find_cap(struct sbdf dev, unsigned id)
{
    if (!config(dev))
        return 0;
    return id == PCI_CAP_MSI ? 0x50 : dev.devfn == 16 ? 0x60 : 0;
}
void *map_mmio(paddr_t paddr, size_t len)
{
    if (paddr.a != FAKE_TABLE || len > sizeof(fake_table))
        abort();
    return fake_table;
}
bool arch_iomem_allowed(const struct domain *d, mfn_t mfn)
{
    return d->privileged && mfn.n == FAKE_TABLE >> PAGE_SHIFT;
}

/* ---- APICs ---- */
void ioapic_init(void)
{
}
unsigned ioapic_gsi_count(void)
{
    return FAKE_GSIS;
}
void ioapic_route(unsigned gsi, uint8_t vector, uint32_t apic_id, bool level, bool low)
{
    fake_pin[gsi] = (struct fake_pin){vector, apic_id, level, low, false};
}
void ioapic_mask(unsigned gsi, bool masked)
{
    fake_pin[gsi].masked = masked;
}
void lapic_eoi(void)
{
    fake_eois++;
}
void interrupt_window(void)
{
    if (fake_window)
        fake_window();
}
void arch_quiescent(void)
{
    fake_quiescent++;
}
void tlb_serve(struct pcpu *p)
{
    (void)p;
}
void arch_relax(void)
{
}
void arch_halt(void)
{
    abort();
}

/* ---- rooms ---- */
bool evtchn_pirq_fire(struct domain *d, unsigned pirq)
{
    if (d != dom0)
        abort();
    fake_fired[pirq]++;
    fake_fires++;
    return fake_bound;
}
void timer_interrupt(void)
{
}
void *hv_alloc(size_t size)
{
    return calloc(1, size);
}
void hv_log(enum log_level level, const char *fmt, ...)
{
    (void)level, (void)fmt;
}
void check_failed(const char *what, const char *file, int line)
{
    (void)what, (void)file, (void)line;
    abort();
}
