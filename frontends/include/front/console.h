/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain's console: the shared ring of a guest, the hypervisor's console of the initial one. */
#ifndef FRONT_CONSOLE_H
#define FRONT_CONSOLE_H

#include <front/abi.h>

/* Maps the ring named by start_info and sends boot_printf's text there from now on; 0 or a negative
 * error.  Nothing to do in the initial domain. */
long console_init(void);
/* Writes text; waits for room at most `console_patience` ns (at first 200 ms), then drops the rest,
 * so that a guest does not hang because nobody reads its console. */
extern uint64_t console_patience;
void console_write(const char *text, size_t len);
/* Waits, with the same patience, until all that was written has been read. */
void console_drain(void);
/* Typed characters that have arrived, up to `size`; 0 if none. */
size_t console_read(char *buf, size_t size);

#endif
