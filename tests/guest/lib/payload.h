/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test has executed by kexec in place of the hypervisor: the test's own image once more, at another machine
 * address.  It looks at the crash notes and prints the outcome on the serial line itself, as nobody else is there any
 * more; then it resets the machine.  As 32-bit code it only says whether paging is off.
 */
#ifndef GUEST_PAYLOAD_H
#define GUEST_PAYLOAD_H

#include <front/hcall.h>

/* What it shall find, told before the image is loaded. */
extern struct payload_expects {
    struct payload_area {
        uint64_t at, size; /* machine address; 0: do not look */
    } cpu[2], vmcoreinfo;
    uint64_t rip, rip_end; /* in so many CPUs' notes RIP is between these; in each it is not 0 */
    unsigned rips;
} payload_expects;

/* KEXEC_CMD_kexec_get_range. */
long payload_range(int range, int nr, struct payload_area *out);
/* ELF's machine numbers (System V gABI, figure 4-3). */
#define EM_386    3
#define EM_X86_64 62
/* Loads the payload, as code for `arch`, to machine address `to`, a multiple of 4 KiB. */
long payload_load(uint8_t type, uint16_t arch, uint64_t to);

#endif
