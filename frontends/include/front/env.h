/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device front-ends need from the kernel that links them.  src/env_pv.c supplies all of
 * it for a kernel that has nothing else; a kernel with its own memory management supplies these
 * functions itself and the linker leaves env_pv.c out.
 */
#ifndef FRONT_ENV_H
#define FRONT_ENV_H

#include <front/abi.h>

/* One zeroed page, or NULL when there is none left. */
void *env_page_alloc(void);
void env_page_free(void *page);
/* Machine frame behind a page obtained above. */
uint64_t env_mfn(const void *va);
/* Maps a machine frame named by start_info; NULL if refused. */
void *env_map_mfn(uint64_t mfn);
/* Masks events on this vCPU and returns the mask before; and back. */
bool env_irq_save(void);
void env_irq_restore(bool masked);
/* Waits for the next event.  Called masked, returns masked after the handlers ran.  `until`: ns of
 * env_now() after which it may return without one, or 0 to wait without limit. */
void env_wait(uint64_t until);
/* Nanoseconds since some fixed point. */
uint64_t env_now(void);
/* One line of progress or complaint. */
void env_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
