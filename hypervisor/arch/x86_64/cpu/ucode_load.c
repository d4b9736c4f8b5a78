/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading microcode into the CPU it runs on: Intel SDM 3A 10.11.6 and 10.11.7; AMD BKDGs, "Microcode
 * Patch Loader". */
#include <asm/cpu.h>
#include <asm/port.h>
#include <asm/ucode.h>

#define MSR_PLATFORM_ID    0x17
#define MSR_BIOS_UPDT_TRIG 0x79
#define MSR_AMD_LOADER     0xc0010020
#define INTEL_HEADER       48

static struct ucode_cpu cpu; /* what does not change, and is the same of all */

static uint32_t revision(void)
{
    if (cpu.vendor == CPU_AMD)
        return (uint32_t)rdmsr(MSR_BIOS_SIGN_ID);
    wrmsr(MSR_BIOS_SIGN_ID, 0);
    (void)cpuid(1, 0); /* writes it there */
    return (uint32_t)(rdmsr(MSR_BIOS_SIGN_ID) >> 32);
}

void ucode_identify(const struct cpu_ident *c)
{
    cpu.signature = cpuid(1, 0).a;
    if (c->vendor == CPU_INTEL && c->family >= 6) {
        cpu.vendor = CPU_INTEL;
        cpu.platform = 1u << (rdmsr(MSR_PLATFORM_ID) >> 50 & 7);
    } else if (c->vendor == CPU_AMD && c->family >= 0x10) {
        cpu.vendor = CPU_AMD;
    }
}

struct ucode_cpu ucode_this_cpu(void)
{
    struct ucode_cpu c = cpu;

    if (c.vendor != CPU_OTHER)
        c.revision = revision();
    return c;
}

/* A register that what is below may not have: then nothing happens.  (While booting there is nobody
 * to catch the fault: boot/ucode.c.) */
static void write_trigger(uint32_t msr, const void *address)
{
    uint64_t v = (uint64_t)address;

    __asm__ volatile("1: wrmsr\n2:\n"
                     ".pushsection .fixup,\"ax\"\n3: jmp 2b\n.popsection\n"
                     ".pushsection .fixup_table,\"a\"\n.quad 1b, 2b, 3b\n.popsection"
                     :
                     : "c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32))
                     : "memory");
}

bool ucode_load(const struct ucode_patch *p)
{
    if (revision() < p->revision) {              /* a sibling may have loaded it for both */
        __asm__ volatile("wbinvd" ::: "memory"); /* Intel erratum BDX90 and its kind */
        if (cpu.vendor == CPU_AMD)
            write_trigger(MSR_AMD_LOADER, p->data);
        else
            write_trigger(MSR_BIOS_UPDT_TRIG, p->data + INTEL_HEADER);
        /* Zen 1 and 2 want what was read forgotten. */
        for (uint32_t at = 0; at < p->len; at += PAGE_SIZE)
            invlpg((uint64_t)(p->data + at));
    }
    return revision() >= p->revision;
}
