/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * desc: set_gdt, update_descriptor and LDT pages: which descriptors a guest may have (no gates, no
 * system segments, nothing of privilege 0), what the hypervisor changes in them, and that a
 * descriptor page cannot be written.
 */
#include "probe.h"
#include "pt.h"
#include "report.h"
#include <front/boot.h>
#include <front/hcall.h>
#include <front/lib.h>

#define DATA_DPL3 0x00cff3000000ffff
#define CODE_DPL3 0x00affb000000ffff
#define DATA_DPL0 0x00cf93000000ffff
#define CODE_DPL1 0x00afbb000000ffff
#define CALL_GATE 0x0000ec00e008ffff /* to the hypervisor's code segment */
#define INT_GATE  0x0000ee000000ffff
#define TSS_DESC  0x0000e9000000ffff
#define LDT_DESC  0x0000e2000000ffff
#define CONFORM   0x00afff000000ffff

static uint64_t *gdt;

static long update(const uint64_t *slot, uint64_t desc)
{
    return hc_update_descriptor(boot_mfn(slot) << PAGE_SHIFT | (U64(slot) & ~PAGE_MASK), desc);
}

static void test_set_gdt(void)
{
    xen_ulong_t frames[16] = {0};
    uint64_t *plain = page_get();
    uint16_t sel;

    frames[0] = boot_mfn(plain);
    check_eq(hc_set_gdt(frames, 512), -EINVAL, "a page that is mapped writable");
    frames[0] = boot_mfn(gdt);
    check_eq(hc_set_gdt(frames, 512), 0, "set_gdt");
    check_eq(pt_rw(gdt), -EBUSY, "its page cannot be mapped writable");
    check_eq(pt_pin(1, gdt), -EINVAL, "nor become a page table");
    check_eq(hc_set_gdt(frames, 513), -EINVAL, "a second frame that is not there");
    frames[0] = 0x100;
    check_eq(hc_set_gdt(frames, 512), -EINVAL, "the hypervisor's frame");
    frames[0] = boot_mfn(gdt);
    check_eq(hc_set_gdt(frames, 0x1c00 * 2 + 1), -EINVAL, "into the reserved entries");
    check_eq(hc_set_gdt((void *)0xffff830000000000, 512), -EFAULT, "list in hypervisor space");
    check_eq(hc_set_gdt(frames, 512), 0, "again");
    asm volatile("mov %%cs, %0" : "=r"(sel));
    check_eq(sel, FLAT_KERNEL_CS, "the reserved selectors stay");
}

static void test_update_descriptor(void)
{
    uint64_t *plain = page_get();

    check_eq(update(&gdt[1], DATA_DPL3), 0, "data, DPL 3");
    check_eq((long)gdt[1], (long)DATA_DPL3, "reads back");
    check_eq(update(&gdt[2], CODE_DPL3), 0, "code, DPL 3");
    check_eq(update(&gdt[3], DATA_DPL0), 0, "data, DPL 0");
    boot_printf("# DPL 0 data became %lx\n", gdt[3]);
    check_eq((long)(gdt[3] >> 45 & 3), 3, "is raised to DPL 3");
    check_eq(update(&gdt[4], CODE_DPL1), 0, "code, DPL 1");
    check_eq((long)(gdt[4] >> 45 & 3), 3, "is raised to DPL 3");
    check_eq(update(&gdt[5], CALL_GATE), -EINVAL, "call gate");
    check_eq(update(&gdt[5], INT_GATE), -EINVAL, "interrupt gate");
    check_eq(update(&gdt[5], TSS_DESC), -EINVAL, "TSS");
    check_eq(update(&gdt[5], LDT_DESC), -EINVAL, "LDT");
    check_eq(update(&gdt[5], CONFORM), 0, "conforming code of DPL 3");
    check_eq(update(&gdt[5], 0), 0, "empty");
    check_eq(update(&gdt[5], 0x1234), 0, "not present: anything");
    check_eq(update(&gdt[5], CALL_GATE & ~(1ull << 47)), 0, "not present call gate");
    check_eq(update(&gdt[5], 0), 0, "empty");
    check_eq(hc_update_descriptor(boot_mfn(gdt) << PAGE_SHIFT | 4, 0), -EINVAL, "misaligned");
    check_eq(hc_update_descriptor(0x100000, DATA_DPL3), -EINVAL, "in the hypervisor's frame");
    check_eq(update(plain, DATA_DPL3), 0, "in a plain page");
    check_eq((long)plain[0], (long)DATA_DPL3, "writes it");
    check_eq(update((uint64_t *)boot_info->pt_base + 300, DATA_DPL3), -EINVAL, "in a page table");
}

static void test_use(void)
{
    uint64_t fault = 0;
    uint16_t sel = 8 | 3;

    asm volatile(TRAP_PROBE("mov %[s], %%es") : "+D"(fault) : [s] "r"(sel));
    check_eq((long)fault, 0, "load the new data segment");
    sel = 5 << 3 | 3;
    asm volatile(TRAP_PROBE("mov %[s], %%es") : "+D"(fault) : [s] "r"(sel));
    check_eq((long)fault, (long)TRAP_FAULT(TRAP_GP, 5 << 3), "load an empty one");
    sel = 0;
    asm volatile("mov %0, %%es" ::"r"(sel));
}

static void test_bad_content(void)
{
    uint64_t content[512] = {0};
    xen_ulong_t frames[1];
    uint64_t *page;

    content[9] = CALL_GATE;
    page = pt_page_with(content);
    frames[0] = boot_mfn(page);
    check_eq(hc_set_gdt(frames, 512), -EINVAL, "a GDT holding a call gate");
    check_eq(pt_rw(page), 0, "is not kept");
    content[9] = DATA_DPL0;
    page = pt_page_with(content);
    frames[0] = boot_mfn(page);
    check_eq(hc_set_gdt(frames, 512), 0, "a GDT holding a DPL 0 segment");
    check_eq((long)(page[9] >> 45 & 3), 3, "is corrected in place");
    frames[0] = boot_mfn(gdt);
    check_eq(hc_set_gdt(frames, 512), 0, "the first GDT again");
    check_eq(pt_rw(page), 0, "the other page is free");
}

static void test_ldt(void)
{
    static struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
    uint64_t content[512] = {0};
    uint64_t fault = 0, *ldt, *bad;
    uint16_t sel = 2 << 3 | 7;

    content[2] = DATA_DPL3;
    ldt = pt_page_with(content);
    op.arg1.linear_addr = U64(ldt);
    op.arg2.nr_ents = 512;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "SET_LDT");
    check_eq(pt_rw(ldt), 0, "its page is still free before the first use");
    check_eq(pt_ro(ldt), 0, "read-only again");
    asm volatile(TRAP_PROBE("mov %[s], %%es") : "+D"(fault) : [s] "r"(sel));
    check_eq((long)fault, 0, "load a segment of it");
    check_eq(pt_rw(ldt), -EBUSY, "now its page is a descriptor page");
    asm volatile("mov %0, %%es" ::"r"((uint16_t)0));
    content[2] = CALL_GATE;
    bad = pt_page_with(content);
    op.arg1.linear_addr = U64(bad);
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "SET_LDT of a page holding a call gate");
    asm volatile(TRAP_PROBE("mov %[s], %%es") : "+D"(fault) : [s] "r"(sel));
    check(fault != 0, "but nothing can be loaded from it (fault %lx)", fault);
    check_eq(pt_rw(ldt), 0, "the first LDT page is free");
    op.arg2.nr_ents = 0;
    check_eq(hc_mmuext_op(&op, 1, NULL, DOMID_SELF), 0, "no LDT");
}

void test_main(void)
{
    gdt = pt_page();
    test_set_gdt();
    test_update_descriptor();
    test_use();
    test_bad_content();
    test_ldt();
    check_eq(hc_set_gdt(NULL, 0), 0, "no GDT");
    check_eq(pt_rw(gdt), 0, "its page is free");
}
