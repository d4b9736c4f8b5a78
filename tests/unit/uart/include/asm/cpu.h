/* SPDX-License-Identifier: BSD-2-Clause */
/* The port instructions reach the test's UART. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <stdint.h>

uint8_t inb(uint16_t port);
void outb(uint16_t port, uint8_t v);
static inline void cpu_pause(void)
{
}

#endif
