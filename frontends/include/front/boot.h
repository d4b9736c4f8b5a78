/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring-up of a 64-bit PV kernel: ELF notes, entry, shared info, callbacks, and the translations
 * between virtual addresses, pfns and mfns.  Life order: the hypervisor enters start.S, boot_main()
 * prepares the vCPU and calls the kernel's own kernel_main(), which must not return.
 */
#ifndef FRONT_BOOT_H
#define FRONT_BOOT_H

#include <front/abi.h>

extern struct start_info *boot_info;    /* as handed over by the hypervisor */
extern struct shared_info *boot_shared; /* mapped shared info page */
extern char boot_stack[STACK_SIZE];     /* vCPU 0's kernel stack */

/* Supplied by the kernel that links the library; runs on vCPU 0 with events masked. */
void kernel_main(void) __attribute__((noreturn));

/* Called once by start.S. */
void boot_main(struct start_info *si) __attribute__((noreturn));

/* True if this is the initial domain (SIF_INITDOMAIN). */
bool boot_is_dom0(void);

/* Value of word `key` on the command line ("key=value": its value, "key" alone: ""), or NULL.
 * The value ends at a blank; `len` receives its length. */
const char *boot_option(const char *key, size_t *len);

/* Translations.  Only addresses of the initial mapping (FRONT_VIRT_BASE + pfn * 4 KiB). */
uint64_t boot_pfn(const void *va);
uint64_t boot_mfn(const void *va);
uint64_t boot_pfn_to_mfn(uint64_t pfn);
void *boot_pfn_to_va(uint64_t pfn);
uint64_t boot_mfn_to_pfn(uint64_t mfn);

/* Maps machine frame `mfn` read-write in place of the page at `va` (page aligned, in the initial
 * mapping, unused from then on).  Returns 0 or a negative error. */
long boot_map_mfn(void *va, uint64_t mfn);

/* Page-table entry of a mapped address, found by walking from start_info->pt_base. */
uint64_t *boot_pte(const void *va);

/* Identity of the running vCPU, kept at the base of its kernel stack. */
unsigned cpu_id(void);

/* A domain that is its own last word: shutdown with a SHUTDOWN_* reason; never returns. */
void boot_shutdown(unsigned reason) __attribute__((noreturn));

/* Nanoseconds since the hypervisor started, from the vCPU's time record. */
uint64_t boot_now(void);

/* Where boot_printf's text goes: the hypervisor's console, until console_init() changes it. */
typedef void boot_print_sink_t(const char *text, size_t len);
extern boot_print_sink_t *boot_print_sink;

void boot_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
