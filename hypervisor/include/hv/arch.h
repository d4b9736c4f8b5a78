/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * THE port: everything the core asks of a machine.  arch/x86_64 implements it on
 * hardware, arch/host as a fake machine for unit tests, fuzzers and the
 * explorer.  <asm/port.h>, chosen by include path, gives the hot ones inline:
 *
 *   void *arch_frame_ptr(mfn_t)        hypervisor's own mapping of a frame; never fails for RAM
 *   mfn_t arch_ptr_mfn(const void *)   the inverse
 *   struct frame *frame_of(mfn_t)      the frame's table entry; mfn must satisfy frame_valid()
 *   mfn_t frame_mfn(const struct frame *)
 *   uint64_t pte_read(const uint64_t *)
 *   bool pte_cmpxchg(uint64_t *p, uint64_t *old, uint64_t new)
 *   struct budget *arch_budget(void)   this CPU's work budget; see hv/budget.h
 *   struct arch_vcpu, struct arch_domain
 *   int guest_read(void *dst, gva_t gva, size_t n)     0 or -XEN_EFAULT: copy in from the
 *   int guest_write(gva_t gva, const void *src, size_t n)  current guest's address space; all or
 *                                      a prefix may have been copied on a fault
 *   int guest_read_words, guest_write_words (dst, gva, n)   n 64-bit words; a constant is fastest
 *   int guest_read_clipped             the same upwards from an address that guest_clip() gave
 *   int guest_read_u64 / guest_write_u64 / guest_read_u32 / guest_write_u32 / guest_write_u16
 *                                      (gva, value or pointer)
 *
 * and, in <asm/relax.h>, what a lock needs, which stands below all else:
 *
 *   unsigned arch_cpu(void)            this CPU's number, 0..63
 *   void arch_relax(void)              one turn of a spin loop; serves TLB shoot-downs
 *   void arch_lock_wait(owner, me)     until *owner is me, with acquire; serves TLB shoot-downs
 *   void arch_lock_next(owner)         stores one more, which nobody else writes, with release
 *   void arch_lock_watch(lock, event)  what happens to locks, for who checks their order
 */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <hv/types.h>
#include <hv/bitmap.h>

#include <asm/port.h>

/* ---- time ---- */
s_time_t arch_now(void);
/* Programs this CPU's one-shot timer; TIME_NEVER stops it.  On expiry: timer_interrupt(). */
void arch_timer_set(s_time_t deadline);
/* Wall clock (ns since 1970) at arch_now() == 0, and dom0's correction of it. */
uint64_t arch_wallclock_base(void);
void arch_wallclock_set(uint64_t ns);
/* Refreshes v's vcpu_time_info (version, tsc_timestamp, system_time, mul, shift). */
void arch_update_vcpu_time(struct vcpu *v);

/* ---- CPUs ---- */
unsigned arch_cpu_count(void);
static inline cpuset_t all_cpus(void)
{
    return CPUSET_ALL >> (HV_MAX_CPUS - arch_cpu_count());
}
/* Makes `cpu` leave the guest or idle and run sched_softirq() soon. */
void arch_ipi_resched(unsigned cpu);
/* Opens a window for interrupts; true if this CPU has work and the long operation should
 * return to its caller as a continuation.  No lock may be held; domains found stay valid (D-1). */
bool arch_preempt(void);
/* Waits until every other CPU has been outside the hypervisor's code once (quiescence; a window is
 * not outside); no lock may be held.  After it nobody uses a pointer found before. */
void arch_quiesce(void);
/* Answers another CPU's arch_quiesce() from a loop that waits without windows; the caller uses no
 * domain it found but one that cannot go meanwhile. */
void arch_quiescent(void);

/* ---- TLB ---- */
/* A stamp for "a mapping went away": asked after the entry was stored (hv/tlb.h). 20 bits wide. */
uint32_t arch_tlb_stamp(void);
/* Of the CPUs in `set`, those that have NOT flushed their whole TLB since `stamp`. */
cpuset_t arch_tlb_stale(cpuset_t set, uint32_t stamp);
void arch_tlb_flush(cpuset_t set); /* whole TLB, waits for completion */
/* One address, a guest's or the hypervisor's; waits. */
void arch_tlb_flush_page(cpuset_t set, uint64_t va);
void arch_cache_flush(void); /* wbinvd on this CPU */

/* The i-th thing that hostile guests can make necessary on a CPU: its name, and whether this one
 * needs it, it is on, and why, in words.  NULL: there are no more. */
const char *arch_mitigation(unsigned i, const char **name);

/* ---- per-vCPU machine state ---- */
int arch_domain_init(struct domain *d);
void arch_domain_destroy(struct domain *d);
int arch_vcpu_init(struct vcpu *v);
void arch_vcpu_destroy(struct vcpu *v);
/* Full context, both ways.  check: -XEN_EINVAL if a register or address may not be so; nothing of a
 * vCPU changes.  set: of a context that was checked, on a vCPU that does not run and has its tables
 * (core/domain/context.c); cannot fail. */
int arch_vcpu_check_context(const struct vcpu_guest_context *c);
void arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c);
/* Switch this CPU from prev to next (either may be the idle vCPU); returns on the CPU running
 * next. */
void arch_context_switch(struct vcpu *prev, struct vcpu *next);
/* Hypercall continuation: makes the guest issue the hypercall again with these arguments. */
void arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned nargs);
/* Puts the 32-entry hypercall page's contents into a frame of the guest. */
void arch_write_hypercall_page(void *page);
/* The iret hypercall and callbacks live in arch; see arch/x86_64/trap. */

/* ---- guest page-table environment (called by ptype and seg) ---- */
/* Fills the hypervisor's slots (256..271) of a fresh L4. */
void arch_l4_install(struct domain *d, uint64_t *l4);
/* A validated L4 becomes a base pointer: guest user mode does not see the M2P, guest kernels do. */
void arch_l4_show_m2p(uint64_t *l4, bool show);
/* An entry of this validated L4 of d was stored (pt_lock held): CPUs that run on copies take it
 * (hv/l4copy.h). */
void arch_l4_stored(struct domain *d, mfn_t l4);
/* An L4 was stored to or became one: copies of it are old from now on.  That CPUs come by is left to the
 * caller. */
void arch_l4_counted(mfn_t l4);
/* v->cr3 / v->user_cr3 changed: reload the hardware if v is current. */
void arch_load_base(struct vcpu *v);
/* Shows the vCPU `count` GDT frames (16 at most). */
void arch_gdt_set(struct vcpu *v, const mfn_t *frames, unsigned count);
/* LDT of the current guest: base is a guest address; 0 entries = none. */
void arch_ldt_set(struct vcpu *v, gva_t base, unsigned entries);
/* Sets the machine-to-physical table entry of a frame (guests see the table, read-only). */
void arch_m2p_set(mfn_t mfn, pfn_t pfn);
pfn_t arch_m2p_get(mfn_t mfn);

/* May d map this frame, which is not frame_valid()?  Must refuse numbers beyond the CPU's physical
 * addresses, and the hypervisor's own image and the APICs. */
bool arch_iomem_allowed(const struct domain *d, mfn_t mfn);

/* ---- interrupts of real devices, for event channels bound to pirqs ---- */
/* -> evtchn_pirq_fire(d, pirq) */
int arch_pirq_bind(struct domain *d, unsigned pirq, bool share);
void arch_pirq_unbind(struct domain *d, unsigned pirq);
/* guest has handled it: unmask/EOI */
void arch_pirq_eoi(struct domain *d, unsigned pirq);

/* ---- console, end ---- */
/* Queues text for the serial line and returns; what exceeds arch_console_room() is dropped.  A screen
 * that is ours shows it, too. */
void arch_console_write(const char *s, size_t n);
size_t arch_console_room(void);
/* Sends what is queued; from now on arch_console_write waits for the line itself, and on this CPU
 * takes no lock. */
void arch_console_sync(void);
/* If the image (hv/kexec.h) is ready: stops the other CPUs, which note their registers, as this one does, and
 * runs it; else, or if this CPU is at it already, returns.  Locks do not matter. */
struct kexec_image;
void arch_kexec(const struct kexec_image *image);
/* The same of the crash image. */
void arch_crash(void);
/* One past the highest machine address that an image may have. */
uint64_t arch_kexec_reach(void);
__attribute__((noreturn)) void arch_halt(void); /* this machine stops here */
__attribute__((noreturn)) void arch_reboot(void);
__attribute__((noreturn)) void arch_poweroff(void);

#endif
