/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on a VGA.  What is shown is kept here, too, and each write copies what it changed: nothing is
 * ever read from the device, which may take 1 us a word, and many lines at once scroll it once.
 */
#include <hv/lib.h>
#include <asm/vga.h>

#define CELLS_PER_STORE 4U
#define EMPTY           0x0720 /* a space, grey on black */

static volatile uint64_t *screen; /* NULL: there is none, or it is not ours */
static uint16_t text[VGA_MAX_ROWS * VGA_COLUMNS] __attribute__((aligned(8)));
static unsigned last; /* the first cell of the last row */
static unsigned column;

static void draw(unsigned from)
{
    for (unsigned i = from / CELLS_PER_STORE; i < (last + VGA_COLUMNS) / CELLS_PER_STORE; i++)
        screen[i] = ((const uint64_t __attribute__((may_alias)) *)text)[i];
}

static void empty(unsigned from)
{
    for (unsigned i = from; i < last + VGA_COLUMNS; i++)
        text[i] = EMPTY;
}

void vga_start(void *memory, unsigned rows)
{
    screen = memory;
    last = (rows - 1) * VGA_COLUMNS;
    column = 0;
    empty(0);
    draw(0);
}

void vga_stop(void)
{
    screen = NULL;
}

void vga_write(const char *s, size_t n)
{
    unsigned at = column, from = last; /* at: the machine's end may come amidst another's write */

    if (!screen)
        return;
    for (; n--; s++) {
        if (*s == '\n' || at == VGA_COLUMNS) {
            memmove(text, text + VGA_COLUMNS, last * sizeof(*text));
            empty(last);
            at = from = 0;
        }
        if (*s >= ' ' && *s <= '~')
            text[last + at++] = (uint16_t)((EMPTY & 0xff00) | *s);
    }
    column = at;
    draw(from);
}
