/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake machine's half of hv/arch.h.  Frames are host memory behind machine
 * frame numbers that start at an odd place (HOST_MFN_BASE), so that code which
 * confuses a frame number with an index or an address fails at once.  Guest
 * addresses are host pointers; host_fault_in makes the n-th guest access fail.
 */
#ifndef ASM_PORT_H
#define ASM_PORT_H

#include <hv/shared.h>
#include <hv/types.h>
#include <asm/relax.h>

#define HOST_MFN_BASE 0x3a7UL
/* The frame table's entries below are a hole's: whoever writes one of them ends here (F-6). */
#define HOST_HOLE_END (HOST_MFN_BASE & ~255UL)
#define HOST_IO_MFN   0xfee00UL /* 16 frames of device memory, for the control domain */

struct arch_domain {
    unsigned pirqs_bound;
};
struct arch_vcpu {
    uint64_t restart_nr, restart_args[6];
    unsigned restart_nargs;
    unsigned base_loads;
};

extern unsigned char *host_ram; /* page-aligned */
extern uint64_t host_frames;
extern struct frame *host_frame_table;
extern _Thread_local struct budget host_budget; /* tests make turns shorter */
extern long host_fault_in;                      /* <0: never; else accesses left before a fault */
extern s_time_t host_now;
extern s_time_t host_deadline[64];

/* Makes a machine of n frames (all given to the allocator) and CPUs; frees the previous one. */
void host_machine(uint64_t frames, unsigned cpus);

void *arch_frame_ptr(mfn_t mfn);
mfn_t arch_ptr_mfn(const void *p);
struct frame *frame_of(mfn_t mfn);
mfn_t frame_mfn(const struct frame *f);
static inline uint64_t pte_read(const uint64_t *p)
{
    return shared_load(p);
}
static inline bool pte_cmpxchg(uint64_t *p, uint64_t *old, uint64_t val)
{
    return shared_cas(p, old, val);
}
static inline struct budget *arch_budget(void)
{
    return &host_budget;
}
/* Outside the hypervisor's slots, as on x86-64. */
static inline bool guest_range_ok(gva_t gva, uint64_t n)
{
    return gva.a <= 0xFFFF800000000000UL - n || gva.a >= 0xFFFF880000000000UL;
}
int guest_read(void *dst, gva_t gva, size_t n);
int guest_write(gva_t gva, const void *src, size_t n);
static inline int guest_read_words(void *dst, gva_t gva, unsigned n)
{
    return guest_read(dst, gva, n * 8UL);
}
/* Nowhere, which guest_read() refuses, in place of the hypervisor's slots and the hole below them. */
static inline gva_t guest_clip(gva_t gva)
{
    return (int64_t)gva.a < (int64_t)0xFFFF880000000000UL ? GVA(0) : gva;
}
static inline int guest_read_clipped(void *dst, gva_t gva, unsigned n)
{
    if (guest_clip(gva).a != gva.a)
        __builtin_trap();
    return guest_read(dst, gva, n * 8UL);
}
static inline int guest_write_words(gva_t gva, const void *src, unsigned n)
{
    return guest_write(gva, src, n * 8UL);
}
static inline int guest_read_u64(uint64_t *dst, gva_t gva)
{
    return guest_read(dst, gva, 8);
}
static inline int guest_read_u32(uint32_t *dst, gva_t gva)
{
    return guest_read(dst, gva, 4);
}
static inline int guest_write_u64(gva_t gva, uint64_t v)
{
    return guest_write(gva, &v, 8);
}
static inline int guest_write_u16(gva_t gva, uint16_t v)
{
    return guest_write(gva, &v, 2);
}
static inline int guest_write_u32(gva_t gva, uint32_t v)
{
    return guest_write(gva, &v, 4);
}

#endif
