/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec: kexec_op's commands and what they refuse, with 32 MiB kept for crash images; at the end an image of
 * KEXEC_TYPE_DEFAULT and 32 bits, copied over where hypervisor and domains were, runs and says so.  Xen is asked less: it
 * believes sizes that wrap around, and fails when a crash image without contents goes.
 */
#include "payload.h"
#include "report.h"
#include <front/boot.h>
#include <front/lib.h>

#define CRASH_AT   (64ul << 20) /* as the Makefile's HV_ARGS say */
#define CRASH_SIZE (32ul << 20)
#define CRASH      KEXEC_TYPE_CRASH
#define DEFAULT    KEXEC_TYPE_DEFAULT

static struct payload_area area;
static struct xen_kexec_segment seg[20];
static char data[PAGE_SIZE] = "data";

static void test_ranges(void)
{
    struct payload_area other;

    check_eq(payload_range(KEXEC_RANGE_MA_CRASH, 0, &area), 0, "the crash area");
    check(area.at == CRASH_AT && area.size == CRASH_SIZE, "is that of the command line");
    check_eq(payload_range(KEXEC_RANGE_MA_XEN, 0, &area), 0, "the hypervisor");
    check(area.at && area.size, "is somewhere");
    check_eq(payload_range(KEXEC_RANGE_MA_CPU, 0, &area), 0, "CPU 0's note");
    check_eq((long)area.size, 500, "has this size");
    check_eq(payload_range(KEXEC_RANGE_MA_CPU, 1, &other), 0, "CPU 1's");
    check_eq((long)other.size, 404, "is smaller");
    check(area.at != other.at, "and elsewhere");
    check_eq(payload_range(KEXEC_RANGE_MA_CPU, 2, &area), -ERANGE, "no CPU 2");
    check_eq(payload_range(KEXEC_RANGE_MA_CPU, -1, &area), -ERANGE, "no CPU -1");
    check_eq(payload_range(KEXEC_RANGE_MA_VMCOREINFO, 0, &area), 0, "VMCOREINFO");
    check(area.at && area.size, "is somewhere");
    check_eq(payload_range(KEXEC_RANGE_MA_XENHEAP, 0, &area), -EINVAL, "no heap of Xen's");
    check_eq(payload_range(KEXEC_RANGE_MA_BOOT_PARAM, 0, &area), -EINVAL, "no boot parameters");
    check_eq(payload_range(KEXEC_RANGE_MA_EFI_MEMMAP, 0, &area), -EINVAL,
             "no memory map of UEFI's");
    check_eq(payload_range(7, 0, &area), -EINVAL, "no such range");
    check_eq(payload_range(-1, 0, &area), -EINVAL, "nor this");
}

static long status(uint8_t type)
{
    struct xen_kexec_status s = {.type = type};

    return hc_kexec_op(KEXEC_CMD_kexec_status, &s);
}
static long unload(uint8_t type)
{
    struct xen_kexec_unload u = {.type = type};

    return hc_kexec_op(KEXEC_CMD_kexec_unload, &u);
}
static long execute(int type)
{
    struct xen_kexec_exec e = {.type = type};

    return hc_kexec_op(KEXEC_CMD_kexec, &e);
}

static void test_commands(void)
{
    check_eq(hc_kexec_op(KEXEC_CMD_kexec, NULL), -EFAULT, "exec without an argument");
    check_eq(hc_kexec_op(KEXEC_CMD_kexec_get_range, NULL), -EFAULT, "get_range");
    check_eq(hc_kexec_op(KEXEC_CMD_kexec_load, NULL), -EFAULT, "load");
    check_eq(hc_kexec_op(KEXEC_CMD_kexec_unload, NULL), -EFAULT, "unload");
    check_eq(hc_kexec_op(KEXEC_CMD_kexec_status, NULL), -EFAULT, "status");
    if (!on_peer()) { /* which knows version 1, and answers 0 to what it does not know */
        check_eq(hc_kexec_op(KEXEC_CMD_kexec_load_v1, NULL), -ENOSYS, "load, version 1");
        check_eq(hc_kexec_op(KEXEC_CMD_kexec_unload_v1, NULL), -ENOSYS, "unload, version 1");
        check_eq(hc_kexec_op(7, NULL), -ENOSYS, "no such command");
    }
    for (uint8_t type = 0; type < 3; type++) {
        check_eq(status(type), type < 2 ? 0 : -EINVAL, "type %u: none is loaded", type);
        check_eq(unload(type), type < 2 ? 0 : -EINVAL, "that can be unloaded");
        check_eq(execute(type), type < 2 ? -ENOENT : -EINVAL, "but not executed");
    }
    check_eq(execute(-1), -EINVAL, "type -1");
}

static long load(uint8_t type, uint16_t arch, unsigned n, uint64_t entry)
{
    struct xen_kexec_load l = {.type = type, .arch = arch, .nr_segments = n, .entry_maddr = entry};

    l.segments.h.p = seg;
    return hc_kexec_op(KEXEC_CMD_kexec_load, &l);
}
/* One segment, entered at its first byte. */
static long load_one(uint8_t type, uint64_t to, uint64_t size, const void *from, uint64_t filled)
{
    seg[0] = (struct xen_kexec_segment){.buf_size = filled, .dest_maddr = to, .dest_size = size};
    seg[0].buf.h.p = from;
    return load(type, EM_X86_64, 1, to);
}

static void test_refusals(void)
{
    const uint64_t at = CRASH_AT, end = CRASH_AT + CRASH_SIZE;

    check_eq(load_one(2, at, PAGE_SIZE, data, 4), -EINVAL, "no such type");
    check_eq(load(CRASH, 40, 1, at), -EINVAL, "another kind of CPU");
    check_eq(load_one(CRASH, at + 1, PAGE_SIZE, data, 4), -EADDRNOTAVAIL, "not at a page");
    check_eq(load_one(CRASH, at, PAGE_SIZE - 1, data, 4), -EADDRNOTAVAIL, "no whole pages");
    check_eq(load_one(CRASH, at, PAGE_SIZE, data, PAGE_SIZE + 1), -EINVAL,
             "more than there is room for");
    check_eq(load_one(CRASH, at - PAGE_SIZE, 2 * PAGE_SIZE, data, 4), -EADDRNOTAVAIL,
             "before the area");
    check_eq(load_one(CRASH, end - PAGE_SIZE, 2 * PAGE_SIZE, data, 4), -EADDRNOTAVAIL,
             "beyond its end");
    check_eq(load_one(CRASH, end, PAGE_SIZE, data, 4), -EADDRNOTAVAIL, "behind it");
    load_one(CRASH, at, PAGE_SIZE, data, 4);
    check_eq(load(CRASH, EM_X86_64, 1, at - 1), -EADDRNOTAVAIL, "entered before the area");
    check_eq(load(CRASH, EM_X86_64, 17, at), -EINVAL, "17 segments");
    check_eq(load(CRASH, EM_X86_64, -1u, at), -EINVAL, "or more");
    seg[1] = seg[0];
    check_eq(load(CRASH, EM_X86_64, 2, at), -EINVAL, "two at one place");
    check_eq(load_one(DEFAULT, 0x1000000, PAGE_SIZE - 1, data, 4), -EADDRNOTAVAIL,
             "no whole pages");
}

/* Of what Xen does not survive, or answers in another way. */
static void test_ours(void)
{
    const uint64_t at = CRASH_AT;

    check_eq(load_one(CRASH, at, -PAGE_SIZE, data, 4), -EADDRNOTAVAIL, "a size that wraps around");
    check_eq(load_one(CRASH, -PAGE_SIZE, 2 * PAGE_SIZE, data, 4), -EADDRNOTAVAIL,
             "an address that does");
    check_eq(load_one(CRASH, at, PAGE_SIZE, data, 4), 0, "a crash image");
    check_eq(status(CRASH), 1, "is loaded");
    check_eq(load(CRASH, EM_X86_64, 1, at + PAGE_SIZE), -EADDRNOTAVAIL,
             "entered outside its segment");
    check_eq(status(CRASH), 1, "changes nothing");
    check_eq(load(CRASH, EM_386, 1, at), 0, "one of 32 bits");
    check_eq(load_one(CRASH, at, PAGE_SIZE, (void *)0x1000, 4), -EFAULT,
             "contents that are not there");
    check_eq(status(CRASH), 0, "leave none");
    check_eq(load_one(CRASH, at, 2 * PAGE_SIZE, NULL, 0), 0, "no contents");
    check_eq(unload(CRASH), 0, "unloaded");
    check_eq(status(CRASH), 0, "leaves none");
    for (unsigned i = 0; i < 16; i++) {
        seg[i] = (struct xen_kexec_segment){
            .buf_size = 4, .dest_maddr = at + i * PAGE_SIZE, .dest_size = PAGE_SIZE};
        seg[i].buf.h.p = data;
    }
    check_eq(load(CRASH, EM_X86_64, 16, at), 0, "16 segments");
    check_eq(unload(CRASH), 0, "unloaded");
    check_eq(load_one(DEFAULT, 1ul << 40, PAGE_SIZE, data, 4), -EADDRNOTAVAIL,
             "where there is no RAM");
    check_eq(load_one(DEFAULT, 0x1fff0000, 0x100000, data, 4), -EADDRNOTAVAIL, "beyond its end");
    check_eq(load_one(DEFAULT, 0x200000, 256ul << 20, data, 4), 0, "over half of the machine");
    check_eq(status(DEFAULT), 1, "is loaded");
    check_eq(status(CRASH), 0, "but not as the other type");
    check_eq(unload(DEFAULT), 0, "and unloaded");
}

void test_main(void)
{
    test_ranges();
    test_commands();
    test_refusals();
    if (!on_peer())
        test_ours();
    check_eq(payload_load(DEFAULT, EM_386, 0x200000), 0, "an image over the hypervisor");
    if (all_good())
        check_eq(execute(DEFAULT), 0, "is executed"); /* the payload has the last word */
}
