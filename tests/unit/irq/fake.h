/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine of one I/O APIC, two CPUs and two PCI functions, as the interrupt room sees it. */
#ifndef FAKE_H
#define FAKE_H

#include <asm/irq.h>

#define FAKE_GSIS 24
struct fake_pin {
    uint8_t vector;
    uint32_t apic_id;
    bool level, low, masked;
};
extern struct fake_pin fake_pin[FAKE_GSIS];
extern uint8_t fake_config[2][256]; /* configuration space of devfn 8 and 16 */
extern uint32_t fake_table[1024];   /* the page at FAKE_TABLE: an MSI-X table */
#define FAKE_TABLE 0xfe001000UL
extern unsigned fake_quiescent, fake_eois, fake_fired[64], fake_fires, fake_handled;
extern bool fake_bound; /* what evtchn_pirq_fire answers */
extern struct domain fake_dom0, fake_guest;

extern void (*fake_window)(void); /* what an interrupt window lets in */

void fake_reset(void);
void fake_handler(void);

#endif
