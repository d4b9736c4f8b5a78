/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen of a VGA in text mode, as a second place for the console's text. */
#ifndef ASM_VGA_H
#define ASM_VGA_H

#include <hv/types.h>

#define VGA_TEXT    0xB8000
#define VGA_COLUMNS 80
#define VGA_ROWS    25
#define VGA_BYTES   (VGA_ROWS * VGA_COLUMNS * 2)

/* Clears the screen, whose memory is mapped there; from now on vga_write shows something. */
void vga_start(volatile uint64_t *memory);
/* No more of that: the screen is the control domain's. */
void vga_stop(void);
/* Lines come in at the bottom; the next row is free then.  The caller lets in one at a time, or ends
 * the machine. */
void vga_write(const char *s, size_t n);

#endif
