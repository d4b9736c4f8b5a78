/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest-visible ABI: Xen's public headers as Debian's libxen-dev ships them, at the latest
 * interface version, plus the few numbers every front-end needs.  Safe to include in assembly.
 */
#ifndef FRONT_ABI_H
#define FRONT_ABI_H

#define __XEN_TOOLS__ 1

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/features.h>

#define FRONT_VIRT_BASE 0xffffffff80000000
#define PAGE_SHIFT      12
#define PAGE_SIZE       4096
#define STACK_SIZE      16384 /* one vCPU's kernel stack, aligned to its size */

#ifndef __ASSEMBLY__

#define PAGE_MASK (~(uint64_t)(PAGE_SIZE - 1))

/* Page-table entry bits (Intel SDM vol. 3, 4.5). */
#define PTE_P   0x001ull
#define PTE_W   0x002ull
#define PTE_U   0x004ull
#define PTE_PWT 0x008ull
#define PTE_PCD 0x010ull
#define PTE_A   0x020ull
#define PTE_D   0x040ull
#define PTE_PS  0x080ull
#define PTE_G   0x100ull
#define PTE_NX  (1ull << 63)
#define PTE_MFN 0x000ffffffffff000ull

#define aligned_page  __attribute__((aligned(PAGE_SIZE)))
#define array_size(a) (sizeof(a) / sizeof((a)[0]))

/* Error numbers of the ABI, under their usual names (xen/errno.h). */
#define XEN_ERRNO(name, value) name = value,
enum front_errno {
#include <xen/errno.h>
};

#endif /* !__ASSEMBLY__ */
#endif
