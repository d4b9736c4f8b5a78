/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the real instructions: ports of the legacy interrupt controllers, remembered. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <stdint.h>

extern uint8_t fake_ports[256];
static inline void outb(uint16_t port, uint8_t v)
{
    fake_ports[port & 0xff] = v;
}

#endif
