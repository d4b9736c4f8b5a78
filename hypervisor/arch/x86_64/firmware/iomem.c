/* SPDX-License-Identifier: BSD-2-Clause */
/* Which device memory a domain may map. */
#include <hv/domain.h>
#include <asm/acpi.h>
#include <asm/boot.h>
#include <asm/cpu.h>

/* RAM above the first MiB, whoever has it: the hypervisor's image and tables are in no allocator.
 */
static bool is_ram(paddr_t paddr)
{
    for (unsigned i = 0; i < boot_info.map_count; i++) {
        const struct ram_range *r = &boot_info.map[i];
        if (r->type == 1 && r->end > (1UL << 20) && paddr.a + PAGE_SIZE > r->start &&
            paddr.a < r->end)
            return true;
    }
    return false;
}

/* Physical address bits of this machine; entries with more fault as reserved, wherever they are
 * used. */
static unsigned phys_bits(void)
{
    static unsigned bits;

    if (!bits)
        bits = min(cpuid(0x80000008, 0).a & 0xff, 52u);
    return bits;
}

bool arch_iomem_allowed(const struct domain *d, mfn_t mfn)
{
    const paddr_t paddr = mfn_paddr(mfn);
    if (!d->privileged || mfn.n >> (phys_bits() - PAGE_SHIFT) || is_ram(paddr))
        return false;
    /* Messages written here are interrupts; the local APIC is in the same range. */
    if (paddr.a >> 20 == 0xfee || paddr.a == acpi.lapic_paddr.a)
        return false;
    for (unsigned i = 0; i < acpi.ioapics; i++)
        if ((acpi.ioapic[i].paddr.a ^ paddr.a) < PAGE_SIZE)
            return false;
    return true;
}
