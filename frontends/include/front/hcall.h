/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed wrappers for the hypercalls.  Each returns what the hypervisor returned: 0 or a positive
 * result, or a negative error number of <xen/errno.h>.
 */
#ifndef FRONT_HCALL_H
#define FRONT_HCALL_H

#include <front/abi.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hypfs.h>
#include <xen/kexec.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

extern const char hypercall_page[PAGE_SIZE];

/* `nr` must be a compile-time constant: the call goes straight to its slot of the hypercall page.
 */
static inline __attribute__((always_inline)) long hcall(const unsigned nr, uint64_t a1, uint64_t a2,
                                                        uint64_t a3, uint64_t a4, uint64_t a5)
{
    register uint64_t r10 asm("r10") = a4;
    register uint64_t r8 asm("r8") = a5;
    long ret;

    asm volatile("call hypercall_page + %c[off]"
                 : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                 : [off] "i"(nr * 32)
                 : "memory", "rcx", "r11", "r9", "cc");
    return ret;
}

/* The same with a run-time number, by the instruction itself: any number, also unknown ones. */
static inline long hcall_any(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5)
{
    register uint64_t r10 asm("r10") = a4;
    register uint64_t r8 asm("r8") = a5;

    asm volatile("syscall"
                 : "+a"(nr), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                 :
                 : "memory", "rcx", "r11", "r9", "cc");
    return (long)nr;
}

#define U64(x) ((uint64_t)(x))

static inline long hc_set_trap_table(const struct trap_info *t)
{
    return hcall(__HYPERVISOR_set_trap_table, U64(t), 0, 0, 0, 0);
}
static inline long hc_mmu_update(const struct mmu_update *u, unsigned n, unsigned *done, domid_t d)
{
    return hcall(__HYPERVISOR_mmu_update, U64(u), n, U64(done), d, 0);
}
static inline long hc_set_gdt(const xen_ulong_t *frames, unsigned entries)
{
    return hcall(__HYPERVISOR_set_gdt, U64(frames), entries, 0, 0, 0);
}
static inline long hc_stack_switch(uint64_t ss, uint64_t sp)
{
    return hcall(__HYPERVISOR_stack_switch, ss, sp, 0, 0, 0);
}
static inline long hc_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    return hcall(__HYPERVISOR_set_callbacks, event, failsafe, syscall, 0, 0);
}
static inline long hc_fpu_taskswitch(int set)
{
    return hcall(__HYPERVISOR_fpu_taskswitch, (uint64_t)set, 0, 0, 0, 0);
}
static inline long hc_platform_op(void *op)
{
    return hcall(__HYPERVISOR_platform_op, U64(op), 0, 0, 0, 0);
}
static inline long hc_set_debugreg(unsigned reg, uint64_t value)
{
    return hcall(__HYPERVISOR_set_debugreg, reg, value, 0, 0, 0);
}
static inline long hc_get_debugreg(unsigned reg)
{
    return hcall(__HYPERVISOR_get_debugreg, reg, 0, 0, 0, 0);
}
static inline long hc_update_descriptor(uint64_t maddr, uint64_t desc)
{
    return hcall(__HYPERVISOR_update_descriptor, maddr, desc, 0, 0, 0);
}
static inline long hc_memory_op(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_memory_op, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_multicall(struct multicall_entry *list, unsigned n)
{
    return hcall(__HYPERVISOR_multicall, U64(list), n, 0, 0, 0);
}
static inline long hc_update_va_mapping(uint64_t va, uint64_t pte, uint64_t flags)
{
    return hcall(__HYPERVISOR_update_va_mapping, va, pte, flags, 0, 0);
}
static inline long hc_set_timer_op(uint64_t when)
{
    return hcall(__HYPERVISOR_set_timer_op, when, 0, 0, 0, 0);
}
static inline long hc_xen_version(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_xen_version, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_console_io(unsigned cmd, unsigned count, const char *s)
{
    return hcall(__HYPERVISOR_console_io, cmd, count, U64(s), 0, 0);
}
static inline long hc_grant_table_op(unsigned cmd, void *ops, unsigned count)
{
    return hcall(__HYPERVISOR_grant_table_op, cmd, U64(ops), count, 0, 0);
}
static inline long hc_vm_assist(unsigned cmd, unsigned type)
{
    return hcall(__HYPERVISOR_vm_assist, cmd, type, 0, 0, 0);
}
static inline long hc_update_va_mapping_otherdomain(uint64_t va, uint64_t pte, uint64_t flags,
                                                    domid_t dom)
{
    return hcall(__HYPERVISOR_update_va_mapping_otherdomain, va, pte, flags, dom, 0);
}
static inline long hc_vcpu_op(unsigned cmd, unsigned vcpu, void *arg)
{
    return hcall(__HYPERVISOR_vcpu_op, cmd, vcpu, U64(arg), 0, 0);
}
static inline long hc_set_segment_base(unsigned which, uint64_t base)
{
    return hcall(__HYPERVISOR_set_segment_base, which, base, 0, 0, 0);
}
static inline long hc_mmuext_op(const struct mmuext_op *ops, unsigned n, unsigned *done, domid_t d)
{
    return hcall(__HYPERVISOR_mmuext_op, U64(ops), n, U64(done), d, 0);
}
static inline long hc_sched_op(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_sched_op, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_callback_op(unsigned cmd, const void *arg)
{
    return hcall(__HYPERVISOR_callback_op, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_event_channel_op(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_event_channel_op, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_physdev_op(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_physdev_op, cmd, U64(arg), 0, 0, 0);
}
static inline long hc_sysctl(void *arg)
{
    return hcall(__HYPERVISOR_sysctl, U64(arg), 0, 0, 0, 0);
}
static inline long hc_domctl(void *arg)
{
    return hcall(__HYPERVISOR_domctl, U64(arg), 0, 0, 0, 0);
}
static inline long hc_kexec_op(unsigned cmd, void *arg)
{
    return hcall(__HYPERVISOR_kexec_op, cmd, U64(arg), 0, 0, 0);
}
/* `path_len` with the terminating zero. */
static inline long hc_hypfs_op(unsigned cmd, const char *path, uint64_t path_len, void *buf,
                               uint64_t size)
{
    return hcall(__HYPERVISOR_hypfs_op, cmd, U64(path), path_len, U64(buf), size);
}

#endif
