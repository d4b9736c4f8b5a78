/* SPDX-License-Identifier: BSD-2-Clause */
/* FPU, SSE and AVX state: saved when a vCPU leaves a CPU, restored when it comes; never lazily. */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/lib.h>
#include <asm/policy.h>
#include <asm/vcpu.h>

uint64_t hv_xcr0;
unsigned fpu_area_size = 512;
bool cpu_has_xsave, cpu_has_xsaveopt, cpu_has_fsgsbase;

static uint32_t mxcsr_mask;
/* The CPU restores the x87 pointers (last instruction, operand, opcode) only with a pending
 * exception: else they would stay those of another guest.  AMD and Hygon, unless they say not so
 * (APM 3, CPUID 8000_0008). */
bool cpu_keeps_fpu_pointers;
#define RESTORES_POINTERS (1u << 2) /* EBX: RstrFpErrPtrs */

static bool fpu_keeps_pointers(void)
{
    uint32_t vendor = cpuid(0, 0).b; /* "Auth"enticAMD, "Hygo"nGenuine */

    if (vendor != 0x68747541 && vendor != 0x6f677948)
        return false;
    return cpuid(0x80000000, 0).a < 0x80000008 || !(cpuid(0x80000008, 0).b & RESTORES_POINTERS);
}

void fpu_features_init(void)
{
    cpu_keeps_fpu_pointers = fpu_keeps_pointers();
    cpu_has_fsgsbase = policy_has(&raw_policy, XEN_X86_FEATURE_FSGSBASE);
    cpu_has_xsave = policy_has(&max_policy, XEN_X86_FEATURE_XSAVE);
    cpu_has_xsaveopt = policy_has(&max_policy, XEN_X86_FEATURE_XSAVEOPT);
    hv_xcr0 = policy_xcr0(&max_policy);
}

static void xsetbv(uint64_t v)
{
    __asm__ volatile("xsetbv" ::"a"((uint32_t)v), "d"((uint32_t)(v >> 32)), "c"(0));
}

/* Bits of MXCSR that this CPU knows, from an image it writes itself (SDM 1 11.6.6). */
static void find_mxcsr_mask(void)
{
    uint8_t image[512] __attribute__((aligned(16))) = {0};
    uint32_t mask;

    __asm__ volatile("fxsaveq %0" : "+m"(image));
    memcpy(&mask, image + 28, sizeof(mask));
    mxcsr_mask = mask ? mask : 0xffbf;
}

void fpu_init_cpu(void)
{
    find_mxcsr_mask();
    if (!cpu_has_xsave)
        return;
    xsetbv(hv_xcr0);
    fpu_area_size = cpuid(0xd, 0).b;
    CHECK(fpu_area_size <= PAGE_SIZE);
    this_pcpu()->xcr0 = hv_xcr0;
}

void *fpu_alloc(void)
{
    uint8_t *area = hv_alloc(max(fpu_area_size, 64u));

    if (!area)
        return NULL;
    CHECK(!((uint64_t)area & 63));
    *(uint16_t *)area = 0x37f;         /* FCW after FNINIT (SDM 1 8.1.5) */
    *(uint32_t *)(area + 24) = 0x1f80; /* MXCSR at reset */
    return area;
}

bool fpu_area_valid(const uint8_t *area)
{
    const uint64_t *header = (const uint64_t *)(area + 512);
    uint32_t mxcsr = *(const uint32_t *)(area + 24);

    if (mxcsr & ~mxcsr_mask)
        return false;
    if (!cpu_has_xsave)
        return true;
    if (header[0] & ~hv_xcr0)
        return false;
    for (unsigned i = 1; i < 8; i++) /* no compacted format */
        if (header[i])
            return false;
    return true;
}

/* x87 and SSE from an FXSAVE image; a guest's MXCSR may hold anything, and FXRSTOR would fault. */
void fpu_set_legacy(uint8_t *area, const void *image)
{
    memcpy(area, image, 512);
    *(uint32_t *)(area + 24) &= mxcsr_mask;
    if (cpu_has_xsave) /* present in the image, or XRSTOR takes their reset state */
        *(uint64_t *)(area + 512) |= 3;
}

/* Everything hardware holds is saved under hv_xcr0, whatever part the guest has enabled. */
static void use_xcr0(uint64_t v)
{
    if (this_pcpu()->xcr0 != v) {
        this_pcpu()->xcr0 = v;
        xsetbv(v);
    }
}

void fpu_save(struct vcpu *v)
{
    __asm__ volatile("clts");
    if (!cpu_has_xsave) {
        __asm__ volatile("fxsaveq (%0)" ::"r"(v->arch.fpu) : "memory");
        return;
    }
    use_xcr0(hv_xcr0);
    if (cpu_has_xsaveopt)
        __asm__ volatile("xsaveopt64 (%0)" ::"r"(v->arch.fpu), "a"(-1), "d"(-1) : "memory");
    else
        __asm__ volatile("xsave64 (%0)" ::"r"(v->arch.fpu), "a"(-1), "d"(-1) : "memory");
}

/* Gives the pointers a value of ours, if the image to come would leave them alone. */
static void reset_pointers(const uint8_t *area)
{
    static const int32_t zero;

    if (!(*(const uint16_t *)(area + 2) & 0x80)) /* FSW.ES */
        __asm__ volatile("fnclex; emms; fildl %0" ::"m"(zero));
}

void fpu_restore(struct vcpu *v)
{
    __asm__ volatile("clts");
    if (cpu_keeps_fpu_pointers)
        reset_pointers(v->arch.fpu);
    if (!cpu_has_xsave) {
        __asm__ volatile("fxrstorq (%0)" ::"r"(v->arch.fpu) : "memory");
    } else {
        use_xcr0(hv_xcr0);
        __asm__ volatile("xrstor64 (%0)" ::"r"(v->arch.fpu), "a"(-1), "d"(-1) : "memory");
        use_xcr0(v->arch.xcr0);
    }
    if (v->arch.fpu_ts)
        write_cr0(read_cr0() | CR0_TS);
}
