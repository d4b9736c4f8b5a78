/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on a VGA.  What is shown is kept here, too, and each write copies what it changed: nothing is
 * ever read from the device, where a word may take 1 us, and many lines at once scroll it once.
 */
#include <hv/lib.h>
#include <asm/vga.h>

#define EMPTY    0x0720U /* a space, grey on black */
#define LAST_ROW ((VGA_ROWS - 1) * VGA_COLUMNS)

static volatile uint64_t *screen; /* NULL: there is none, or it is not ours */
static union {
    uint16_t cell[VGA_ROWS * VGA_COLUMNS];
    uint64_t word[VGA_BYTES / 8];
} text;
static unsigned column;

/* A row up. */
static void scroll(void)
{
    memmove(text.cell, &text.cell[VGA_COLUMNS], LAST_ROW * sizeof(*text.cell));
    for (unsigned i = LAST_ROW; i < ARRAY_SIZE(text.cell); i++)
        text.cell[i] = EMPTY;
}

void vga_start(volatile uint64_t *memory)
{
    for (unsigned i = 0; i < VGA_ROWS; i++)
        scroll();
    screen = memory;
    vga_write("\n", 1);
}

void vga_stop(void)
{
    screen = NULL;
}

void vga_write(const char *s, size_t n)
{
    /* One's own column: the machine's end may come amidst another CPU's write. */
    unsigned at = column, changed = LAST_ROW * sizeof(*text.cell) / 8;

    if (!screen)
        return;
    for (; n--; s++) {
        if (*s == '\n' || at == VGA_COLUMNS) {
            scroll();
            at = changed = 0;
        }
        if (*s >= ' ' && *s <= '~')
            text.cell[LAST_ROW + at++] = (EMPTY & 0xff00) | (uint8_t)*s;
    }
    column = at;
    for (; changed < ARRAY_SIZE(text.word); changed++)
        screen[changed] = text.word[changed];
}
