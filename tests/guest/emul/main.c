/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * emul: privileged instructions in a PV kernel: control registers, MSRs, CPUID natively and by the
 * forced-emulation prefix, port I/O with its permissions, cache and halt instructions.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>
#include <xen/arch-x86/cpuid.h>

#define GP(e)           ((long)TRAP_FAULT(TRAP_GP, e))
#define UD              ((long)TRAP_FAULT(TRAP_UD, 0))
#define MSR_EFER        0xc0000080
#define MSR_STAR        0xc0000081
#define MSR_LSTAR       0xc0000082
#define MSR_FS_BASE     0xc0000100
#define MSR_GS_BASE     0xc0000101
#define MSR_KERNEL_GS   0xc0000102
#define MSR_APIC_BASE   0x1b
#define MSR_PAT         0x277
#define MSR_MISC_ENABLE 0x1a0

static uint64_t read_cr(int n, uint64_t *v)
{
    uint64_t fault = 0, x = 0;

    switch (n) {
    case 0:
        asm volatile(TRAP_PROBE("mov %%cr0, %[x]") : "+D"(fault), [x] "+r"(x));
        break;
    case 2:
        asm volatile(TRAP_PROBE("mov %%cr2, %[x]") : "+D"(fault), [x] "+r"(x));
        break;
    case 3:
        asm volatile(TRAP_PROBE("mov %%cr3, %[x]") : "+D"(fault), [x] "+r"(x));
        break;
    case 4:
        asm volatile(TRAP_PROBE("mov %%cr4, %[x]") : "+D"(fault), [x] "+r"(x));
        break;
    default:
        asm volatile(TRAP_PROBE("mov %%cr8, %[x]") : "+D"(fault), [x] "+r"(x));
    }
    *v = x;
    return fault;
}

static void test_control_registers(void)
{
    uint64_t v, fault = 0, cr0, cr4;

    check_eq((long)read_cr(0, &cr0), 0, "read cr0");
    check((cr0 & 0x80000001) == 0x80000001, "cr0 has PG and PE (%lx)", cr0);
    check_eq((long)read_cr(2, &v), 0, "read cr2");
    check_eq((long)read_cr(3, &v), 0, "read cr3");
    check_eq((long)v, (long)(boot_mfn((void *)boot_info->pt_base) << PAGE_SHIFT),
             "cr3 is the base table");
    check_eq((long)read_cr(4, &cr4), 0, "read cr4");
    check(cr4 & 0x20, "cr4 has PAE (%lx)", cr4);
    check_eq((long)read_cr(8, &v), GP(0), "cr8 is refused");
    asm volatile(TRAP_PROBE("mov %[x], %%cr0") : "+D"(fault) : [x] "r"(cr0 | 8));
    check_eq((long)fault, 0, "write cr0.TS");
    read_cr(0, &v);
    check_eq((long)(v & 8), 8, "reads back");
    asm volatile(TRAP_PROBE("clts") : "+D"(fault));
    check_eq((long)fault, 0, "clts");
    read_cr(0, &v);
    check_eq((long)(v & 8), 0, "clears it");
    asm volatile(TRAP_PROBE("mov %[x], %%cr0") : "+D"(fault) : [x] "r"(cr0 & ~1ul));
    check_eq((long)fault, GP(0), "cr0 without PE is refused");
    asm volatile(TRAP_PROBE("mov %[x], %%cr2") : "+D"(fault) : [x] "r"(0x5678ul));
    fault = 0;
    read_cr(2, &v);
    check_eq((long)v, 0x5678, "write cr2");
    asm volatile(TRAP_PROBE("mov %[x], %%cr3")
                 : "+D"(fault)
                 : [x] "r"(boot_mfn((void *)boot_info->pt_base) << PAGE_SHIFT)
                 : "memory");
    check_eq((long)fault, 0, "write cr3, same table");
    asm volatile(TRAP_PROBE("mov %[x], %%cr3") : "+D"(fault) : [x] "r"(0x100000ul) : "memory");
    check_eq((long)fault, GP(0), "write cr3, hypervisor's frame");
    fault = 0;
    asm volatile(TRAP_PROBE("mov %[x], %%cr4") : "+D"(fault) : [x] "r"(cr4) : "memory");
    check_eq((long)fault, 0, "write cr4, same value");
}

static void test_msrs(void)
{
    uint64_t v, efer;

    check_eq((long)probe_rdmsr(MSR_EFER, &efer), 0, "rdmsr EFER");
    check((efer & 0x500) == 0x500, "EFER has LME and LMA (%lx)", efer);
    check_eq((long)probe_wrmsr(MSR_EFER, efer), 0, "wrmsr EFER, same value");
    check_eq((long)probe_rdmsr(0x12345678, &v), GP(0), "rdmsr of no register");
    check_eq((long)probe_wrmsr(0x12345678, 0), GP(0), "wrmsr of no register");
    check_eq((long)probe_wrmsr(MSR_FS_BASE, 0x1000), 0, "wrmsr FS_BASE");
    check_eq((long)probe_rdmsr(MSR_FS_BASE, &v), 0, "rdmsr FS_BASE");
    check_eq((long)v, 0x1000, "reads back");
    check_eq((long)probe_wrmsr(MSR_FS_BASE, 0x8000000000000000), GP(0), "non-canonical FS_BASE");
    check_eq((long)probe_wrmsr(MSR_GS_BASE, 0x2000), 0, "wrmsr GS_BASE");
    check_eq((long)probe_wrmsr(MSR_KERNEL_GS, 0x3000), 0, "wrmsr KERNEL_GS_BASE");
    check_eq((long)probe_rdmsr(MSR_KERNEL_GS, &v), 0, "rdmsr KERNEL_GS_BASE");
    check_eq((long)v, 0x3000, "reads back");
    check_eq((long)probe_rdmsr(MSR_APIC_BASE, &v), 0, "rdmsr APIC_BASE");
    check_eq((long)probe_rdmsr(MSR_PAT, &v), 0, "rdmsr PAT");
    boot_printf("# PAT %lx\n", v);
    check_eq((long)v, 0x0000050100070406, "PAT as the hypervisor sets it");
    check_eq((long)probe_rdmsr(MSR_LSTAR, &v), GP(0), "rdmsr LSTAR");
    check_eq((long)probe_wrmsr(MSR_LSTAR, 0), GP(0), "wrmsr LSTAR");
    check_eq((long)probe_rdmsr(MSR_STAR, &v), GP(0), "rdmsr STAR");
    check_eq((long)probe_rdmsr(MSR_MISC_ENABLE, &v), 0, "rdmsr MISC_ENABLE");
}

static void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    asm volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}

static void xen_cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    asm volatile(".byte 0x0f,0x0b,0x78,0x65,0x6e; cpuid"
                 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                 : "a"(leaf), "c"(sub));
}

static void test_cpuid(void)
{
    uint32_t r[4], n[4];

    xen_cpuid(XEN_CPUID_FIRST_LEAF, 0, r);
    check_eq(r[1], XEN_CPUID_SIGNATURE_EBX, "Xen leaf: signature 1");
    check_eq(r[2], XEN_CPUID_SIGNATURE_ECX, "Xen leaf: signature 2");
    check_eq(r[3], XEN_CPUID_SIGNATURE_EDX, "Xen leaf: signature 3");
    check(r[0] >= XEN_CPUID_LEAF(2) && r[0] <= XEN_CPUID_LEAF(5), "number of leaves (%x)", r[0]);
    xen_cpuid(XEN_CPUID_LEAF(1), 0, r);
    check_eq(r[0], 4 << 16 | 17, "leaf 1 is the version");
    xen_cpuid(XEN_CPUID_LEAF(2), 0, r);
    check_eq(r[0], 1, "leaf 2: one hypercall page");
    check_eq(r[2] & XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, 1, "leaf 2: PRESERVE_AD");
    xen_cpuid(XEN_CPUID_LEAF(3), 0, r);
    boot_printf("# time leaf %x %x %x %x\n", r[0], r[1], r[2], r[3]);
    xen_cpuid(1, 0, r);
    boot_printf("# leaf 1 edx %x ecx %x\n", r[3], r[2]);
    check(r[3] & (1 << 6), "PAE");
    check(r[2] & (1u << 31), "hypervisor bit");
    check(!(r[2] & (1 << 5)), "no VMX");
    check(!(r[2] & (1 << 3)), "no MONITOR");
    boot_printf("# MTRR bit %u\n", r[3] >> 12 & 1);
    xen_cpuid(0x80000001, 0, r);
    check(r[3] & (1 << 29), "long mode");
    check(r[3] & (1 << 20), "NX");
    check(!(r[2] & (1 << 2)), "no SVM");
    cpuid(XEN_CPUID_FIRST_LEAF, 0, n);
    boot_printf("# native cpuid 40000000: %x %x\n", n[0], n[1]);
}

static uint64_t probe_in(uint16_t port, uint8_t *v)
{
    uint64_t fault = 0;
    uint8_t x = 0;

    asm volatile(TRAP_PROBE("in %%dx, %%al") : "+D"(fault), "+a"(x) : "d"(port));
    *v = x;
    return fault;
}

static uint64_t probe_out(uint16_t port, uint8_t v)
{
    uint64_t fault = 0;

    asm volatile(TRAP_PROBE("out %%al, %%dx") : "+D"(fault) : "a"(v), "d"(port));
    return fault;
}

static void test_ports(void)
{
    struct physdev_set_iopl iopl = {.iopl = 1};
    uint8_t v;

    check_eq((long)probe_in(0x61, &v), GP(0), "port 0x61 before set_iopl");
    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0, "set_iopl(1)");
    check_eq((long)probe_in(0x61, &v), 0, "port 0x61, initial domain");
    check_eq((long)probe_out(0x80, 0), 0, "port 0x80");
    check_eq((long)probe_in(0x20, &v), 0, "the PIC answers, but not really");
    check_eq(v, 0xff, "a refused port reads as ones");
    check_eq((long)probe_in(0x3f8, &v), 0, "the hypervisor's serial port");
    check_eq(v, 0xff, "reads as ones");
    check_eq((long)probe_out(0xcf8, 0), 0, "PCI address port");
    iopl.iopl = 4;
    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), -EINVAL, "set_iopl(4)");
    iopl.iopl = 0;
    check_eq(hc_physdev_op(PHYSDEVOP_set_iopl, &iopl), 0, "set_iopl(0)");
    check_eq((long)probe_in(0x61, &v), GP(0), "port 0x61 is closed again");
}

static void test_iobitmap(void)
{
    static uint8_t bitmap[8192];
    struct physdev_set_iobitmap bm = {.nr_ports = 65536};
    uint8_t v;

    bm.bitmap.p = bitmap;
    memset(bitmap, 0xff, sizeof(bitmap));
    check_eq(hc_physdev_op(PHYSDEVOP_set_iobitmap, &bm), 0, "set_iobitmap");
    check_eq((long)probe_in(0x61, &v), GP(0), "the kernel needs IOPL, not the bitmap");
    bm.nr_ports = 65537;
    check_eq(hc_physdev_op(PHYSDEVOP_set_iobitmap, &bm), -EINVAL, "65537 ports");
}

static void test_other(void)
{
    uint8_t desc[10];
    uint64_t fault = 0;

    check_eq((long)probe_insn("wbinvd"), 0, "wbinvd");
    check_eq((long)probe_insn("hlt"), GP(0), "hlt");
    check_eq((long)probe_insn("cli"), GP(0), "cli");
    check_eq((long)probe_insn("sti"), GP(0), "sti");
    check_eq((long)probe_insn("invd"), GP(0), "invd");
    check_eq((long)probe_insn("swapgs"), GP(0), "swapgs");
    asm volatile(TRAP_PROBE("lgdt (%[d])") : "+D"(fault) : [d] "r"(desc));
    check_eq((long)fault, GP(0), "lgdt");
    asm volatile(TRAP_PROBE("lidt (%[d])") : "+D"(fault) : [d] "r"(desc));
    check_eq((long)fault, GP(0), "lidt");
    fault = 0;
    asm volatile(TRAP_PROBE("invlpg (%[d])") : "+D"(fault) : [d] "r"(desc));
    check_eq((long)fault, GP(0), "invlpg");
    fault = 0;
    asm volatile(TRAP_PROBE("rdtsc") : "+D"(fault) : : "rax", "rdx");
    check_eq((long)fault, 0, "rdtsc");
    asm volatile(TRAP_PROBE("sysretq") : "+D"(fault)::"rcx", "r11");
    check(fault != 0, "sysret is refused (%lx)", fault);
}

void test_main(void)
{
    test_control_registers();
    test_msrs();
    test_cpuid();
    test_ports();
    test_iobitmap();
    test_other();
}
