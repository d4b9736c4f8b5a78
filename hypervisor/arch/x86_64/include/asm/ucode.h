/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Microcode: finding an update for this CPU in what a boot module or the control domain brought
 * (cpu/ucode.c, pure), and loading it (cpu/ucode_load.c).  The CPU checks its maker's signature of
 * an update; what is checked here is that its container is sound and means this CPU.
 */
#ifndef ASM_UCODE_H
#define ASM_UCODE_H

#include <hv/types.h>
#include <asm/spec.h>

struct ucode_cpu {
    enum cpu_vendor vendor; /* whose form is read: CPU_INTEL, CPU_AMD */
    uint32_t signature;     /* CPUID.1:EAX */
    uint32_t platform;      /* Intel: the one bit that stands for MSR 0x17 [52:50] */
    uint32_t revision;      /* what it has */
    bool late;              /* it runs guests: not what asks to be loaded before */
};

struct ucode_patch {
    const uint8_t *data; /* with its header */
    uint32_t len;        /* bytes */
    uint32_t revision;
};

/* The newest update for c in a container: 0, -XEN_ENOENT (there is none newer than c has) or
 * -XEN_EINVAL (the container is damaged or another CPU maker's).  What is for other CPUs is skipped
 * by its header alone. */
int ucode_find(const struct ucode_cpu *c, const uint8_t *container, size_t len,
               struct ucode_patch *out);
/* The file of that name in an archive (cpio, new ASCII form) that the bytes begin with; false: not
 * there.  What is behind the archive, a compressed one, does not matter. */
bool ucode_cpio(const uint8_t *archive, size_t len, const char *name, const uint8_t **file,
                size_t *file_len);

/* ---- this machine ---- */
/* Boot CPU, before anything is decided by CPUID: ucode=. */
void ucode_boot(void);
/* Any other CPU, when it comes: what the boot CPU has loaded. */
void ucode_boot_ap(void);
/* Of the boot CPU, which says what all are. */
void ucode_identify(const struct cpu_ident *c);
/* As this CPU stands; vendor CPU_OTHER: nothing can be loaded. */
struct ucode_cpu ucode_this_cpu(void);
/* Loads p here, unless its revision or a newer one is there already: true: it is now.  The caller
 * keeps what shares this core idle.  p->data is 16-byte aligned. */
bool ucode_load(const struct ucode_patch *p);
/* XENPF_microcode_update (dev/microcode.c): 0, -XEN_EINVAL, -XEN_ENOENT, -XEN_EFAULT, -XEN_ENOMEM,
 * or -XEN_EIO (not every CPU took it). */
struct xenpf_microcode_update;
int microcode_update(const struct xenpf_microcode_update *u);

#endif
