/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on a VGA: when it is written to, and what is seen then. */
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/port.h>

#include "fakes.h"

static void start(void)
{
    machine("");
    bios_text();
    screen_init();
    cr_assert_eq(mapped, 1);
}

static void say(const char *s)
{
    vga_write(s, strlen(s));
}

Test(text, lines_come_in_at_the_bottom)
{
    char line[16];

    start();
    for (unsigned i = 0; i < 25; i++)
        cr_assert_str_empty(row(i), "what the loader left is gone");
    say("one\n");
    cr_expect_str_eq(row(23), "one");
    say("two ");
    say("and more");
    cr_expect_str_eq(row(24), "two and more");
    cr_expect_str_eq(row(23), "one");
    for (unsigned i = 0; i < 30; i++) {
        snprintf(line, sizeof(line), "\nline %u", i);
        say(line);
    }
    say("\n");
    for (unsigned i = 0; i < 24; i++) {
        snprintf(line, sizeof(line), "line %u", i + 6);
        cr_expect_str_eq(row(i), line);
    }
    cr_expect_str_empty(row(24));
}

/* Many lines in one write, more than the screen has. */
Test(text, many_at_once)
{
    char text[30 * 4 + 1] = "";

    start();
    for (unsigned i = 10; i < 40; i++)
        snprintf(text + (i - 10) * 3, 4, "%u\n", i);
    say(text);
    cr_expect_str_eq(row(0), "16");
    cr_expect_str_eq(row(23), "39");
}

Test(text, a_line_longer_than_the_screen)
{
    char text[163];

    start();
    memset(text, 'a', 80);
    memset(text + 80, 'b', 80);
    strcpy(text + 160, "c\n");
    say(text);
    cr_expect_eq(strspn(row(21), "a"), 80);
    cr_expect_eq(strspn(row(22), "b"), 80);
    cr_expect_str_eq(row(23), "c");
    text[80] = '\n';
    text[81] = 0;
    say(text);
    cr_expect_eq(strspn(row(23), "a"), 80, "80 characters and a line's end are one row");
    cr_expect_str_eq(row(22), "c");
}

/* Of control codes and bytes of UTF-8 nothing is shown. */
Test(text, what_is_no_character)
{
    start();
    say("a\r\b\033\177\200\377z~\n");
    cr_expect_str_eq(row(23), "az~");
}

/* Once the control domain has the screen nobody writes there. */
Test(text, stop)
{
    start();
    say("ours\n");
    vga_stop();
    memset(vram, 0x11, sizeof(vram));
    say("not ours\n");
    for (unsigned i = 0; i < sizeof(vram); i++)
        cr_assert_eq(((uint8_t *)vram)[i], 0x11);
}

/* A console without the screen, and what is no text of 80x25. */
Test(text, left_alone)
{
    static const struct {
        unsigned at;
        uint8_t value;
        const char *what;
    } other[] = {{0x49, 0, "no video BIOS"}, {0x49, 1, "40 columns"},      {0x49, 7, "monochrome"},
                 {0x49, 0x12, "graphics"},   {0x84, 49, "50 rows"},        {0x84, 0, "no EGA"},
                 {0x84, 255, "256 rows"},    {0x49, 0x83, "nearly mode 3"}};

    machine("console=com1");
    bios_text();
    screen_init();
    cr_expect_eq(mapped, 0);
    cr_expect_eq(boot_info.screen.video_type, XEN_VGATYPE_TEXT_MODE_3, "dom0 may have it");
    for (unsigned i = 0; i < ARRAY_SIZE(other); i++) {
        machine("console=vga");
        bios_text();
        ((uint8_t *)low_memory)[0x400 + other[i].at] = other[i].value;
        screen_init();
        cr_expect_eq(mapped, 0, "%s", other[i].what);
        cr_expect_eq(boot_info.screen.video_type, 0, "%s", other[i].what);
    }
}

/* Under UEFI the same bytes mean nothing. */
Test(text, uefi)
{
    machine("");
    bios_text();
    boot_info.efi_system = PADDR(0x1000);
    screen_init();
    cr_expect_eq(mapped, 0);
    cr_expect_eq(boot_info.screen.video_type, 0);
    cr_expect_str_empty(said);
}

Test(text, what_dom0_is_told)
{
    const struct dom0_vga_console_info *s = &boot_info.screen;

    start();
    cr_expect_eq(s->video_type, XEN_VGATYPE_TEXT_MODE_3);
    cr_expect_eq(s->u.text_mode_3.font_height, 16);
    cr_expect_eq(s->u.text_mode_3.columns, 80);
    cr_expect_eq(s->u.text_mode_3.rows, 25);
    cr_expect_eq(s->u.text_mode_3.cursor_x, 0);
    cr_expect_eq(s->u.text_mode_3.cursor_y, 24, "below what is there");
}
