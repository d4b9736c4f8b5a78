/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader left on the screen, for the control domain and the hypervisor's own words.
 * No mode is ever set: the BIOS that could do it is gone when there are page tables.
 */
#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/boot.h>
#include <asm/paging.h>
#include <asm/port.h>
#include <asm/screen.h>
#include <asm/vga.h>

#define PHYS_BITS 52 /* that any machine has */
#define LFB_UNIT  (64UL << 10) /* of xen.h */

/* Bytes of the BIOS' data area. */
#define BIOS_MODE     0x49
#define BIOS_COLUMNS  0x4a
#define BIOS_CURSOR   0x50 /* column, row */
#define BIOS_LAST_ROW 0x84
#define BIOS_FONT     0x85 /* its height */
#define MODE_TEXT     3    /* colours, 80 columns */

__init bool screen_text(const uint8_t *bios, struct dom0_vga_console_info *out)
{
    const unsigned last_row = bios[BIOS_LAST_ROW], font = bios[BIOS_FONT],
                   x = bios[BIOS_CURSOR], y = bios[BIOS_CURSOR + 1];
    const unsigned rows = last_row >= 24 && last_row < VGA_MAX_ROWS ? last_row + 1 : 25;

    if (bios[BIOS_MODE] != MODE_TEXT || bios[BIOS_COLUMNS] != VGA_COLUMNS)
        return false;
    out->video_type = XEN_VGATYPE_TEXT_MODE_3;
    out->u.text_mode_3.columns = VGA_COLUMNS;
    out->u.text_mode_3.rows = (uint16_t)rows;
    out->u.text_mode_3.font_height = font >= 8 && font <= 32 ? (uint16_t)font : 16;
    out->u.text_mode_3.cursor_x = (uint16_t)min(x, VGA_COLUMNS - 1);
    out->u.text_mode_3.cursor_y = (uint16_t)min(y, rows - 1);
    return true;
}

/* Whatever lies above the colours is said to be reserved: the fourth byte of the usual 32 bits. */
__init const char *screen_picture(const struct boot_framebuffer *fb, const struct boot_colours *c,
                                  uint8_t video_type, struct dom0_vga_console_info *out)
{
    const uint64_t size = (uint64_t)fb->pitch * fb->height;
    const unsigned red = c->red.pos + 0U + c->red.size, green = c->green.pos + 0U + c->green.size,
                   blue = c->blue.pos + 0U + c->blue.size, below_blue = max(red, green),
                   top = max(below_blue, blue);

    if (fb->type != FRAMEBUFFER_RGB)
        return "its colours are indexed";
    if (!fb->width || !fb->height || (fb->width | fb->height | fb->pitch) > UINT16_MAX)
        return "a side of it is 0 or over 65535";
    if (fb->bpp < 15 || fb->bpp > 32 || fb->pitch < fb->width * ((fb->bpp + 7U) / 8))
        return "its lines are shorter than their pixels";
    if (!c->red.size || !c->green.size || !c->blue.size || top > fb->bpp)
        return "its colours are not in its pixels";
    if (!fb->addr || fb->addr >> PHYS_BITS || (fb->addr + size) >> PHYS_BITS)
        return "it is where no memory can be";
    out->video_type = video_type;
    out->u.vesa_lfb.width = (uint16_t)fb->width;
    out->u.vesa_lfb.height = (uint16_t)fb->height;
    out->u.vesa_lfb.bytes_per_line = (uint16_t)fb->pitch;
    out->u.vesa_lfb.bits_per_pixel = fb->bpp;
    out->u.vesa_lfb.lfb_base = (uint32_t)fb->addr;
    out->u.vesa_lfb.ext_lfb_base = (uint32_t)(fb->addr >> 32);
    out->u.vesa_lfb.lfb_size = (uint32_t)(ROUND_UP(size, LFB_UNIT) / LFB_UNIT);
    memcpy(&out->u.vesa_lfb.red_pos, c, sizeof(*c));
    if (top < fb->bpp) {
        out->u.vesa_lfb.rsvd_pos = (uint8_t)top;
        out->u.vesa_lfb.rsvd_size = (uint8_t)(fb->bpp - top);
    }
    return NULL;
}

static __init void picture(const struct boot_framebuffer *fb)
{
    const char *why = screen_picture(
        fb, boot_info.colours, boot_info.efi_system.a ? XEN_VGATYPE_EFI_LFB : XEN_VGATYPE_VESA_LFB,
        &boot_info.screen);

    if (why)
        log_warn("screen: a picture of %ux%u at %lx, of which dom0 is not told: %s\n", fb->width,
                 fb->height, fb->addr, why);
    else
        log_info("screen: a picture of %ux%u at %lx, left to dom0\n", fb->width, fb->height, fb->addr);
}

/* The control domain's text goes on below ours. */
static __init void write_there(void)
{
    const unsigned rows = boot_info.screen.u.text_mode_3.rows;

    boot_info.screen.u.text_mode_3.cursor_x = 0;
    boot_info.screen.u.text_mode_3.cursor_y = (uint16_t)(rows - 1);
    vga_start(map_mmio(PADDR(VGA_TEXT), 2 * VGA_COLUMNS * rows), rows);
}

/* UEFI has no text mode, and what the BIOS' data area has under it means nothing. */
__init void screen_init(void)
{
    const struct boot_framebuffer *fb = boot_info.framebuffer;

    if (fb && fb->type != FRAMEBUFFER_TEXT)
        picture(fb);
    else if (!boot_info.efi_system.a &&
             screen_text(phys_to_virt(PADDR(BIOS_DATA)), &boot_info.screen) &&
             cmdline.console_vga)
        write_there();
}
