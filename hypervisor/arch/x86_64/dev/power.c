/* SPDX-License-Identifier: BSD-2-Clause */
/* Reset and power off. */
#include <hv/abi.h>
#include <hv/arch.h>
#include <hv/lib.h>
#include <asm/acpi.h>
#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/mmio.h>

#define PM1_SLP_EN 0x2000 /* ACPI 6.4, 4.8.3.2.1 */

static uint16_t s5_a, s5_b; /* PM1 control values for S5 as dom0 gave them */
static bool s5_known;

static __attribute__((noreturn)) void triple_fault(void)
{
    struct table_pointer none = {0, 0};
    __asm__ volatile("lidt %0; int3" : : "m"(none));
    arch_halt();
}

void arch_reboot(void)
{
    arch_console_sync();
    /* PCI configuration space (space 2) resets exist on paper only. */
    if (acpi.reset_space == 1)
        outb((uint16_t)acpi.reset_address, acpi.reset_value);
    else if (acpi.reset_space == 0)
        *(volatile uint8_t *)map_mmio(PADDR(acpi.reset_address), 1) = acpi.reset_value;
    udelay(10000);
    outb(0xcf9, 0x02); /* chip set's reset control: hard reset */
    outb(0xcf9, 0x06);
    udelay(10000);
    outb(0x64, 0xfe); /* keyboard controller pulses the reset line */
    udelay(10000);
    triple_fault();
}

void arch_poweroff(void)
{
    arch_console_sync();
    if (s5_known && acpi.pm1a_control) {
        outw(acpi.pm1a_control, s5_a & (uint16_t)~PM1_SLP_EN);
        if (acpi.pm1b_control)
            outw(acpi.pm1b_control, s5_b & (uint16_t)~PM1_SLP_EN);
        outw(acpi.pm1a_control, s5_a | PM1_SLP_EN);
        if (acpi.pm1b_control)
            outw(acpi.pm1b_control, s5_b | PM1_SLP_EN);
        udelay(100000);
    }
    log_info("It is now safe to turn off this machine\n");
    arch_halt();
}

int acpi_sleep(const struct xenpf_enter_acpi_sleep *s)
{
    if (s->flags || ((s->val_a ^ s->val_b) & PM1_SLP_EN && s->val_b) || !acpi.pm1a_control)
        return -XEN_EINVAL;
    if (s->sleep_state != 5)
        return -XEN_EOPNOTSUPP;
    s5_a = s->val_a;
    s5_b = s->val_b;
    s5_known = true;
    arch_poweroff();
}
