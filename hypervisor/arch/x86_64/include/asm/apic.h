/* SPDX-License-Identifier: BSD-2-Clause */
/* Local APIC, I/O APICs, and the start of application processors. */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <hv/types.h>
#include <hv/bitmap.h>
#include <asm/layout.h>

#define VEC_STOP       0xf9 /* arch_halt() */
#define VEC_APIC_ERROR 0xfe

/* ---- local APIC (smp/lapic.c): xAPIC or x2APIC, physical destinations ---- */
void lapic_init(void);     /* boot processor: finds the mode, then lapic_init_cpu() */
void lapic_init_cpu(void); /* every CPU, on itself */
uint32_t lapic_id(void);
void lapic_eoi(void);
/* Fixed interrupt to one CPU, or to each of a set (which may hold this CPU). */
void send_ipi(unsigned cpu, unsigned vector);
void send_ipi_set(cpuset_t set, unsigned vector);
/* Writes the interrupt command register: a kind of delivery with its vector or start-up page. */
#define ICR_INIT    0x4500 /* assert */
#define ICR_STARTUP 0x4600
void lapic_send(uint32_t apic_id, uint32_t command);
/* A register by its offset in the xAPIC's page. */
uint32_t lapic_read(unsigned reg);
void lapic_write(unsigned reg, uint32_t v);
/* Lets the timer interrupt, on this CPU and on those whose lapic_init_cpu() comes later. */
void lapic_timer_start(bool deadline_mode);

/* ---- its timer (time/lapic_timer.c) ---- */
/* One-shot timer, counting down from 2^32-1 while the clocks are calibrated; its present count. */
void lapic_timer_free_run(void);
uint32_t lapic_timer_count(void);
/* Timer frequency found; arch_timer_set() works from here on. */
void lapic_timer_calibrated(uint64_t hz);

/* ---- I/O APIC (irq/ioapic.c) ---- */
void ioapic_init(void); /* all entries masked */
unsigned ioapic_gsi_count(void);
/* Writes the redirection entry of a GSI. */
void ioapic_route(unsigned gsi, uint8_t vector, uint32_t apic_id, bool level, bool low);
void ioapic_mask(unsigned gsi, bool masked);
/* The register behind PHYSDEVOP_apic_read; -XEN_EINVAL: no such I/O APIC. */
int ioapic_guest_read(paddr_t paddr, uint32_t reg, uint32_t *value);
/* GSI whose redirection entry's low half is `reg`; -XEN_EINVAL: no such I/O APIC; -1: not such a
 * register. */
int ioapic_register_gsi(paddr_t paddr, uint32_t reg);

/* ---- processors (smp/smp.c, boot/smp.c) ---- */
extern uint32_t cpu_apic_id[HV_MAX_CPUS], cpu_acpi_id[HV_MAX_CPUS];
void smp_init_boot_cpu(void); /* after lapic_init(): this one is CPU 0 */
void smp_init(void);          /* starts the others, one after another */
/* On the new CPU, from ap_main() after cpu_setup(): local APIC, TSC; returns when it counts as
 * online. */
void smp_ap_init(unsigned cpu);
void smp_join(unsigned cpu); /* the next one; it counts as online from now on */
/* Those asked for shoot-downs and quiescence.  A CPU takes itself out before it sleeps (trap/park.c), and what
 * finds it asked a moment later all the same it serves; in again, it begins with an empty TLB. */
cpuset_t smp_online(void);
void smp_leave(void);
void smp_return(void);
/* Runs fn(arg) on each CPU in its turn, while all others stand still with interrupts off.  No lock
 * may be held; whoever waits for one takes part. */
void smp_one_by_one(void (*fn)(void *arg), void *arg);
void udelay(unsigned us);

#endif
