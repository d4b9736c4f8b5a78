/* SPDX-License-Identifier: BSD-2-Clause */
/* Which I/O ports a domain may touch. */
#include <asm/acpi.h>
#include <asm/irq.h>
#include <asm/uart.h>

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
