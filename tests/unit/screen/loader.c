/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot loader's framebuffer, in both Multiboots' forms, and how dom0 is told of it. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/port.h>

#include "fakes.h"

#define INFO 0x2000 /* where the loader's information is */
#define MB1  0x2BADB002
#define MB2  0x36D76289

/* red, green, blue of 32 bits, the usual way */
static const uint8_t bgrx[6] = {16, 8, 8, 8, 0, 8};
static const struct boot_framebuffer usual = {0xC0000000, 4096, 1024, 768, 32, FRAMEBUFFER_RGB};

static char *at(uint32_t paddr)
{
    return (char *)low_memory + paddr;
}

/* The bytes as the specification has them, not by our structures. */
static void put_framebuffer(char *to, const struct boot_framebuffer *fb)
{
    memcpy(to, &fb->addr, 8);
    memcpy(to + 8, &fb->pitch, 4);
    memcpy(to + 12, &fb->width, 4);
    memcpy(to + 16, &fb->height, 4);
    to[20] = (char)fb->bpp;
    to[21] = (char)fb->type;
}

static void by_multiboot1(const char *options, const struct boot_framebuffer *fb,
                          const uint8_t *colours)
{
    uint32_t *info;

    machine(options);
    bios_text();
    info = (uint32_t *)at(INFO);
    info[0] = 1u << 6 | (fb ? 1u << 12 : 0);
    info[11] = 24; /* memory map */
    info[12] = 0x3000;
    memcpy(at(0x3000), (const uint32_t[]){20, 0x100000, 0, 0x100000, 0, 1}, 24);
    put_framebuffer(at(INFO + 88), fb ? fb : &usual);
    memcpy(at(INFO + 110), colours, 6);
    multiboot_parse(MB1, INFO);
    screen_init();
}

/* size: of the framebuffer's tag, 0: none. */
static void by_multiboot2(const char *options, const struct boot_framebuffer *fb,
                          const uint8_t *colours, uint32_t size, bool uefi)
{
    uint32_t end = INFO + 8;

    machine(options);
    bios_text();
    memcpy(at(end), (const uint32_t[]){6, 40, 24, 0, 0x100000, 0, 0x100000, 0, 1, 0}, 40);
    end += 40;
    if (size) {
        memcpy(at(end), (const uint32_t[]){8, size}, 8);
        put_framebuffer(at(end + 8), fb);
        memcpy(at(end + 32), colours, 6);
        end += ROUND_UP(size, 8u);
    }
    if (uefi) {
        memcpy(at(end), (const uint32_t[]){12, 16, 0x5000, 0}, 16);
        end += 16;
    }
    memcpy(at(end), (const uint32_t[]){0, 8}, 8);
    *(uint32_t *)at(INFO) = end + 8 - INFO;
    multiboot_parse(MB2, INFO);
    screen_init();
}

static void expect_usual(uint8_t video_type)
{
    const struct dom0_vga_console_info *s = &boot_info.screen;

    cr_expect_eq(s->video_type, video_type);
    cr_expect_eq(s->u.vesa_lfb.width, 1024);
    cr_expect_eq(s->u.vesa_lfb.height, 768);
    cr_expect_eq(s->u.vesa_lfb.bytes_per_line, 4096);
    cr_expect_eq(s->u.vesa_lfb.bits_per_pixel, 32);
    cr_expect_eq(s->u.vesa_lfb.lfb_base, 0xC0000000);
    cr_expect_eq(s->u.vesa_lfb.ext_lfb_base, 0);
    cr_expect_eq(s->u.vesa_lfb.lfb_size, 48, "3 MiB");
    cr_expect_eq(s->u.vesa_lfb.red_pos, 16);
    cr_expect_eq(s->u.vesa_lfb.red_size, 8);
    cr_expect_eq(s->u.vesa_lfb.green_pos, 8);
    cr_expect_eq(s->u.vesa_lfb.green_size, 8);
    cr_expect_eq(s->u.vesa_lfb.blue_pos, 0);
    cr_expect_eq(s->u.vesa_lfb.blue_size, 8);
    cr_expect_eq(s->u.vesa_lfb.rsvd_pos, 24);
    cr_expect_eq(s->u.vesa_lfb.rsvd_size, 8);
    cr_expect_eq(mapped, 0, "nobody writes text into a picture");
    cr_expect(strstr(said, "a picture of 1024x768 at c0000000, left to dom0\n"), "%s", said);
    cr_expect_eq(strstr(strstr(said, "screen") + 1, "screen"), NULL, "said once");
}

Test(loader, multiboot1)
{
    by_multiboot1("vga=current", &usual, bgrx);
    expect_usual(XEN_VGATYPE_VESA_LFB);
}

Test(loader, multiboot2)
{
    by_multiboot2("vga=keep", &usual, bgrx, 38, false);
    expect_usual(XEN_VGATYPE_VESA_LFB);
    by_multiboot2("", &usual, bgrx, 40, true);
    expect_usual(XEN_VGATYPE_EFI_LFB);
}

/* No word of the screen under a BIOS, or that it is text. */
Test(loader, text)
{
    const struct boot_framebuffer text = {0xB8000, 160, 80, 25, 16, FRAMEBUFFER_TEXT};

    by_multiboot1("", NULL, bgrx);
    cr_expect_eq(mapped, 1);
    by_multiboot1("", &text, bgrx);
    cr_expect_eq(mapped, 1);
    by_multiboot2("", NULL, NULL, 0, false);
    cr_expect_eq(mapped, 1);
    by_multiboot2("", &text, bgrx, 32, false);
    cr_expect_eq(mapped, 1);
    cr_expect_eq(boot_info.screen.video_type, XEN_VGATYPE_TEXT_MODE_3);
    by_multiboot2("", &text, bgrx, 32, true);
    cr_expect_eq(boot_info.screen.video_type, 0, "UEFI has no such thing");
    cr_expect_eq(mapped, 0);
}

/* A tag that ends before its colours is none: they would be another's bytes. */
Test(loader, a_tag_too_short)
{
    by_multiboot2("", &usual, bgrx, 37, true);
    cr_expect_eq(boot_info.screen.video_type, 0);
    cr_expect_str_empty(said);
}

Test(loader, above_4_gib)
{
    struct boot_framebuffer fb = usual;

    fb.addr = 0x12340C0000000;
    by_multiboot2("", &fb, bgrx, 38, true);
    cr_expect_eq(boot_info.screen.u.vesa_lfb.lfb_base, 0xC0000000);
    cr_expect_eq(boot_info.screen.u.vesa_lfb.ext_lfb_base, 0x12340);
}

/* The size is that of all lines, in whole units of 64 KiB; the largest there can be. */
Test(loader, sizes)
{
    static const struct {
        uint32_t pitch, width, height;
        uint8_t bpp;
        uint32_t units;
    } t[] = {{2400, 800, 600, 24, 22},

             {4096, 1024, 16, 32, 1},
             {4096, 1024, 17, 32, 2},
             {65535, 16383, 65535, 32, 65535},
             {65535, 32767, 65535, 16, 65535}};
    const uint8_t rgb555[6] = {10, 5, 5, 5, 0, 5};

    for (unsigned i = 0; i < ARRAY_SIZE(t); i++) {
        const struct boot_framebuffer fb = {0xC0000000,  t[i].pitch, t[i].width,
                                            t[i].height, t[i].bpp,   FRAMEBUFFER_RGB};

        by_multiboot2("", &fb, t[i].bpp == 16 ? rgb555 : bgrx, 38, false);
        cr_expect_eq(boot_info.screen.u.vesa_lfb.lfb_size, t[i].units, "%u: %u", i,
                     boot_info.screen.u.vesa_lfb.lfb_size);
        if (t[i].bpp == 24)
            cr_expect_eq(boot_info.screen.u.vesa_lfb.rsvd_size, 0, "no byte is free");
        if (t[i].bpp == 16)
            cr_expect(boot_info.screen.u.vesa_lfb.rsvd_pos == 15 &&
                      boot_info.screen.u.vesa_lfb.rsvd_size == 1);
    }
}

/* What dom0 could not use, or what would be another's memory, is named and not described. */
Test(loader, odd_pictures)
{
    static const struct {
        struct boot_framebuffer fb;
        uint8_t colours[6];
        const char *why;
    } odd[] = {
        {{0xC0000000, 1024, 1024, 768, 8, 0}, {0}, "indexed"},
        {{0xC0000000, 4096, 1024, 768, 32, 3}, {16, 8, 8, 8, 0, 8}, "indexed"},
        {{0xC0000000, 4096, 0, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, 4096, 1024, 0, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, 65536, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, 4096, 65536 + 4, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, 4096, 1024, 65536, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, ~0u, ~0u, ~0u, 32, 1}, {16, 8, 8, 8, 0, 8}, "a side"},
        {{0xC0000000, 0, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "lines"},
        {{0xC0000000, 4095, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "lines"},
        {{0xC0000000, 2047, 1024, 768, 15, 1}, {10, 5, 5, 5, 0, 5}, "lines"},
        {{0xC0000000, 4096, 1024, 768, 14, 1}, {8, 4, 4, 4, 0, 4}, "lines"},
        {{0xC0000000, 8192, 1024, 768, 33, 1}, {16, 8, 8, 8, 0, 8}, "lines"},
        {{0xC0000000, 8192, 1024, 768, 255, 1}, {16, 8, 8, 8, 0, 8}, "lines"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {16, 0, 8, 8, 0, 8}, "colours"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {16, 8, 8, 0, 0, 8}, "colours"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 0}, "colours"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {25, 8, 8, 8, 0, 8}, "colours"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {16, 8, 255, 255, 0, 8}, "colours"},
        {{0xC0000000, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 250, 8}, "colours"},
        {{0xC0000000, 3072, 1024, 768, 24, 1}, {24, 8, 8, 8, 0, 8}, "colours"},
        {{0, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "no memory"},
        {{1UL << 52, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "no memory"},
        {{(1UL << 52) - 4096, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "no memory"},
        {{-4096UL, 4096, 1024, 768, 32, 1}, {16, 8, 8, 8, 0, 8}, "no memory"},
    };
    const struct dom0_vga_console_info nothing = {0};

    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        by_multiboot1("", &odd[i].fb, odd[i].colours);
        cr_expect(strstr(said, "of which dom0 is not told: ") && strstr(said, odd[i].why), "%u: %s",
                  i, said);
        cr_expect_eq(memcmp(&boot_info.screen, &nothing, sizeof(nothing)), 0, "%u", i);
        cr_expect_eq(mapped, 0, "%u: it is a picture all the same", i);
    }
}
