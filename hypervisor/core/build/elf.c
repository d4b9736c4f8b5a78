/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 kernels: check the headers once, then hand out loadable segments.
 *
 * Segments are placed by physical address: Linux' per-CPU segment is linked at virtual address 0
 * and only its physical address says where it belongs.
 */
#include "hv/build.h"
#include "bytes.h"
#include "elf_format.h"

/* Bounds the work a hostile header can ask for; real kernels have about five. */
#define PHNUM_MAX 64u

static const uint8_t *phdr(const struct elf_image *elf, unsigned int i)
{
    return elf->data + elf->phoff + (uint64_t)i * PH_SIZE;
}

static enum build_error check_segments(struct elf_image *elf)
{
    elf->pstart = UINT64_MAX;
    elf->pend = 0;
    for (unsigned int i = 0; i < elf->phnum; i++) {
        const uint8_t *ph = phdr(elf, i);
        uint64_t paddr = bytes_u64(ph + PH(paddr)), memsz = bytes_u64(ph + PH(memsz));

        if (bytes_u32(ph + PH(type)) != PT_LOAD || memsz == 0)
            continue;
        if (bytes_u64(ph + PH(filesz)) > memsz || memsz > UINT64_MAX - paddr ||
            !bytes_within(bytes_u64(ph + PH(offset)), bytes_u64(ph + PH(filesz)), elf->len))
            return BUILD_ELF_SEGMENT;
        if (paddr < elf->pstart)
            elf->pstart = paddr;
        if (paddr + memsz > elf->pend)
            elf->pend = paddr + memsz;
    }
    if (elf->pend == 0)
        return BUILD_ELF_EMPTY;
    return elf->pend - elf->pstart > BUILD_KERNEL_MAX ? BUILD_ELF_SIZE : BUILD_OK;
}

enum build_error elf_parse(const void *image, size_t len, struct elf_image *out)
{
    const uint8_t *eh = image;
    uint16_t type;

    if (len < EH_SIZE || __builtin_memcmp(eh, "\177ELF", 4) != 0)
        return BUILD_NOT_KERNEL;
    type = bytes_u16(eh + EH(type));
    if (eh[EI_CLASS] != ELFCLASS64 || eh[EI_DATA] != ELFDATA2LSB ||
        bytes_u16(eh + EH(machine)) != EM_X86_64 || (type != ET_EXEC && type != ET_DYN))
        return BUILD_ELF_CLASS;

    *out = (struct elf_image){
        .data = eh,
        .len = len,
        .entry = bytes_u64(eh + EH(entry)),
        .phoff = bytes_u64(eh + EH(phoff)),
        .shoff = bytes_u64(eh + EH(shoff)),
        .phnum = bytes_u16(eh + EH(phnum)),
        .shnum = bytes_u16(eh + EH(shnum)),
    };
    if (out->phnum == 0 || out->phnum > PHNUM_MAX || bytes_u16(eh + EH(phentsize)) != PH_SIZE ||
        !bytes_within(out->phoff, (uint64_t)out->phnum * PH_SIZE, len))
        return BUILD_ELF_HEADERS;
    /* Sections are optional (stripped kernels); unusable ones are as good as none. */
    if (bytes_u16(eh + EH(shentsize)) != SH_SIZE ||
        !bytes_within(out->shoff, (uint64_t)out->shnum * SH_SIZE, len))
        out->shnum = 0;
    return check_segments(out);
}

bool elf_segment(const struct elf_image *elf, unsigned int i, struct elf_segment *out)
{
    const uint8_t *ph = phdr(elf, i);

    if (bytes_u32(ph + PH(type)) != PT_LOAD || bytes_u64(ph + PH(memsz)) == 0)
        return false;
    *out = (struct elf_segment){
        .paddr = bytes_u64(ph + PH(paddr)),
        .data = elf->data + bytes_u64(ph + PH(offset)),
        .filesz = bytes_u64(ph + PH(filesz)),
        .memsz = bytes_u64(ph + PH(memsz)),
    };
    return true;
}
