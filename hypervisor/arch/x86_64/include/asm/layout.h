/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's address space: L4 slots 256..271, which the ABI keeps from
 * guests (HYPERVISOR_VIRT_START/END in xen/arch-x86/xen-x86_64.h).  Readable by
 * the assembler too.
 *
 *   slot 256  machine-to-physical table, read-only to guests (address fixed by the ABI)
 *   slot 260  per domain: GDT and LDT windows of its vCPUs
 *   slot 261  hypervisor: M2P (writable), device mappings, text and data, entry stubs, frame table
 *   slot 262+ direct map of all RAM
 */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#ifdef __ASSEMBLER__
#define UL(x) x
#else
#define UL(x) x##UL
#endif

#define HV_SLOT_FIRST 256
#define HV_SLOT_LAST  271
#define HV_VIRT_START UL(0xffff800000000000)
#define HV_VIRT_END   UL(0xffff880000000000)

#define M2P_RO_BASE UL(0xffff800000000000)
#define SLOT_M2P    256
#define PERDOM_BASE UL(0xffff820000000000)
#define SLOT_PERDOM 260
#define M2P_RW_BASE UL(0xffff828000000000) /* 64 GiB: M2P of up to 32 TiB */
#define MMIO_BASE   UL(0xffff82b000000000) /* device mappings, CPU windows */
#define MMIO_END    UL(0xffff82b040000000)
#define HV_BASE     UL(0xffff82d080000000) /* virtual address of physical 0 for the image */
#define STUB_BASE   UL(0xffff82d0c0000000) /* per-CPU syscall stubs: 2 pages a CPU */
#define FRAME_TABLE UL(0xffff82e000000000)
#define SLOT_HV     261
#define DIRECT_BASE UL(0xffff830000000000)
#define SLOT_DIRECT 262

/* A CPU's block of addresses: a page of stack each for #DF, NMI, #MC and #DB, then the main stack
 * with struct pcpu at the very top.  The page below each stack is not mapped. */
#define STACK_SHIFT   16
#define STACK_SIZE    (1 << STACK_SHIFT)
#define STACK_PAGES   16
#define STACK_HOLE(n) ((n) < 9 && (n) % 2 == 0) /* page n of the block */
#define STACK_IST(n)  (2 * (n)*4096)            /* top of the stack of IST 1..4 */

/* Selectors; the guest-visible ones are fixed by xen/arch-x86/xen-x86_64.h. */
#define HV_CS             0xe008
#define HV_DS             0xe010
#define GUEST_CS32        0xe023
#define GUEST_SS          0xe02b
#define GUEST_CS64        0xe033
#define TSS_SELECTOR      0xe040
#define LDT_SELECTOR      0xe050
#define GDT_RESERVED_PAGE 14

/* Windows of one vCPU in the per-domain slot: 16 pages of GDT, 16 of LDT. */
#define WINDOW_SHIFT  17
#define GDT_WINDOW(i) (PERDOM_BASE + ((UL(0) + (i)) << WINDOW_SHIFT))
#define LDT_WINDOW(i) (GDT_WINDOW(i) + (UL(1) << 16))

/* Interrupt vectors. */
#define VEC_FIRST_EXTERNAL 0x20
#define VEC_LOCAL_TIMER    0xfa
#define VEC_RESCHED        0xfb
#define VEC_FLUSH          0xfc
#define VEC_CALL           0xfd
#define VEC_SPURIOUS       0xff

#endif
