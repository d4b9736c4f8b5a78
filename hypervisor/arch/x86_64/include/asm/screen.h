/* SPDX-License-Identifier: BSD-2-Clause */
/* What is on the machine's screen when the boot loader is done: text of a BIOS, or a picture. */
#ifndef ASM_SCREEN_H
#define ASM_SCREEN_H

#include <hv/abi.h>
#include <hv/types.h>

/* A framebuffer in either Multiboot's information (0.6.96, 3.3; 2.0, 3.6.12). */
struct __attribute__((packed)) boot_framebuffer {
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t bpp, type;
#define FRAMEBUFFER_RGB     1
#define FRAMEBUFFER_TEXT    2
};
/* Of the type RGB, and elsewhere in each: where in a pixel a colour is. */
struct boot_colours {
    struct {
        uint8_t pos, size;
    } red, green, blue;
};

/* Describe the screen to the control domain (xen.h); what cannot be is left as it was. */

/* By the BIOS' data area, which is at BIOS_DATA; false: it is not text of 80 columns. */
bool screen_text(const uint8_t *bios, struct dom0_vga_console_info *out);
#define BIOS_DATA 0x400
/* Says why it cannot, or NULL. */
const char *screen_picture(const struct boot_framebuffer *fb, const struct boot_colours *c,
                           uint8_t video_type, struct dom0_vga_console_info *out);

/* Fills boot_info.screen, and begins to write there if that is wanted and possible. */
void screen_init(void);

#endif
