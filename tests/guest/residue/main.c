/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * residue: memory, registers or the padding of a structure are not cleared for the next reader
 * (kind G of the advisories, as XSA-100, 122, 132, 165 and 267).
 *
 * What was possible: a guest read what the hypervisor, or another domain, had left on a stack, in a
 * page, or in the registers of the floating-point unit.
 * Why: a structure was filled field by field and copied as a whole; a page was given out as it was.
 * What must happen: what nobody filled is zero, or is not written at all; new memory reads zero; a
 * new vCPU has the architecture's initial registers.
 */
#include "pt.h"
#include "report.h"
#include "self.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <front/trap.h>

#define CANARY 0xa5
#define PAGES  64
#define MS     1000000ull

/* Bad bytes between two fields. */
#define padding(p, type, before, behind)                                                           \
    foreign(p, __builtin_offsetof(type, before) + sizeof((p)->before),                             \
            __builtin_offsetof(type, behind))

/* Bytes that are neither zero nor untouched. */
static unsigned foreign(const void *p, size_t from, size_t to)
{
    const uint8_t *bytes = p;
    unsigned n = 0;

    for (size_t i = from; i < to; i++)
        n += bytes[i] && bytes[i] != CANARY;
    return n;
}

/* What is behind a text's end in its array. */
static unsigned behind(const char *text, size_t size)
{
    size_t len = 0;

    while (len < size && text[len])
        len++;
    return foreign(text, len, size);
}

static void test_version(void)
{
    static union {
        struct xen_compile_info compile;
        xen_extraversion_t extra;
        xen_capabilities_info_t caps;
        xen_changeset_info_t changeset;
        xen_commandline_t cmdline;
    } u;

    memset(&u, CANARY, sizeof(u));
    check_eq(hc_xen_version(XENVER_compile_info, &u), 0, "XENVER_compile_info");
    check_eq(behind(u.compile.compiler, sizeof(u.compile.compiler)), 0, "behind the compiler");
    check_eq(behind(u.compile.compile_by, sizeof(u.compile.compile_by)), 0, "behind who");
    check_eq(behind(u.compile.compile_domain, sizeof(u.compile.compile_domain)), 0, "behind where");
    check_eq(behind(u.compile.compile_date, sizeof(u.compile.compile_date)), 0, "behind when");
    memset(&u, CANARY, sizeof(u));
    check_eq(hc_xen_version(XENVER_extraversion, &u), 0, "XENVER_extraversion");
    check_eq(behind(u.extra, sizeof(u.extra)), 0, "behind its end");
    memset(&u, CANARY, sizeof(u));
    check_eq(hc_xen_version(XENVER_capabilities, &u), 0, "XENVER_capabilities");
    check_eq(behind(u.caps, sizeof(u.caps)), 0, "behind its end");
    memset(&u, CANARY, sizeof(u));
    check_eq(hc_xen_version(XENVER_changeset, &u), 0, "XENVER_changeset");
    check_eq(behind(u.changeset, sizeof(u.changeset)), 0, "behind its end");
}

/* Leaves bytes of ours, neither zero nor CANARY, on the hypervisor's stack: what it reads before it
 * refuses the call. */
static void stain(void)
{
    static uint64_t ones[16];

    memset(ones, 0xff, sizeof(ones));
    check_eq(hc_set_gdt(ones, 14 * 512), -EINVAL, "set_gdt with frames that are none");
    for (unsigned cmd = 0; cmd < 12; cmd++)
        hc_grant_table_op(cmd, ones, 1);
}

static void test_structures(void)
{
    static struct vcpu_runstate_info run;
    static struct gnttab_query_size q;
    static struct evtchn_status s;
    static struct {
        struct xen_machphys_mapping mapping;
        uint8_t more[64];
    } big;

    stain();
    memset(&run, CANARY, sizeof(run));
    check_eq(hc_vcpu_op(VCPUOP_get_runstate_info, 0, &run), 0, "runstate");
    check_eq(padding(&run, struct vcpu_runstate_info, state, state_entry_time), 0, "its padding");
    memset(&q, CANARY, sizeof(q));
    q.dom = DOMID_SELF;
    check_eq(hc_grant_table_op(GNTTABOP_query_size, &q, 1), 0, "grant query_size");
    check_eq(padding(&q, struct gnttab_query_size, dom, nr_frames), 0, "its padding");
    memset(&s, CANARY, sizeof(s));
    s.dom = DOMID_SELF;
    s.port = 3000;
    check_eq(hc_event_channel_op(EVTCHNOP_status, &s), -EINVAL, "status of a port that never was");
    check_eq(padding(&s, struct evtchn_status, dom, port), 0, "its padding");
    memset(&big, CANARY, sizeof(big));
    check_eq(hc_memory_op(XENMEM_machphys_mapping, &big), 0, "machphys_mapping");
    check_eq(foreign(big.more, 0, sizeof(big.more)), 0, "nothing behind it is written");
}

/* Frames that this domain never had. */
static void test_new_memory(void)
{
    static xen_pfn_t list[PAGES];
    struct xen_memory_reservation r = {.nr_extents = PAGES, .domid = DOMID_SELF};
    struct pt_region rg = pt_region(2);
    unsigned dirty = 0;
    long got;

    set_xen_guest_handle(r.extent_start, list);
    got = hc_memory_op(XENMEM_increase_reservation, &r);
    if (got < 1) {
        skip("no more memory than at the start");
        return;
    }
    for (long i = 0; i < got; i++) {
        const uint64_t *page = pt_region_va(&rg, (unsigned)i);
        unsigned n = 0;

        if (pt_write(&rg.l1[i], list[i] << PAGE_SHIFT | PT_RW))
            error("cannot map new memory");
        while (n < 512 && !page[n])
            n++;
        dirty += n < 512;
        pt_write(&rg.l1[i], 0);
    }
    check_eq(dirty, 0, "%ld new pages read zero", got);
    r.nr_extents = (unsigned long)got;
    check_eq(hc_memory_op(XENMEM_decrease_reservation, &r), got, "and go back");
}

static char stack1[STACK_SIZE] __attribute__((aligned(STACK_SIZE)));
static struct vcpu_guest_context ctx;
static uint8_t image[512] __attribute__((aligned(16)));
static volatile bool saved;

static void second(void *arg)
{
    (void)arg;
    asm volatile("fxsave64 %0" : "=m"(image));
    saved = true;
    for (;;)
        hc_vcpu_op(VCPUOP_down, 1, NULL);
}

/* XSA-165, 267: the registers of a vCPU that never used them, on a machine where others did. */
static void test_fresh_registers(void)
{
    static const uint64_t secret[2] = {0x5ec2e75ec2e7, 0x5ec2e75ec2e7};
    uint64_t limit = boot_now() + 3000 * MS;
    uint16_t fcw;
    uint32_t mxcsr;

    *(unsigned *)stack1 = 1; /* cpu_id() */
    ctx.flags = VGCF_in_kernel;
    ctx.user_regs.rip = U64(entry_vcpu);
    ctx.user_regs.rsp = U64(stack1) + STACK_SIZE;
    ctx.user_regs.rdi = U64(second);
    ctx.user_regs.cs = FLAT_KERNEL_CS;
    ctx.user_regs.ss = FLAT_KERNEL_SS;
    ctx.kernel_ss = FLAT_KERNEL_SS;
    ctx.kernel_sp = U64(stack1) + STACK_SIZE;
    ctx.ctrlreg[3] = xen_pfn_to_cr3(boot_mfn((void *)boot_info->pt_base));
    asm volatile("fninit; fldpi; fldpi; movdqu %0, %%xmm0; movdqu %0, %%xmm7; movdqu %0, %%xmm15"
                 :
                 : "m"(secret));
    if (hc_vcpu_op(VCPUOP_initialise, 1, &ctx) || hc_vcpu_op(VCPUOP_up, 1, NULL))
        error("cannot start a second vCPU");
    while (!saved && boot_now() < limit)
        hc_sched_op(SCHEDOP_yield, NULL);
    check(saved, "the second vCPU saved its registers");
    memcpy(&fcw, image, sizeof(fcw));
    memcpy(&mxcsr, image + 24, sizeof(mxcsr));
    check_eq(fcw, 0x37f, "FCW");
    check_eq(mxcsr, 0x1f80, "MXCSR");
    check_eq(foreign(image, 2, 24), 0, "x87 status, tags and pointers are zero");
    check_eq(foreign(image, 32, 160), 0, "x87 registers are zero");
    check_eq(foreign(image, 160, 416), 0, "SSE registers are zero");
}

void test_main(void)
{
    test_version();
    test_structures();
    test_new_memory();
    test_fresh_registers();
}
