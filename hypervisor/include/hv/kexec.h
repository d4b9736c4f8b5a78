/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Another kernel in place of this machine's software (xen/kexec.h): the control domain loads an image of each type;
 * that of KEXEC_TYPE_DEFAULT runs when it asks, that of KEXEC_TYPE_CRASH also when it crashes or we panic.
 *
 *   K-1 an image that is `ready` is whole, and nothing of it changes until it is not ready any more
 *   K-2 a crash image lies where it runs, in memory that boot keeps for it (kexec_crash_area) and nobody else has
 *   K-3 of a default image no page that is needed until it runs lies where one of its segments will be
 */
#ifndef HV_KEXEC_H
#define HV_KEXEC_H

#include <hv/abi.h>
#include <hv/types.h>
#include <xen/kexec.h>

#define KEXEC_SEGMENTS 16 /* at most, as in Xen (guest/kexec) */
#define KEXEC_CONTROL  7  /* pages that the jump needs: arch/x86_64/kexec/jump.c */
/* ELF's machine numbers (System V gABI, figure 4-3). */
#define KEXEC_EM_386    3
#define KEXEC_EM_X86_64 62

/* A page of what is to be copied, whole pages from machine address to machine address; from 0: zeroes.  The jump's
 * assembler knows it. */
#define KEXEC_COPIES 255
struct kexec_list {
    uint64_t next, count; /* machine address of the next such page, 0: none */
    struct kexec_copy {
        uint64_t to, from;
    } copy[KEXEC_COPIES];
};

struct kexec_image {
    _Atomic bool ready;
    uint16_t arch; /* KEXEC_EM_* */
    uint64_t entry;
    mfn_t control[KEXEC_CONTROL];
    unsigned controls;       /* how many of them there are */
    struct kexec_list *list; /* what to copy */
    uint64_t aside; /* a chain, by their first words, of pages that lie in segments; 0: none */
    /* while it is loaded */
    bool loading;
    uint32_t turn; /* which load: those before were given up */
    int error;     /* it ends with this when all is given back; 0: it goes on */
    bool empty;    /* of what was before */
    unsigned segments, at;
    uint64_t done; /* bytes of the segment */
    struct xen_kexec_segment segment[KEXEC_SEGMENTS];
};
extern struct kexec_image kexec_images[2]; /* by KEXEC_TYPE_* */

/* Set by boot: bytes; size 0: none. */
struct kexec_area {
    uint64_t start, size;
};
extern struct kexec_area kexec_crash_area, kexec_hv_area;
/* Boot: makes the notes of all CPUs and VMCOREINFO. */
void kexec_init(void);

/* ---- notes (core/kexec/notes.c) ---- */
/* General registers in the order of struct elf_prstatus (System V psABI, <sys/user.h>): R15 to RDI, ORIG_RAX, RIP, CS,
 * RFLAGS, RSP, SS, the bases of FS and GS, DS, ES, FS, GS. */
#define KEXEC_REGS 27
/* A CPU that stops, or that crashes, notes its registers, and CR0, CR2, CR3, CR4. */
void kexec_note(unsigned cpu, const uint64_t regs[KEXEC_REGS], const uint64_t cr[4]);
/* Where CPU's note is; VMCOREINFO. */
struct kexec_area kexec_note_area(unsigned cpu);
struct kexec_area kexec_vmcoreinfo_area(void);

#endif
