/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a vCPU is saved and restored beside its context: the XSAVE area, MSRs, callbacks. */
#include <string.h>
#include <asm/policy.h>

#include "cpu.h"

/* ---- x87, SSE and AVX, of which the guest sees all ---- */
#define AREA 832 /* bytes of these three (SDM 1 13.4) */
bool policy_xcr0_valid(const struct cpu_policy *p, uint64_t val)
{
    (void)p;
    return val == 1 || val == 3 || val == 7;
}
unsigned policy_xsave_size(const struct cpu_policy *p, uint64_t xcr0, bool compacted)
{
    (void)p, (void)compacted;
    return xcr0 & 4 ? AREA : 576;
}
static uint8_t heap[AREA] __attribute__((aligned(64)));
static unsigned areas; /* allocated and not freed */
void *hv_alloc(size_t size)
{
    cr_assert(size <= sizeof(heap) && !areas++);
    return memset(heap, 0, sizeof(heap));
}
void hv_free(void *p)
{
    areas -= p == heap;
}
static unsigned paused;
void vcpu_pause(struct vcpu *v)
{
    (void)v, paused++;
}
void vcpu_unpause(struct vcpu *v)
{
    (void)v, paused--;
}

static struct domain other;
static struct vcpu moved;
static struct {
    uint64_t xcr0, accum;
    uint8_t area[AREA + 64];
} image;
static uint8_t fpu[AREA] __attribute__((aligned(64)));
static struct xen_domctl op;

static long ask(uint32_t cmd)
{
    bool copyback = false;
    long ret;

    op.cmd = cmd;
    ret = vcpu_state_domctl(&op, &other, &copyback);
    cr_expect(!areas && !paused);
    return ret;
}

static void setup(void)
{
    moved.domain = &other;
    moved.arch.fpu = fpu;
    moved.arch.xcr0 = 7;
    other.vcpu_max = 1;
    other.vcpu[0] = &moved;
    cpu_has_xsave = true;
    hv_xcr0 = 7;
    fpu_area_size = AREA;
    memset(&op, 0, sizeof(op));
}

static long xsave(uint32_t cmd, uint64_t size)
{
    op.u.vcpuextstate.size = size;
    op.u.vcpuextstate.buffer.p = (void *)&image;
    return ask(cmd);
}

CPU_TEST(moved, which_vcpu)
{
    setup();
    op.u.vcpuextstate.vcpu = 1;
    cr_expect_eq(ask(XEN_DOMCTL_getvcpuextstate), -XEN_ESRCH);
    guest.vcpu_max = 1; /* the caller's own */
    cr_expect_eq(vcpu_state_domctl(&op, &guest, &(bool){false}), -XEN_EINVAL);
}

CPU_TEST(moved, xsave_area_there_and_back)
{
    setup();
    for (unsigned i = 576; i < AREA; i++)
        fpu[i] = (uint8_t)i;
    fpu[512] = 7;
    cr_expect_eq(ask(XEN_DOMCTL_getvcpuextstate), 0);
    cr_expect(op.u.vcpuextstate.size == AREA + 16 && op.u.vcpuextstate.xfeature_mask == 7);
    cr_expect_eq(xsave(XEN_DOMCTL_getvcpuextstate, AREA + 15), -XEN_EINVAL);
    cr_expect_eq(xsave(XEN_DOMCTL_getvcpuextstate, AREA + 17), -XEN_EINVAL);
    op.u.vcpuextstate.xfeature_mask = 3;
    cr_expect_eq(xsave(XEN_DOMCTL_getvcpuextstate, AREA + 16), -XEN_EINVAL);
    op.u.vcpuextstate.xfeature_mask = 7;
    cr_expect_eq(xsave(XEN_DOMCTL_getvcpuextstate, AREA + 16), 0);
    cr_expect(image.xcr0 == 7 && image.accum == 7 && !memcmp(image.area, fpu, AREA));
    memset(fpu, 0, sizeof(fpu));
    moved.arch.xcr0 = 1;
    cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, AREA + 16), 0);
    cr_expect(moved.arch.xcr0 == 7 && !memcmp(image.area, fpu, AREA));
    image.xcr0 = image.accum = 0;
    cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, 16), 0, "never used any");
    cr_expect(moved.arch.xcr0 == 7 && !memcmp(image.area, fpu, AREA));
}

/* What XRSTOR or XSETBV would fault on, and what goes with another size, is refused whole. */
CPU_TEST(moved, xsave_area_that_lies)
{
    const struct {
        uint64_t xcr0, accum, size, in_use, format;
    } bad[] = {{7, 3, 576, 3, 0},       {2, 7, AREA, 2, 0}, {15, 15, AREA, 7, 0},
               {7, 15, AREA, 7, 0},     {0, 7, AREA, 7, 0}, {7, 7, AREA - 1, 7, 0},
               {7, 7, AREA + 64, 7, 0}, {1, 1, 576, 7, 0},  {7, 7, AREA, 8, 0},
               {7, 7, AREA, 7, 1},      {0, 0, AREA, 0, 0}};

    setup();
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        memset(&image, 0, sizeof(image));
        image.xcr0 = bad[i].xcr0;
        image.accum = bad[i].accum;
        image.area[512] = (uint8_t)bad[i].in_use;
        image.area[520] = (uint8_t)bad[i].format; /* XCOMP_BV */
        cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, bad[i].size + 16), -XEN_EINVAL, "%u", i);
    }
    memset(&image, 0, sizeof(image));
    image.xcr0 = image.accum = 7;
    memset(image.area + 24, 0xff, 4);
    cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, AREA + 16), -XEN_EINVAL, "MXCSR");
    cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, 15), -XEN_EINVAL);
    for (unsigned i = 0; i < AREA; i++)
        cr_expect(!fpu[i]);
    cpu_has_xsave = false;
    cr_expect_eq(xsave(XEN_DOMCTL_setvcpuextstate, AREA + 16), -XEN_EINVAL);
    cr_expect_eq(xsave(XEN_DOMCTL_getvcpuextstate, AREA + 16), 0);
    cr_expect_eq(op.u.vcpuextstate.size, 0);
}

static struct xen_domctl_vcpu_msr msrs[8];
static long ask_msrs(uint32_t cmd, uint32_t count)
{
    op.u.vcpu_msrs.msrs.p = msrs;
    op.u.vcpu_msrs.msr_count = count;
    return ask(cmd);
}

CPU_TEST(moved, msrs_there_and_back)
{
    setup();
    cr_expect(ask(XEN_DOMCTL_get_vcpu_msrs) == 0 && op.u.vcpu_msrs.msr_count == 2);
    cr_expect(ask_msrs(XEN_DOMCTL_get_vcpu_msrs, 0) == 0 && op.u.vcpu_msrs.msr_count == 0);
    moved.arch.tsc_aux = 5;
    moved.arch.spec_ctrl = SPEC_CTRL_STIBP;
    cr_expect_eq(ask_msrs(XEN_DOMCTL_get_vcpu_msrs, 1), -XEN_ENOBUFS);
    cr_expect(ask_msrs(XEN_DOMCTL_get_vcpu_msrs, 8) == 0 && op.u.vcpu_msrs.msr_count == 2);
    cr_expect(msrs[0].index == MSR_SPEC_CTRL && msrs[0].value == SPEC_CTRL_STIBP);
    cr_expect(msrs[1].index == MSR_TSC_AUX && msrs[1].value == 5 && !msrs[1].reserved);
    moved.arch.tsc_aux = 0;
    moved.arch.spec_ctrl = 0;
    cr_expect(ask_msrs(XEN_DOMCTL_set_vcpu_msrs, 2) == 0 && op.u.vcpu_msrs.msr_count == 2);
    cr_expect(moved.arch.tsc_aux == 5 && moved.arch.spec_ctrl == SPEC_CTRL_STIBP);
    cr_expect_eq(cpu.msr_writes, 0, "it does not run");
}

/* Those of which Xen keeps more (the masks of debug registers, faults on CPUID) are taken and not kept;
 * of the rest the first bad one is named, and those before it are set. */
CPU_TEST(moved, msrs_that_are_not_ours)
{
    const struct xen_domctl_vcpu_msr bad[] = {{.index = MSR_PAT},
                                              {.index = MSR_TSC_AUX, .reserved = 1},
                                              {.index = MSR_TSC_AUX, .value = 1ul << 32},
                                              {.index = MSR_SPEC_CTRL, .value = 4}};

    setup();
    msrs[0] = (struct xen_domctl_vcpu_msr){.index = MSR_TSC_AUX, .value = 9};
    msrs[1] = (struct xen_domctl_vcpu_msr){.index = 0xc0011027, .value = 1};
    cr_expect_eq(ask_msrs(XEN_DOMCTL_set_vcpu_msrs, 2), 0);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        msrs[0].value++;
        msrs[2] = bad[i];
        cr_expect_eq(ask_msrs(XEN_DOMCTL_set_vcpu_msrs, 3), -XEN_EINVAL, "%u", i);
        cr_expect(op.u.vcpu_msrs.msr_count == 2 && moved.arch.tsc_aux == msrs[0].value &&
                  !moved.arch.spec_ctrl);
    }
    for (unsigned i = 0; i < 8; i++)
        msrs[i] = msrs[0];
    cr_expect_eq(ask_msrs(XEN_DOMCTL_set_vcpu_msrs, 8), -XEN_EINVAL, "more than there are");
}

CPU_TEST(moved, callbacks_there_and_back)
{
    struct xen_domctl_ext_vcpucontext *c = &op.u.ext_vcpucontext;

    setup();
    moved.arch.callback[CALLBACKTYPE_syscall32] = CALLBACK(CALLBACKTYPE_syscall32);
    moved.arch.callback[CALLBACKTYPE_sysenter] = CALLBACK(CALLBACKTYPE_sysenter);
    moved.arch.cb_masks = 1 << CALLBACKTYPE_sysenter | 1 << CALLBACKTYPE_event;
    cr_expect_eq(ask(XEN_DOMCTL_get_ext_vcpucontext), 0);
    cr_expect(c->sysenter_disables_events && !c->syscall32_disables_events);
    c->syscall32_disables_events = 1;
    c->sysenter_disables_events = 0;
    moved.arch.callback[CALLBACKTYPE_syscall32] = 0;
    cr_expect_eq(ask(XEN_DOMCTL_set_ext_vcpucontext), 0);
    cr_expect_eq(moved.arch.callback[CALLBACKTYPE_syscall32], CALLBACK(CALLBACKTYPE_syscall32));
    cr_expect_eq(moved.arch.cb_masks, 1 << CALLBACKTYPE_syscall32 | 1 << CALLBACKTYPE_event);
    c->sysenter_callback_eip = 1ul << 47; /* an IRET or SYSRET there would fault in ring 0 */
    cr_expect_eq(ask(XEN_DOMCTL_set_ext_vcpucontext), -XEN_EINVAL);
    c->sysenter_callback_eip = HYPERVISOR_VIRT_START;
    cr_expect_eq(ask(XEN_DOMCTL_set_ext_vcpucontext), -XEN_EINVAL);
    c->sysenter_callback_eip = 0;
    c->size = 8;
    cr_expect_eq(ask(XEN_DOMCTL_set_ext_vcpucontext), -XEN_EINVAL);
}
