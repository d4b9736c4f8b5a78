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
#include <asm/vga.h>

#define PHYS_BITS 52           /* that any machine has */
#define LFB_UNIT  (64UL << 10) /* of xen.h */

/* Bytes of the BIOS' data area. */
#define BIOS_MODE     0x49
#define BIOS_LAST_ROW 0x84
#define MODE_TEXT     3 /* 80 columns, colours */

/* The cursor is where the next row would be, whoever wrote those above. */
__init bool screen_text(const uint8_t *bios, struct dom0_vga_console_info *out)
{
    if (bios[BIOS_MODE] != MODE_TEXT || bios[BIOS_LAST_ROW] != VGA_ROWS - 1)
        return false;
    out->video_type = XEN_VGATYPE_TEXT_MODE_3;
    out->u.text_mode_3.font_height = 16;
    out->u.text_mode_3.cursor_y = VGA_ROWS - 1;
    out->u.text_mode_3.rows = VGA_ROWS;
    out->u.text_mode_3.columns = VGA_COLUMNS;
    return true;
}

/* Whatever lies above the colours is said to be reserved: the fourth byte of the usual 32 bits. */
__init const char *screen_picture(const struct boot_framebuffer *fb, const uint8_t *colours,
                                  uint8_t video_type, struct dom0_vga_console_info *out)
{
    const uint64_t size = (uint64_t)fb->pitch * fb->height;
    unsigned top = 0;

    if (fb->type != FRAMEBUFFER_RGB)
        return "its colours are indexed";
    if (!fb->width || !fb->height || (fb->width | fb->height | fb->pitch) > UINT16_MAX)
        return "a side of it is 0 or over 65535";
    if (fb->bpp < 15 || fb->bpp > 32 || fb->pitch < fb->width * ((fb->bpp + 7U) / 8))
        return "its lines are shorter than their pixels";
    for (const uint8_t *c = colours; c < colours + 6; c += 2) {
        if (!c[1] || c[0] + c[1] > fb->bpp)
            return "its colours are not in its pixels";
        top = max(top, 0U + c[0] + c[1]);
    }
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
    memcpy(&out->u.vesa_lfb.red_pos, colours, 6);
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

    log_info("screen: a picture of %ux%u at %lx, %s%s\n", fb->width, fb->height, fb->addr,
             why ? "of which dom0 is not told: " : "left to dom0", why ?: "");
}

/* UEFI has no text mode, and what the BIOS' data area has under it means nothing. */
__init void screen_init(void)
{
    const struct boot_framebuffer *fb = boot_info.framebuffer;

    if (fb && fb->type != FRAMEBUFFER_TEXT)
        picture(fb);
    else if (!boot_info.efi_system.a &&
             screen_text(phys_to_virt(PADDR(BIOS_DATA)), &boot_info.screen) && cmdline.console_vga)
        vga_start(map_mmio(PADDR(VGA_TEXT), VGA_BYTES));
}
