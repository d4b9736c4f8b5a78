/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI configuration space: ports CF8/CFC for segment 0, memory-mapped (MCFG) for the rest. */
#ifndef ASM_PCI_H
#define ASM_PCI_H

#include <asm/irq.h>

#define PCI_COMMAND        0x04
#define PCI_COMMAND_MEMORY 0x2
#define PCI_STATUS         0x06
#define PCI_STATUS_CAPS    0x10
#define PCI_BAR(n)         (0x10 + 4 * (n))
#define PCI_CAP_PTR        0x34
#define PCI_CAP_MSI        0x05
#define PCI_CAP_MSIX       0x11

/* bytes is 1, 2 or 4 and offset a multiple of it, below 256 (or 4096 with MCFG); absent: all ones.
 */
uint32_t pci_read(struct sbdf dev, unsigned offset, unsigned bytes);
void pci_write(struct sbdf dev, unsigned offset, unsigned bytes, uint32_t value);
/* Offset of a capability, 0: has none. */
unsigned pci_find_cap(struct sbdf dev, unsigned id);

/* A guest's access to the data ports: its address register's value, byte 0..3 of the data port. */
uint32_t pci_cf8_read(uint32_t cf8, unsigned off, unsigned bytes);
void pci_cf8_write(uint32_t cf8, unsigned off, unsigned bytes, uint32_t value);

#endif
