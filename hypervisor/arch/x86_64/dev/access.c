/* SPDX-License-Identifier: BSD-2-Clause */
/* Which device memory and which I/O ports a domain may touch. */
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/irq.h>
#include <asm/uart.h>

/* RAM above the first MiB, whoever has it: the hypervisor's image and tables are in no allocator.
 */
static bool is_ram(uint64_t paddr)
{
    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct ram_range *r = &boot_info.map[i];
        if (r->type == 1 && r->end > (1UL << 20) && paddr + PAGE_SIZE > r->start && paddr < r->end)
            return true;
    }
    return false;
}

/* Physical address bits of this machine; entries with more fault as reserved, wherever they are used. */
static unsigned phys_bits(void)
{
    static unsigned bits;

    if (!bits)
        bits = min(cpuid(0x80000008, 0).a & 0xff, 52u);
    return bits;
}

bool arch_iomem_allowed(const struct domain *d, mfn_t mfn)
{
    uint64_t paddr = mfn.n << PAGE_SHIFT;
    if (!d->privileged || mfn.n >> (phys_bits() - PAGE_SHIFT) || is_ram(paddr))
        return false;
    /* Messages written here are interrupts; the local APIC is in the same range. */
    if (paddr >> 20 == 0xfee || paddr == acpi.lapic_paddr)
        return false;
    return !ioapic_at(paddr);
}

static bool overlaps(unsigned port, unsigned bytes, unsigned first, unsigned last)
{
    return port <= last && port + bytes > first;
}

bool arch_ioport_allowed(const struct domain *d, unsigned port, unsigned bytes)
{
    static const uint16_t denied[][2] = {
        {0x20, 0x21},   {0xa0, 0xa1}, /* 8259 */
        {0x40, 0x43},   {0x61, 0x61}, /* 8254 and its gate */
        {0x4d0, 0x4d1},               /* edge/level control */
        {0xcf8, 0xcff},               /* PCI configuration: emulated */
    };
    if (port + bytes > 0x10000 || !d->privileged)
        return false;
    for (unsigned i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
        if (overlaps(port, bytes, denied[i][0], denied[i][1]))
            return false;
    }
    if (uart_port() && overlaps(port, bytes, uart_port(), uart_port() + UART_PORTS - 1u))
        return false;
    return !acpi.pm_timer || !overlaps(port, bytes, acpi.pm_timer, acpi.pm_timer + 3u);
}
