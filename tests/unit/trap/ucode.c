/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading microcode: the maker's register, the address it wants, a CPU that refuses or faults; and
 * turns of all CPUs, with the one there is. */
#include <asm/apic.h>
#include <asm/ucode.h>

#include "cpu.h"

static const uint8_t file[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static const struct ucode_patch patch = {file, PAGE_SIZE + 1, 0x20};

unsigned arch_cpu_count(void)
{
    return 1;
}
static cpuset_t online = CPUSET(0);
cpuset_t smp_online(void)
{
    return online;
}
void send_ipi(unsigned to, unsigned vector)
{
    (void)to, (void)vector;
}

CPU_TEST(ucode, intel)
{
    cpu.msr_platform = 5UL << 50;
    cpu.msr_revision = 0x10UL << 32;
    cpu.revision_then = 0x20UL << 32;
    ucode_identify(&(struct cpu_ident){.vendor = CPU_INTEL, .family = 6});
    cr_expect_eq(ucode_this_cpu().platform, 1 << 5);
    cr_expect_eq(ucode_this_cpu().revision, 0x10);
    cr_expect_eq(ucode_this_cpu().vendor, CPU_INTEL);
    cr_expect_not(ucode_load(&patch), "there is no such register: a fault, and nothing happens");
    cpu.has_loader = true;
    cr_expect(ucode_load(&patch));
    cr_expect_eq(cpu.loaded[0], (uint64_t)file + 48, "the data, not its header");
    cr_expect_eq(cpu.loaded[1], 0);
    cr_expect_eq(cpu.cache_flushes, 2);
    cr_expect_eq(cpu.invlpg, (uint64_t)file + PAGE_SIZE, "the last page of it");
    cpu.loaded[0] = 0;
    cr_expect(ucode_load(&patch));
    cr_expect_eq(cpu.loaded[0], 0, "a sibling has loaded it for both");
}

CPU_TEST(ucode, amd)
{
    cpu.msr_revision = 0x10;
    cpu.revision_then = 0x10; /* it does not take it */
    cpu.has_loader = true;
    ucode_identify(&(struct cpu_ident){.vendor = CPU_AMD, .family = 0x17});
    cr_expect_eq(ucode_this_cpu().revision, 0x10);
    cr_expect_not(ucode_load(&patch));
    cr_expect_eq(cpu.loaded[1], (uint64_t)file);
    cpu.revision_then = 0x21;
    cr_expect(ucode_load(&patch), "newer than was wanted");
    cr_expect_eq(cpu.loaded[0], 0);
}

CPU_TEST(ucode, cpus_of_no_known_kind)
{
    ucode_identify(&(struct cpu_ident){.vendor = CPU_AMD, .family = 0xf});
    cr_expect_eq(ucode_this_cpu().vendor, CPU_OTHER);
    ucode_identify(&(struct cpu_ident){.vendor = CPU_HYGON, .family = 0x18});
    cr_expect_eq(ucode_this_cpu().vendor, CPU_OTHER);
    cr_expect_eq(cpu.msr_writes, 0, "no register is touched");
}

static void count(void *arg)
{
    ++*(unsigned *)arg;
}

CPU_TEST(ucode, a_turn_of_one_cpu)
{
    unsigned turns = 0;

    pcpus[0] = this_pcpu();
    for (unsigned i = 1; i < 3; i++) {
        smp_one_by_one(count, &turns);
        cr_expect_eq(turns, i);
        cr_expect_not(mailbox_busy(&pcpus[0]->flush));
    }
}

/* One that sleeps has no guest's mapping, and is not woken for a flush; but takes its turn in what all do. */
CPU_TEST(ucode, a_cpu_that_sleeps)
{
    unsigned turns = 0;

    pcpus[0] = this_pcpu();
    cr_expect_eq(arch_tlb_stale(CPUSET(0), arch_tlb_stamp()), CPUSET(0));
    online = 0;
    cr_expect_eq(arch_tlb_stale(CPUSET(0), arch_tlb_stamp()), 0);
    smp_one_by_one(count, &turns);
    cr_expect_eq(turns, 1);
    online = CPUSET(0);
    cr_expect_eq(arch_tlb_stale(CPUSET(0), arch_tlb_stamp()), CPUSET(0),
                 "in again, with its old tick");
    arch_tlb_flush(CPUSET(0));
    cr_expect_eq(arch_tlb_stale(CPUSET(0), arch_tlb_stamp() - 1), 0);
}
