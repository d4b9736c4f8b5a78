/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * micro: what each operation costs, in TSC ticks per operation.  Under QEMU's -icount shift=0 a
 * tick is one executed instruction, guest and hypervisor together, repeatable to the instruction.
 * Each row is the median of SAMPLES runs of `n` operations, less the cost of an empty run.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include "user.h"
#include <front/boot.h>
#include <front/evtchn.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/sysctl.h>
#include <xen/domctl.h>

#include "fifo.h"
#include "memory.h"

#define SAMPLES     7
#define REGION_SLOT 2
#define FAR_FUTURE  (1ull << 60)
#define GRANTS      32

extern const char fast_page_fault[], fast_syscall[], fast_int80[], fast_event[];
extern const char loop_syscall[], loop_syscall_end[], loop_int80[], loop_int80_end[];
extern const char loop_fault[], loop_fault_end[], loop_empty[], loop_empty_end[];
extern volatile uint64_t fast_events;
extern volatile uint64_t *fast_pending_word;

static struct pt_region rg;
static uint64_t *pages[GRANTS], *l4, *l4_copy, *empty_l1, *full_l1, *gdt;
static uint64_t rw_pte[2];
static evtchn_port_t self_port, loop_port;
static struct grant_entry_v1 *grants;
static char *copy_src, *copy_dst;

static uint64_t ticks(void)
{
    uint32_t lo, hi;

    asm volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return (uint64_t)hi << 32 | lo;
}

/* --- rows: each does its operation n times --- */

static void nothing(unsigned n)
{
    while (n--)
        asm volatile("" ::: "memory");
}

static void null_call(unsigned n)
{
    while (n--)
        hc_xen_version(XENVER_version, NULL);
}

static void unknown_call(unsigned n)
{
    while (n--)
        hcall(63, 0, 0, 0, 0, 0);
}

static void yield_call(unsigned n)
{
    while (n--)
        hc_sched_op(SCHEDOP_yield, NULL);
}

static void timer_call(unsigned n)
{
    while (n--)
        hc_set_timer_op(FAR_FUTURE);
}

static void stack_switch(unsigned n)
{
    while (n--)
        hc_stack_switch(FLAT_KERNEL_SS, user_stack_top);
}

static void segment_base(unsigned n)
{
    while (n--)
        hc_set_segment_base(SEGBASE_FS, 0x1000);
}

static void descriptor(unsigned n)
{
    uint64_t at = boot_mfn(gdt) << PAGE_SHIFT;

    while (n--)
        hc_update_descriptor(at, 0x00cff3000000ffff);
}

static void set_gdt(unsigned n)
{
    xen_ulong_t frame = boot_mfn(gdt);

    while (n--)
        hc_set_gdt(&frame, 512);
}

static void multicall_8(unsigned n)
{
    static struct multicall_entry m[8];

    while (n--) {
        for (int i = 0; i < 8; i++) {
            m[i].op = __HYPERVISOR_xen_version;
            m[i].args[0] = XENVER_version;
        }
        hc_multicall(m, 8);
    }
}

/* What a kernel does to switch processes: both base pointers, kernel stack, fs. */
static void process_switch(unsigned n)
{
    static struct multicall_entry m[3];
    static struct mmuext_op op[2];

    while (n--) {
        op[0].cmd = MMUEXT_NEW_BASEPTR;
        op[0].arg1.mfn = boot_mfn(n & 1 ? l4_copy : l4);
        op[1].cmd = MMUEXT_NEW_USER_BASEPTR;
        op[1].arg1.mfn = boot_mfn(user_l4);
        m[0] = (struct multicall_entry){.op = __HYPERVISOR_mmuext_op,
                                        .args = {U64(op), 2, 0, DOMID_SELF}};
        m[1] = (struct multicall_entry){.op = __HYPERVISOR_stack_switch,
                                        .args = {FLAT_KERNEL_SS, user_stack_top}};
        m[2] = (struct multicall_entry){.op = __HYPERVISOR_set_segment_base,
                                        .args = {SEGBASE_FS, 0x1000}};
        hc_multicall(m, 3);
    }
}

static void send(evtchn_port_t port, unsigned n)
{
    struct evtchn_send op = {.port = port};

    boot_shared->vcpu_info[0].evtchn_upcall_mask = 0;
    while (n--)
        hc_event_channel_op(EVTCHNOP_send, &op);
    boot_shared->vcpu_info[0].evtchn_upcall_mask = 1;
}

static void event_self(unsigned n)
{
    send(self_port, n);
}

static void event_loop(unsigned n)
{
    send(loop_port, n);
}

static void mmu_update_batch(unsigned batch, unsigned n)
{
    static struct mmu_update u[32];
    uint64_t base = boot_mfn(rg.l1) << PAGE_SHIFT;

    while (n--) {
        for (unsigned i = 0; i < batch; i++) {
            u[i].ptr = base + (64 + i) * 8;
            u[i].val = rw_pte[n & 1];
        }
        hc_mmu_update(u, batch, NULL, DOMID_SELF);
    }
}

static void mmu_update_1(unsigned n)
{
    mmu_update_batch(1, n);
}

static void mmu_update_32(unsigned n)
{
    mmu_update_batch(32, n);
}

static void va_mapping(unsigned n, uint64_t flags)
{
    uint64_t va = U64(pt_region_va(&rg, 10));

    while (n--)
        hc_update_va_mapping(va, rw_pte[n & 1], flags);
}

static void va_none(unsigned n)
{
    va_mapping(n, UVMF_NONE);
}

static void va_invlpg(unsigned n)
{
    va_mapping(n, UVMF_INVLPG);
}

static void va_flush(unsigned n)
{
    va_mapping(n, UVMF_TLB_FLUSH);
}

static void direct_write(unsigned n)
{
    volatile uint64_t *e = &rg.l1[11];

    while (n--)
        *e = rw_pte[n & 1];
}

static void ext_op(unsigned cmd, uint64_t arg, unsigned n)
{
    struct mmuext_op op = {.cmd = cmd};

    op.arg1.mfn = arg;
    while (n--)
        hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static void tlb_flush(unsigned n)
{
    ext_op(MMUEXT_TLB_FLUSH_LOCAL, 0, n);
}

static void invlpg(unsigned n)
{
    ext_op(MMUEXT_INVLPG_LOCAL, rg.va, n);
}

static void new_baseptr(unsigned n)
{
    struct mmuext_op op = {.cmd = MMUEXT_NEW_BASEPTR};

    while (n--) {
        op.arg1.mfn = boot_mfn(n & 1 ? l4_copy : l4);
        hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
    }
}

static void pin_unpin(const uint64_t *l1, unsigned n)
{
    struct mmuext_op op = {0};

    op.arg1.mfn = boot_mfn(l1);
    while (n--) {
        op.cmd = MMUEXT_PIN_L1_TABLE;
        hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
        op.cmd = MMUEXT_UNPIN_TABLE;
        hc_mmuext_op(&op, 1, NULL, DOMID_SELF);
    }
}

static void pin_empty(unsigned n)
{
    pin_unpin(empty_l1, n);
}

static void pin_full(unsigned n)
{
    pin_unpin(full_l1, n);
}

static void kernel_fault(unsigned n)
{
    while (n--)
        asm volatile("mov 0x10, %%rax" ::: "rax", "memory");
}

static void user_loop(const char *start, const char *end, unsigned n)
{
    struct regs in = user_regs();

    user_code(start, (size_t)(end - start));
    in.rdi = n;
    user_run(&in);
}

static void user_fault(unsigned n)
{
    user_loop(loop_fault, loop_fault_end, n);
}

static void user_syscall(unsigned n)
{
    user_loop(loop_syscall, loop_syscall_end, n);
}

static void user_int80(unsigned n)
{
    user_loop(loop_int80, loop_int80_end, n);
}

static void user_nothing(unsigned n)
{
    (void)n;
    user_loop(loop_empty, loop_empty_end, 1);
}

static void grant_map_batch(unsigned batch, unsigned n)
{
    static struct gnttab_map_grant_ref m[GRANTS];
    static struct gnttab_unmap_grant_ref u[GRANTS];

    while (n--) {
        for (unsigned i = 0; i < batch; i++)
            m[i] = (struct gnttab_map_grant_ref){
                .host_addr = rg.va + (128 + i) * PAGE_SIZE, .flags = GNTMAP_host_map, .ref = 8 + i};
        hc_grant_table_op(GNTTABOP_map_grant_ref, m, batch);
        for (unsigned i = 0; i < batch; i++)
            u[i] =
                (struct gnttab_unmap_grant_ref){.host_addr = m[i].host_addr, .handle = m[i].handle};
        hc_grant_table_op(GNTTABOP_unmap_grant_ref, u, batch);
    }
}

static void grant_map_1(unsigned n)
{
    grant_map_batch(1, n);
}

static void grant_map_32(unsigned n)
{
    grant_map_batch(32, n);
}

static void grant_copy_batch(unsigned batch, unsigned n)
{
    static struct gnttab_copy c[16];

    for (unsigned i = 0; i < batch; i++) {
        c[i] = (struct gnttab_copy){.len = PAGE_SIZE, .flags = GNTCOPY_source_gref};
        c[i].source.u.ref = 8 + i;
        c[i].source.domid = 0;
        c[i].dest.u.gmfn = boot_mfn(copy_dst);
        c[i].dest.domid = DOMID_SELF;
    }
    while (n--)
        hc_grant_table_op(GNTTABOP_copy, c, batch);
}

static void grant_copy_1(unsigned n)
{
    grant_copy_batch(1, n);
}

static void grant_copy_16(unsigned n)
{
    grant_copy_batch(16, n);
}

static void forced_cpuid(unsigned n)
{
    while (n--)
        asm volatile(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid" ::"a"(0x40000001), "c"(0)
                     : "ebx", "edx");
}

static void read_msr(unsigned n)
{
    while (n--)
        asm volatile("rdmsr" ::"c"(0xc0000080) : "eax", "edx");
}

static void read_cr0(unsigned n)
{
    while (n--)
        asm volatile("mov %%cr0, %%rax" ::: "rax");
}

static void read_port(unsigned n)
{
    while (n--)
        asm volatile("in $0x61, %%al" ::: "al");
}

static void balloon(unsigned n)
{
    static xen_pfn_t frame;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    uint64_t pfn = boot_pfn(pages[1]);

    set_xen_guest_handle(r.extent_start, &frame);
    while (n--) {
        frame = boot_pfn_to_mfn(pfn);
        hc_memory_op(XENMEM_decrease_reservation, &r);
        frame = pfn;
        hc_memory_op(XENMEM_populate_physmap, &r);
        ((uint64_t *)boot_info->mfn_list)[pfn] = frame;
    }
}

static void domctl_info(unsigned n)
{
    static struct xen_domctl d;

    while (n--) {
        d.cmd = XEN_DOMCTL_getdomaininfo;
        d.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
        d.domain = 0;
        hc_domctl(&d);
    }
}

/* --- set-up and the table --- */

static const struct row {
    const char *name;
    void (*run)(unsigned n);
    unsigned n, per; /* operations a run, and items in one operation */
    void (*empty)(unsigned n);
} rows[] = {
    {"null hypercall (xen_version)", null_call, 200, 1, nothing},
    {"unknown hypercall", unknown_call, 200, 1, nothing},
    {"sched_op yield, alone", yield_call, 100, 1, nothing},
    {"set_timer_op", timer_call, 200, 1, nothing},
    {"stack_switch", stack_switch, 200, 1, nothing},
    {"set_segment_base", segment_base, 200, 1, nothing},
    {"update_descriptor", descriptor, 200, 1, nothing},
    {"set_gdt", set_gdt, 100, 1, nothing},
    {"multicall of 8 null calls", multicall_8, 100, 1, nothing},
    {"process-switch multicall", process_switch, 100, 1, nothing},
    {"event send to self + upcall + iret", event_self, 200, 1, nothing},
    {"event send by interdomain loop + upcall", event_loop, 200, 1, nothing},
    {"mmu_update of 1", mmu_update_1, 100, 1, nothing},
    {"mmu_update of 32, each", mmu_update_32, 20, 32, nothing},
    {"update_va_mapping, no flush", va_none, 200, 1, nothing},
    {"update_va_mapping, invlpg", va_invlpg, 200, 1, nothing},
    {"update_va_mapping, full flush", va_flush, 200, 1, nothing},
    {"emulated write to a page table", direct_write, 100, 1, nothing},
    {"TLB flush, local", tlb_flush, 200, 1, nothing},
    {"invlpg, local", invlpg, 200, 1, nothing},
    {"base-pointer switch (new_baseptr)", new_baseptr, 100, 1, nothing},
    {"L1 pin+unpin, empty", pin_empty, 20, 1, nothing},
    {"L1 pin+unpin, 512 entries", pin_full, 5, 1, nothing},
    {"kernel #PF to guest + iret", kernel_fault, 200, 1, nothing},
    {"user #PF to guest + iret", user_fault, 200, 1, user_nothing},
    {"guest system call + iret", user_syscall, 200, 1, user_nothing},
    {"guest int 0x80 + iret", user_int80, 200, 1, user_nothing},
    {"grant map+unmap of 1", grant_map_1, 50, 1, nothing},
    {"grant map+unmap of 32, each", grant_map_32, 10, 32, nothing},
    {"grant copy of 4 KiB", grant_copy_1, 50, 1, nothing},
    {"grant copy of 16 x 4 KiB, each", grant_copy_16, 10, 16, nothing},
    {"forced-emulation cpuid", forced_cpuid, 200, 1, nothing},
    {"emulated rdmsr", read_msr, 200, 1, nothing},
    {"emulated read of cr0", read_cr0, 200, 1, nothing},
    {"emulated in from port 0x61", read_port, 200, 1, nothing},
    {"balloon: decrease + populate a page", balloon, 50, 1, nothing},
    {"domctl getdomaininfo", domctl_info, 100, 1, nothing},
    {"event by FIFO: to self + upcall + iret", fifo_self, 200, 1, nothing},
};

static uint64_t timed(void (*run)(unsigned), unsigned n)
{
    uint64_t start = ticks();

    run(n);
    return ticks() - start;
}

static uint64_t median(void (*run)(unsigned), unsigned n)
{
    uint64_t t[SAMPLES];

    run(n); /* warm up */
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t v = timed(run, n);
        unsigned j = i;

        for (; j && t[j - 1] > v; j--)
            t[j] = t[j - 1];
        t[j] = v;
    }
    return t[SAMPLES / 2];
}

static void setup_tables(void)
{
    uint64_t content[512], *victim = page_get();

    l4 = (uint64_t *)boot_info->pt_base;
    rg = pt_region(REGION_SLOT);
    user_setup();
    memcpy(content, l4, PAGE_SIZE);
    l4_copy = pt_page_with(content);
    empty_l1 = pt_page();
    for (unsigned i = 0; i < 512; i++)
        content[i] = pte_of(victim, PT_RW);
    full_l1 = pt_page_with(content);
    gdt = pt_page();
    if (pt_pin(4, l4_copy))
        error("cannot pin a second L4");
    rw_pte[0] = pte_of(page_get(), PT_RW);
    rw_pte[1] = pte_of(page_get(), PT_RW);
    for (unsigned i = 0; i < GRANTS; i++)
        pages[i] = page_get();
}

static void setup_grants(void)
{
    static xen_pfn_t frame;
    static char slot[PAGE_SIZE] aligned_page;
    struct gnttab_setup_table s = {.dom = DOMID_SELF, .nr_frames = 1};

    set_xen_guest_handle(s.frame_list, &frame);
    if (hc_grant_table_op(GNTTABOP_setup_table, &s, 1) || s.status || boot_map_mfn(slot, frame))
        error("cannot set up the grant table");
    grants = (struct grant_entry_v1 *)slot;
    copy_src = page_get();
    copy_dst = page_get();
    for (unsigned i = 0; i < GRANTS; i++)
        grants[8 + i] = (struct grant_entry_v1){.flags = GTF_permit_access,
                                                .frame = (uint32_t)boot_mfn(copy_src)};
}

static void setup_events(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_bind_interdomain bi = {.remote_dom = DOMID_SELF};
    struct callback_register cb = {.type = CALLBACKTYPE_event, .address = U64(fast_event)};

    if (hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi))
        error("cannot bind an IPI");
    self_port = ipi.port;
    loop_port = (evtchn_port_t)evtchn_alloc(DOMID_SELF);
    bi.remote_port = loop_port;
    if (hc_event_channel_op(EVTCHNOP_bind_interdomain, &bi))
        error("cannot bind a loop");
    boot_shared->evtchn_mask[0] = 0;
    boot_shared->evtchn_pending[0] = 0;
    boot_shared->vcpu_info[0].evtchn_pending_sel = 0;
    boot_shared->vcpu_info[0].evtchn_upcall_pending = 0;
    fast_pending_word = &boot_shared->evtchn_pending[0];
    if (hc_callback_op(CALLBACKOP_register, &cb))
        error("cannot set the event callback");
}

static void setup_traps(void)
{
    struct callback_register cb = {
        .type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events, .address = U64(fast_syscall)};
    struct physdev_set_iopl iopl = {.iopl = 1};

    for (struct trap_info *t = trap_table; t->address; t++) {
        if (t->vector == TRAP_PF)
            t->address = U64(fast_page_fault);
        if (t->vector == TRAP_INT80)
            t->address = U64(fast_int80);
    }
    if (hc_set_trap_table(trap_table) || hc_callback_op(CALLBACKOP_register, &cb))
        error("cannot set traps");
    hc_physdev_op(PHYSDEVOP_set_iopl, &iopl);
    hc_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
    hc_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL);
}

/* Each call tells tests/bench/path what comes: an empty run, one of the row, what is not counted. */
__attribute__((noinline)) void path_mark(void (*run)(unsigned n))
{
    run(2);
}

static void show_path(const struct row *r)
{
    r->run(4); /* warm up */
    boot_printf("path\t%s\n", r->name);
    path_mark(r->empty);
    path_mark(r->run);
    path_mark(nothing);
}

void test_main(void)
{
    size_t len;

    setup_tables();
    setup_grants();
    setup_events();
    setup_traps();
    hc_update_va_mapping(U64(pages[1]), 0, UVMF_INVLPG); /* for the balloon */
    for (unsigned i = 0; i < array_size(rows); i++) {
        const struct row *r = &rows[i];

        if (boot_option("path", &len)) {
            show_path(r);
            continue;
        }
        uint64_t all = median(r->run, r->n), none = median(r->empty, r->n);
        uint64_t operations = (uint64_t)r->n * r->per;

        boot_printf("row\t%lu\t%s\n", (all - none + operations / 2) / operations, r->name);
    }
    check(fast_events > 0, "events were delivered");
    report_memory();
}
