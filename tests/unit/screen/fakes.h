/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that a boot loader leaves: its low memory (asm/port.h), its screen, what is said. */
#ifndef FAKES_H
#define FAKES_H

#include <hv/types.h>
#include <asm/vga.h>

extern char said[4096];
/* What the VGA shows; what lies behind must stay as it is. */
extern uint64_t vram[VGA_BYTES / 8 + 8];
extern unsigned mapped; /* times that somebody mapped it */
/* A row of it, without the spaces at its end. */
const char *row(unsigned n);

/* A machine on which the loader left nothing, started with these options. */
void machine(const char *options);
/* Its BIOS says: 80x25 text. */
void bios_text(void);

#endif
