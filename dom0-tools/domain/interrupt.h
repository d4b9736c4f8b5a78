/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C during work that must not be left half-way. */
#ifndef DOMAIN_INTERRUPT_H
#define DOMAIN_INTERRUPT_H

/* From now on SIGINT, SIGTERM and SIGHUP only make store_cancelled() true and waits end. */
void interrupt_catch(void);

#endif
