/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few ELF64 numbers the builder needs (System V ABI, chapters 4 and 5), as byte offsets:
 * headers are read from hostile, unaligned data, so no struct is laid over them.
 */
#ifndef CORE_BUILD_ELF_FORMAT_H
#define CORE_BUILD_ELF_FORMAT_H

#define EH_CLASS     4
#define EH_DATA      5
#define EH_TYPE      16
#define EH_MACHINE   18
#define EH_ENTRY     24
#define EH_PHOFF     32
#define EH_SHOFF     40
#define EH_PHENTSIZE 54
#define EH_PHNUM     56
#define EH_SHENTSIZE 58
#define EH_SHNUM     60
#define EH_SIZE      64

#define ELFCLASS64  2
#define ELFDATA2LSB 1
#define ET_EXEC     2
#define ET_DYN      3
#define EM_X86_64   62

#define PH_TYPE   0
#define PH_OFFSET 8
#define PH_PADDR  24
#define PH_FILESZ 32
#define PH_MEMSZ  40
#define PH_SIZE   56
#define PT_LOAD   1
#define PT_NOTE   4

#define SH_TYPE   4
#define SH_OFFSET 24
#define SH_LENGTH 32
#define SH_SIZE   64
#define SHT_NOTE  7

#define NOTE_HEADER 12 /* namesz, descsz, type */

#endif
