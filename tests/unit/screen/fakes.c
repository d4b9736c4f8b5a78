/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/arch.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/port.h>

#include "fakes.h"

#define UNTOUCHED 0x5a

char said[4096], image_start[1], image_end[1];
static size_t used;
uint64_t low_memory[8192], vram[VGA_BYTES / 8 + 8];
unsigned mapped;
struct boot_info boot_info;
_Thread_local unsigned host_cpu;

/* As the real one: also to the places that arch_console_write has. */
void console_write(const char *s, size_t n)
{
    cr_assert_lt(used + n, sizeof(said));
    memcpy(said + used, s, n);
    said[used += n] = 0;
    vga_write(s, n);
}

s_time_t arch_now(void)
{
    return 0;
}

void boot_reserve(uint64_t, uint64_t)
{
}

paddr_t virt_to_phys(const void *)
{
    return PADDR(0);
}

void *map_mmio(paddr_t paddr, size_t len)
{
    cr_assert_eq(paddr.a, 0xB8000);
    cr_assert_eq(len, 4000);
    mapped++;
    return vram;
}

void panic(const char *fmt, ...)
{
    cr_assert_fail("panic: %s", fmt);
    abort();
}

void machine(const char *options)
{
    memset(&boot_info, 0, sizeof(boot_info));
    memset(low_memory, 0, sizeof(low_memory));
    memset(vram, UNTOUCHED, sizeof(vram));
    vga_stop();
    used = mapped = said[0] = 0;
    cmdline_parse(options);
}

void bios_text(void)
{
    uint8_t *bios = (uint8_t *)low_memory + 0x400;

    bios[0x49] = 3;
    bios[0x4a] = 80;
    bios[0x84] = 24;
    bios[0x85] = 16;
}

const char *row(unsigned n)
{
    static char text[VGA_COLUMNS + 1];
    unsigned len = 0;

    for (unsigned i = 0; i < VGA_COLUMNS; i++) {
        const uint16_t cell = ((const uint16_t *)vram)[n * VGA_COLUMNS + i];

        cr_assert_eq(cell >> 8, 0x07, "grey on black");
        text[i] = (char)cell;
        if (text[i] != ' ')
            len = i + 1;
    }
    for (size_t i = VGA_BYTES; i < sizeof(vram); i++)
        cr_assert_eq(((const uint8_t *)vram)[i], UNTOUCHED, "behind the screen");
    text[len] = 0;
    return text;
}
