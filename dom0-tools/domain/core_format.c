/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers, section names and notes of a core file; see core_format.h. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "domain/core_format.h"

#include <xen/elfnote.h>

static const char note_name[4] = "Xen";

/* The sections in the order of their headers and contents; the null section comes first. */
enum { SHSTRTAB = 1, NOTES, PRSTATUS, SHARED_INFO, P2M, PAGES, SECTIONS };

static const char *const names[SECTIONS] = {
    [SHSTRTAB] = ".shstrtab",           [NOTES] = ".note.Xen", [PRSTATUS] = ".xen_prstatus",
    [SHARED_INFO] = ".xen_shared_info", [P2M] = ".xen_p2m",    [PAGES] = ".xen_pages",
};

/* xen_dumpcore_elfnote_header_desc and ..._format_version_desc of the document */
struct header_desc {
    uint64_t magic, vcpus, pages, page_size;
};
struct format_desc {
    uint64_t version;
};

struct note_head {
    Elf64_Nhdr nhdr;
    char name[sizeof(note_name)];
};

/* Every descriptor is a multiple of four bytes, so nothing needs padding. */
struct notes {
    struct note_head none;
    struct note_head header_head;
    struct header_desc header;
    struct note_head version_head;
    struct core_version version;
    struct note_head format_head;
    struct format_desc format;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct core_version) % 4 == 0, "a note descriptor is padded to 4 bytes");

static struct note_head note(uint32_t type, size_t desc)
{
    struct note_head head = {
        .nhdr = {.n_namesz = sizeof(note_name), .n_descsz = desc, .n_type = type}};

    memcpy(head.name, note_name, sizeof(note_name));
    return head;
}

static struct notes make_notes(uint64_t vcpus, uint64_t pages, const struct core_version *version)
{
    return (struct notes){
        .none = note(XEN_ELFNOTE_DUMPCORE_NONE, 0),
        .header_head = note(XEN_ELFNOTE_DUMPCORE_HEADER, sizeof(struct header_desc)),
        .header = {XC_CORE_MAGIC, vcpus, pages, CORE_PAGE},
        .version_head = note(XEN_ELFNOTE_DUMPCORE_XEN_VERSION, sizeof(*version)),
        .version = *version,
        .format_head = note(XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, sizeof(struct format_desc)),
        .format = {1}, /* major 0 in the upper half, minor 1 */
    };
}

static Elf64_Ehdr make_ehdr(void)
{
    return (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
                    ELFOSABI_SYSV},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_shoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS,
        .e_shstrndx = SHSTRTAB,
    };
}

/* Sizes of what the sections hold, then one after the other from behind the headers on. */
static void place(Elf64_Shdr *sh, uint64_t vcpus, uint64_t pages)
{
    uint64_t at = sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr), name = 1;

    sh[SHSTRTAB] = (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_addralign = 1};
    sh[NOTES] = (Elf64_Shdr){.sh_type = SHT_NOTE, .sh_size = sizeof(struct notes)};
    sh[PRSTATUS].sh_entsize = sizeof(vcpu_guest_context_t);
    sh[PRSTATUS].sh_size = vcpus * sizeof(vcpu_guest_context_t);
    sh[SHARED_INFO].sh_size = sh[SHARED_INFO].sh_entsize = CORE_PAGE;
    sh[P2M].sh_entsize = sizeof(struct core_frame);
    sh[P2M].sh_size = pages * sizeof(struct core_frame);
    sh[PAGES].sh_entsize = CORE_PAGE;
    sh[PAGES].sh_size = pages * CORE_PAGE;
    for (int i = 1; i < SECTIONS; i++) {
        sh[i].sh_name = name;
        name += strlen(names[i]) + 1;
    }
    sh[SHSTRTAB].sh_size = name;
    for (int i = 1; i < SECTIONS; i++) {
        if (sh[i].sh_type == SHT_NULL)
            sh[i].sh_type = SHT_PROGBITS;
        if (!sh[i].sh_addralign)
            sh[i].sh_addralign = i == PAGES ? CORE_PAGE : 8;
        at = (at + sh[i].sh_addralign - 1) & -sh[i].sh_addralign;
        sh[i].sh_offset = at;
        at += sh[i].sh_size;
    }
}

void *core_head(uint64_t vcpus, uint64_t pages, const struct core_version *version,
                struct core_layout *layout)
{
    Elf64_Shdr sh[SECTIONS] = {0};
    Elf64_Ehdr ehdr = make_ehdr();
    struct notes notes = make_notes(vcpus, pages, version);
    char *head;

    place(sh, vcpus, pages);
    *layout = (struct core_layout){
        .prstatus = sh[PRSTATUS].sh_offset,
        .shared_info = sh[SHARED_INFO].sh_offset,
        .p2m = sh[P2M].sh_offset,
        .pages = sh[PAGES].sh_offset,
        .end = sh[PAGES].sh_offset + sh[PAGES].sh_size,
    };
    head = calloc(1, layout->prstatus);
    if (!head)
        return NULL;
    memcpy(head, &ehdr, sizeof(ehdr));
    memcpy(head + ehdr.e_shoff, sh, sizeof(sh));
    for (int i = 1; i < SECTIONS; i++)
        strcpy(head + sh[SHSTRTAB].sh_offset + sh[i].sh_name, names[i]);
    memcpy(head + sh[NOTES].sh_offset, &notes, sizeof(notes));
    return head;
}
