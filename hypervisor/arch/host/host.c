/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake machine: see asm/port.h.  Records what the core asked for, so that tests can look. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hv/arch.h>
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/domain.h>
#include <hv/frame.h>
#include <hv/kexec.h>
#include <hv/ptype.h>

#include "host.h"

unsigned char *host_ram;
uint64_t host_frames;
struct frame *host_frame_table;
_Thread_local unsigned host_cpu;
_Thread_local struct budget host_budget = {BUDGET_TURN, BUDGET_TURN};
long host_fault_in = -1;
void (*host_waiting)(void);
s_time_t host_now;
s_time_t host_deadline[64];
struct host_log host_log;

static unsigned cpus = 1;
static pfn_t *m2p;

/*
 * Locks: each is left by whom took it, none is taken twice, and no two are taken in both orders.
 * A trylock cannot wait, so its order does not count.  Whoever plays several CPUs holds for each.
 */
#define HELD_MAX   16
#define ORDERS_MAX 256
static _Thread_local struct held {
    const void *lock[HELD_MAX];
    unsigned count;
} held_by[64];
static struct lock_order {
    const void *first, *then;
} orders[ORDERS_MAX]; /* seen so far */
static unsigned order_count;
static atomic_flag orders_busy = ATOMIC_FLAG_INIT;

unsigned host_locks_held(void)
{
    return held_by[host_cpu].count;
}
static bool order_seen(const void *first, const void *then)
{
    for (unsigned i = 0; i < order_count; i++)
        if (orders[i].first == first && orders[i].then == then)
            return true;
    return false;
}
static void orders_forget(const void *lock)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < order_count; i++)
        if (orders[i].first != lock && orders[i].then != lock)
            orders[kept++] = orders[i];
    order_count = kept;
}
static void orders_note(const struct held *held, const void *lock, int event)
{
    while (atomic_flag_test_and_set(&orders_busy))
        sched_yield();
    if (event == LOCK_NEW)
        orders_forget(lock);
    for (unsigned i = 0; event == LOCK_TAKE && i < held->count; i++) {
        const enum lock_rank has = ((const struct spinlock *)held->lock[i])->rank;
        const enum lock_rank wants = ((const struct spinlock *)lock)->rank;
        CHECK(!has || !wants || lock_order_ok(has, wants)); /* 0: of a test's own */
        CHECK(!order_seen(lock, held->lock[i]));            /* two CPUs could wait for each other */
        if (!order_seen(held->lock[i], lock) && order_count < ORDERS_MAX)
            orders[order_count++] = (struct lock_order){held->lock[i], lock};
    }
    atomic_flag_clear(&orders_busy);
}
void host_lock_watch(const void *lock, int event)
{
    struct held *held = &held_by[host_cpu];
    unsigned at = 0;
    while (at < held->count && held->lock[at] != lock)
        at++;
    if (event == LOCK_NEW || (event == LOCK_TAKE && held->count))
        orders_note(held, lock, event);
    if (event == LOCK_TAKE || event == LOCK_TRIED) {
        CHECK(at == held->count && held->count < HELD_MAX); /* not ours already */
        held->lock[held->count++] = lock;
    } else if (event == LOCK_LEAVE || at < held->count) {
        CHECK(at < held->count); /* ours */
        held->lock[at] = held->lock[--held->count];
    }
}

/* From frame 0, whole regions, as the core looks at neighbours. */
static struct frame *make_frame_table(struct frame *old, uint64_t frames)
{
    static size_t bytes;

    if (old)
        CHECK(munmap(old, bytes) == 0);
    bytes = ROUND_UP(HOST_MFN_BASE + frames, 256) * sizeof(struct frame);
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED && mprotect(p, HOST_HOLE_END * sizeof(struct frame), PROT_READ) == 0);
    return p;
}

void host_machine(uint64_t frames, unsigned ncpus)
{
    free(host_ram);
    free(m2p);
    host_frames = frames;
    cpus = ncpus;
    host_ram = aligned_alloc(PAGE_SIZE, frames * PAGE_SIZE);
    host_frame_table = make_frame_table(host_frame_table, frames);
    m2p = calloc(frames, sizeof(*m2p));
    memset(host_ram, 0xA5, frames * PAGE_SIZE); /* nothing may rely on zeroed memory */
    memset(&host_log, 0, sizeof(host_log));
    host_fault_in = -1;
    host_now = 0;
    host_cpu = 0;
    host_tlb_start();
    host_budget = (struct budget){BUDGET_TURN, BUDGET_TURN};
    memset(held_by, 0, sizeof(held_by));
    order_count = 0;
    frame_table_init(MFN(HOST_MFN_BASE + frames));
    frame_add_region(MFN(HOST_MFN_BASE), MFN(HOST_MFN_BASE + frames));
}

void *arch_frame_ptr(mfn_t mfn)
{
    CHECK(mfn.n >= HOST_MFN_BASE && mfn.n < HOST_MFN_BASE + host_frames);
    return host_ram + (mfn.n - HOST_MFN_BASE) * PAGE_SIZE;
}
mfn_t arch_ptr_mfn(const void *p)
{
    return MFN(((uintptr_t)p - (uintptr_t)host_ram) / PAGE_SIZE + HOST_MFN_BASE);
}
struct frame *frame_of(mfn_t mfn)
{
    CHECK(mfn.n < ROUND_UP(HOST_MFN_BASE + host_frames, 256));
    return &host_frame_table[mfn.n];
}
mfn_t frame_mfn(const struct frame *f)
{
    return MFN((uint64_t)(f - host_frame_table));
}

void host_turn(int32_t units)
{
    host_budget = (struct budget){units, units};
}

void arch_relax(void)
{
    if (host_waiting)
        host_waiting();
    else
        sched_yield();
}
static bool fault(void)
{
    return host_fault_in >= 0 && host_fault_in-- == 0;
}
int guest_read(void *dst, gva_t gva, size_t n)
{
    if (!gva.a || !guest_range_ok(gva, n) || fault())
        return -XEN_EFAULT;
    memcpy(dst, (const void *)gva.a, n);
    return 0;
}
int guest_write(gva_t gva, const void *src, size_t n)
{
    if (!gva.a || !guest_range_ok(gva, n) || fault())
        return -XEN_EFAULT;
    memcpy((void *)gva.a, src, n);
    return 0;
}

s_time_t arch_now(void)
{
    return host_now;
}
void arch_timer_set(s_time_t deadline)
{
    host_deadline[host_cpu] = deadline;
}
uint64_t arch_wallclock_base(void)
{
    return host_log.wallclock;
}
void arch_wallclock_set(uint64_t ns)
{
    host_log.wallclock = ns;
}
void arch_update_vcpu_time(struct vcpu *v)
{
    (void)v;
    host_log.time_updates++;
}
unsigned arch_cpu_count(void)
{
    return cpus;
}
void arch_ipi_resched(unsigned cpu)
{
    host_log.ipis |= CPUSET(cpu);
}
bool arch_preempt(void)
{
    return host_log.preempt_in >= 0 && host_log.preempt_on && host_log.preempt_in-- == 0;
}
void arch_quiesce(void)
{
    CHECK(!host_locks_held()); /* another CPU may wait for it, and we for that CPU */
    host_log.quiesces++;
}
void arch_quiescent(void)
{
}
const char *arch_mitigation(unsigned i, const char **name)
{
    *name = "nothing";
    return i ? NULL : "not needed, off: nobody is here";
}
void arch_cache_flush(void)
{
    budget_draw(BUDGET_TURN);
}
int arch_domain_init(struct domain *d)
{
    memset(&d->arch, 0, sizeof(d->arch));
    return 0;
}
void arch_domain_destroy(struct domain *d)
{
    (void)d;
}
int arch_vcpu_init(struct vcpu *v)
{
    memset(&v->arch, 0, sizeof(v->arch));
    return 0;
}
void arch_vcpu_destroy(struct vcpu *v)
{
    (void)v;
}
int arch_vcpu_check_context(const struct vcpu_guest_context *c)
{
    return c->user_regs.rip >> 47 ? -XEN_EINVAL : 0;
}
void arch_vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    v->in_user = !(c->flags & VGCF_in_kernel);
}
void arch_vcpu_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    (void)v;
    memset(c, 0, sizeof(*c));
}
void arch_restart_hypercall(struct vcpu *v, unsigned nr, const uint64_t *args, unsigned nargs)
{
    budget_refill(); /* as the guest enters again */
    v->arch.restart_nr = nr;
    v->arch.restart_nargs = nargs;
    memcpy(v->arch.restart_args, args, nargs * sizeof(*args));
}
void arch_write_hypercall_page(void *page)
{
    memset(page, 0xcc, PAGE_SIZE);
}
void arch_l4_install(struct domain *d, uint64_t *l4)
{
    (void)d;
    for (unsigned i = 256; i < 272; i++)
        l4[i] = 0xfeed000000000000UL | i;
    arch_l4_counted(arch_ptr_mfn(l4)); /* what it was before does not count */
}
void arch_l4_show_m2p(uint64_t *l4, bool show)
{
    l4[256] = show ? 0xfeed000000000000UL | 256 : 0;
}
void arch_gdt_set(struct vcpu *v, const mfn_t *frames, unsigned count)
{
    (void)v, (void)frames, (void)count;
}
void arch_ldt_set(struct vcpu *v, gva_t base, unsigned entries)
{
    (void)v, (void)base, (void)entries;
}
void arch_m2p_set(mfn_t mfn, pfn_t pfn)
{
    CHECK(mfn.n - HOST_MFN_BASE < host_frames);
    if (pfn.n == PFN_NONE.n || m2p[mfn.n - HOST_MFN_BASE].n == PFN_NONE.n)
        host_tlb_frame_moved(mfn);
    m2p[mfn.n - HOST_MFN_BASE] = pfn;
}
pfn_t arch_m2p_get(mfn_t mfn)
{
    CHECK(mfn.n - HOST_MFN_BASE < host_frames);
    return m2p[mfn.n - HOST_MFN_BASE];
}
unsigned arch_machine_map(struct hv_e820 *out, unsigned max)
{
    if (max)
        *out = (struct hv_e820){HOST_MFN_BASE << PAGE_SHIFT, host_frames << PAGE_SHIFT, 1};
    return max ? 1 : 0;
}
unsigned arch_m2p_list(uint64_t *mfns, unsigned max)
{
    if (max)
        mfns[0] = HOST_MFN_BASE;
    return max ? 1 : 0;
}
bool arch_iomem_allowed(const struct domain *d, mfn_t mfn)
{
    return d->privileged && mfn.n >= HOST_IO_MFN && mfn.n < HOST_IO_MFN + 16;
}
int arch_pirq_bind(struct domain *d, unsigned pirq, bool share)
{
    (void)pirq, (void)share;
    d->arch.pirqs_bound++;
    return 0;
}
void arch_pirq_unbind(struct domain *d, unsigned pirq)
{
    (void)pirq;
    d->arch.pirqs_bound--;
}
void arch_pirq_eoi(struct domain *d, unsigned pirq)
{
    (void)d, (void)pirq;
    host_log.eois++;
}
void arch_console_write(const char *s, size_t n)
{
    host_log.console_written += n;
    if (host_log.console_echo)
        fwrite(s, 1, n, stderr);
}
size_t arch_console_room(void)
{
    const size_t end = host_log.console_end;

    return host_log.console_full || (end && host_log.console_written >= end) ? 0 : SIZE_MAX;
}
void arch_console_sync(void)
{
    host_log.console_full = false;
}
/* It comes back, to be looked at. */
void arch_kexec(const struct kexec_image *image)
{
    if (atomic_load(&image->ready))
        host_log.executed = image;
}
void arch_crash(void)
{
    host_log.crashes++;
}
uint64_t arch_kexec_reach(void)
{
    return HOST_KEXEC_REACH;
}
void arch_halt(void)
{
    abort();
}
void arch_reboot(void)
{
    abort();
}
void arch_poweroff(void)
{
    abort();
}
