/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of ELF64's headers as byte offsets: headers are read from hostile, unaligned data, so
 * no struct is laid over them.
 */
#ifndef CORE_BUILD_ELF_FORMAT_H
#define CORE_BUILD_ELF_FORMAT_H

#include <elf.h>
#include <stddef.h>

#define EH(field) offsetof(Elf64_Ehdr, e_##field)
#define PH(field) offsetof(Elf64_Phdr, p_##field)
#define SH(field) offsetof(Elf64_Shdr, sh_##field)
#define EH_SIZE   sizeof(Elf64_Ehdr)
#define PH_SIZE   sizeof(Elf64_Phdr)
#define SH_SIZE   sizeof(Elf64_Shdr)

#endif
