/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Xen ELF notes of a kernel (xen/elfnote.h): where it wants to be entered, mapped and told.
 *
 * Notes are looked for in PT_NOTE segments and, for kernels linked without one, in SHT_NOTE
 * sections.
 */
#include <xen/elfnote.h>
#include <xen/features.h>
#include "hv/build.h"
#include "bytes.h"
#include "elf_format.h"

struct note {
    uint32_t type;
    uint32_t len;
    const uint8_t *desc;
};

/* What was seen while walking; the caller turns it into struct xen_notes and checks it. */
struct seen {
    struct xen_notes *notes;
    unsigned int count;
    bool has_base, has_offset;
    enum build_error err;
};

static uint64_t number(const struct note *note)
{
    if (note->len == 8)
        return bytes_u64(note->desc);
    if (note->len == 4)
        return bytes_u32(note->desc);
    return note->len ? note->desc[0] : 0;
}

/* Compares a text note, with or without its terminating NUL. */
static bool text_is(const struct note *note, const char *want)
{
    size_t n = __builtin_strlen(want);

    return (note->len == n || (note->len == n + 1 && note->desc[n] == 0)) &&
           __builtin_memcmp(note->desc, want, n) == 0;
}

static void copy_text(const struct note *note, char *out, size_t cap)
{
    size_t n = note->len < cap - 1 ? note->len : cap - 1;

    __builtin_memcpy(out, note->desc, n);
    out[n] = '\0';
}

/* One "name" or "!name" of the FEATURES string; '!' means the kernel cannot do without. */
static void feature_word(const char *word, size_t n, struct xen_notes *notes)
{
    static const char *const names[] = {
        [XENFEAT_writable_page_tables] = "writable_page_tables",
        [XENFEAT_writable_descriptor_tables] = "writable_descriptor_tables",
        [XENFEAT_auto_translated_physmap] = "auto_translated_physmap",
        [XENFEAT_supervisor_mode_kernel] = "supervisor_mode_kernel",
        [XENFEAT_pae_pgdir_above_4gb] = "pae_pgdir_above_4gb",
        [XENFEAT_dom0] = "dom0",
    };
    bool required = n && word[0] == '!';

    word += required;
    n -= required;
    for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!names[i] || __builtin_strlen(names[i]) != n ||
            __builtin_memcmp(names[i], word, n) != 0)
            continue;
        notes->features_supported |= 1u << i;
        /*
         * Linux marks writable_page_tables, which no PV hypervisor advertises: page-table writes
         * are trapped and emulated in its place.  So that name never binds.
         */
        if (required && i != XENFEAT_writable_page_tables)
            notes->features_required |= 1u << i;
    }
}

static void feature_string(const struct note *note, struct xen_notes *notes)
{
    const char *text = (const char *)note->desc;
    size_t start = 0;

    for (size_t i = 0; i <= note->len; i++) {
        if (i < note->len && text[i] != '|' && text[i] != '\0')
            continue;
        if (i > start)
            feature_word(text + start, i - start, notes);
        start = i + 1;
    }
}

static void take_note(struct seen *seen, const struct note *note)
{
    struct xen_notes *out = seen->notes;

    seen->count++;
    seen->has_base |= note->type == XEN_ELFNOTE_VIRT_BASE;
    seen->has_offset |= note->type == XEN_ELFNOTE_PADDR_OFFSET;
    switch (note->type) {
    case XEN_ELFNOTE_ENTRY:
        out->entry = number(note);
        break;
    case XEN_ELFNOTE_HYPERCALL_PAGE:
        out->hypercall_page = number(note);
        break;
    case XEN_ELFNOTE_VIRT_BASE:
        out->virt_base = number(note);
        break;
    case XEN_ELFNOTE_PADDR_OFFSET:
        out->paddr_offset = number(note);
        break;
    case XEN_ELFNOTE_INIT_P2M:
        out->init_p2m = number(note);
        break;
    case XEN_ELFNOTE_MOD_START_PFN:
        out->unmapped_ramdisk = number(note) != 0;
        break;
    case XEN_ELFNOTE_FEATURES:
        feature_string(note, out);
        break;
    case XEN_ELFNOTE_SUPPORTED_FEATURES:
        out->features_supported |= (uint32_t)number(note);
        break;
    case XEN_ELFNOTE_GUEST_OS:
        copy_text(note, out->guest_os, sizeof(out->guest_os));
        break;
    case XEN_ELFNOTE_XEN_VERSION:
        if (!text_is(note, "xen-3.0"))
            seen->err = BUILD_NOTE_VERSION;
        break;
    case XEN_ELFNOTE_LOADER:
        if (!text_is(note, "generic"))
            seen->err = BUILD_NOTE_LOADER;
        break;
    default: /* PAE_MODE, HV_START_LOW, SUSPEND_CANCEL...: nothing to do for a 64-bit guest */
        break;
    }
}

static void walk_notes(struct seen *seen, const uint8_t *data, uint64_t len)
{
    uint64_t off = 0;

    while (seen->err == BUILD_OK && len - off >= sizeof(Elf64_Nhdr)) {
        uint32_t namesz = bytes_u32(data + off), descsz = bytes_u32(data + off + 4);
        struct note note = {.type = bytes_u32(data + off + 8), .len = descsz};
        uint64_t name = off + sizeof(Elf64_Nhdr);
        uint64_t desc = name + (((uint64_t)namesz + 3) & ~UINT64_C(3));
        uint64_t end = desc + (((uint64_t)descsz + 3) & ~UINT64_C(3));

        if (desc + descsz > len) {
            seen->err = BUILD_NOTE_FORMAT;
            return;
        }
        note.desc = data + desc;
        if (namesz == 4 && __builtin_memcmp(data + name, "Xen", 4) == 0)
            take_note(seen, &note);
        off = end < len ? end : len;
    }
}

/* Notes named by one of ELF's header tables; only the places of the fields differ. */
struct headers {
    uint64_t start;
    unsigned int count, size, type_at, offset_at, length_at, note_type;
};

static void walk_headers(const struct elf_image *elf, const struct headers *h, struct seen *seen)
{
    for (unsigned int i = 0; i < h->count && seen->err == BUILD_OK; i++) {
        const uint8_t *p = elf->data + h->start + (uint64_t)i * h->size;
        uint64_t off = bytes_u64(p + h->offset_at), len = bytes_u64(p + h->length_at);

        if (bytes_u32(p + h->type_at) != h->note_type)
            continue;
        if (bytes_within(off, len, elf->len))
            walk_notes(seen, elf->data + off, len);
        else
            seen->err = BUILD_NOTE_FORMAT;
    }
}

static enum build_error check_notes(const struct elf_image *elf, uint32_t hv_features,
                                    const struct seen *seen)
{
    const struct xen_notes *notes = seen->notes;
    uint64_t vstart = elf->pstart - notes->paddr_offset + notes->virt_base;
    uint64_t vend = vstart + (elf->pend - elf->pstart);

    if (seen->err != BUILD_OK)
        return seen->err;
    if (seen->count == 0)
        return BUILD_NOTE_NONE;
    if (seen->has_offset && !seen->has_base && notes->paddr_offset != 0)
        return BUILD_NOTE_BASE;
    if (notes->features_required & ~hv_features)
        return BUILD_NOTE_FEATURE;
    if (vend < vstart || notes->entry < vstart || notes->entry >= vend)
        return BUILD_NOTE_ENTRY;
    if (notes->hypercall_page != BUILD_UNSET &&
        (notes->hypercall_page % BUILD_PAGE_SIZE != 0 || notes->hypercall_page < vstart ||
         notes->hypercall_page >= vend || vend - notes->hypercall_page < BUILD_PAGE_SIZE))
        return BUILD_NOTE_HCALL;
    return BUILD_OK;
}

enum build_error elf_notes(const struct elf_image *elf, uint32_t hv_features, struct xen_notes *out)
{
    const struct headers segments = {elf->phoff, elf->phnum, PH_SIZE, PH(type),
                                     PH(offset), PH(filesz), PT_NOTE};
    const struct headers sections = {elf->shoff, elf->shnum, SH_SIZE, SH(type),
                                     SH(offset), SH(size),   SHT_NOTE};
    struct seen seen = {.notes = out};

    *out = (struct xen_notes){
        .entry = elf->entry,
        .hypercall_page = BUILD_UNSET,
        .init_p2m = BUILD_UNSET,
    };
    walk_headers(elf, &segments, &seen);
    if (seen.count == 0)
        walk_headers(elf, &sections, &seen);
    return check_notes(elf, hv_features, &seen);
}
