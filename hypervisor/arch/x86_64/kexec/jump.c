/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of this hypervisor in favour of another kernel.  From the moment that the other CPUs stop, wherever they are, no lock is
 * taken, and only the image, its pages and this CPU are relied on.  Devices and interrupt controllers are left as they are.
 */
#include <hv/arch.h>
#include <hv/check.h>
#include <hv/kexec.h>
#include <hv/lib.h>
#include <asm/apic.h>
#include <asm/boot.h>
#include <asm/cpu.h>
#include <asm/kexec.h>
#include <asm/paging.h>
#include <asm/port.h>

#define ICR_NMI  0x4400 /* SDM 3A 10.6.1: assert, delivery mode NMI */
#define NOBODY   (~0u)
#define PATIENCE 1000 /* ms, for CPUs that are to stop; those that do not are left to themselves */
#define LOW_GB   4    /* what is mapped by 2 MiB pages */

static _Atomic unsigned ending = NOBODY; /* the CPU that runs the image */
static _Atomic cpuset_t running;         /* those that have not stopped for it */

void kexec_nmi(const struct regs *r)
{
    const unsigned self = arch_cpu();
    uint64_t regs[KEXEC_REGS] = {0};

    if (!(atomic_load(&running) & CPUSET(self)))
        return;
    const uint64_t cr[4] = {read_cr0(), read_cr2(), read_cr3(), read_cr4()};
    memcpy(regs, r, offsetof(struct regs, vector));
    memcpy(&regs[offsetof(struct regs, rip) / 8 - 1], &r->rip,
           sizeof(*r) - offsetof(struct regs, rip));
    kexec_note(self, regs, cr);
    atomic_fetch_and(&running, ~CPUSET(self));
    while (atomic_load(&ending) != self)
        __asm__ volatile("cli; hlt");
}

/* INT 2 is an NMI to this CPU. */
static void stop_cpus(void)
{
    atomic_store(&running, all_cpus());
    for (unsigned cpu = 0; cpu < arch_cpu_count(); cpu++)
        if (cpu != arch_cpu())
            lapic_send(cpu_apic_id[cpu], ICR_NMI);
    __asm__ volatile("int $2" ::: "memory");
    for (unsigned ms = 0; ms < PATIENCE && atomic_load(&running); ms++)
        udelay(1000);
}

static bool has_1gb_pages(void)
{
    return cpuid(0x80000001, 0).d >> 26 & 1;
}

uint64_t arch_kexec_reach(void)
{
    return has_1gb_pages() ? 1UL << 39 : (uint64_t)LOW_GB << 30;
}

/* One level-4 table, whose slot of our own keeps this code running until the jump; its first level-3 table; LOW_GB level-2
 * tables; the jump's code. */
STATIC_CHECK(KEXEC_CONTROL == 2 + LOW_GB + 1, "the pages of an image");

static uint64_t fill_tables(const struct kexec_image *i)
{
    uint64_t *l4 = arch_frame_ptr(i->control[0]), *l3 = arch_frame_ptr(i->control[1]);
    const bool large = has_1gb_pages();

    clear_page(l4);
    l4[0] = mfn_paddr(i->control[1]).a | PTE_P | PTE_RW;
    l4[SLOT_HV] = hv_l4[SLOT_HV];
    for (uint64_t gb = 0; gb < 512; gb++)
        l3[gb] = large ? gb << 30 | PTE_P | PTE_RW | PTE_PS : 0;
    for (uint64_t gb = 0; gb < LOW_GB; gb++) {
        uint64_t *l2 = arch_frame_ptr(i->control[2 + gb]);

        l3[gb] = mfn_paddr(i->control[2 + gb]).a | PTE_P | PTE_RW;
        for (uint64_t n = 0; n < 512; n++)
            l2[n] = gb << 30 | n << 21 | PTE_P | PTE_RW | PTE_PS;
    }
    return mfn_paddr(i->control[0]).a;
}

void arch_kexec(const struct kexec_image *image)
{
    unsigned nobody = NOBODY;

    if (!atomic_load(&image->ready) ||
        (!atomic_compare_exchange_strong(&ending, &nobody, arch_cpu()) && nobody == arch_cpu()))
        return;
    if (nobody != NOBODY)
        for (;;) /* another is at it, and stops us */
            __asm__ volatile("cli; hlt");
    log_last("kexec: the image is run");
    arch_console_sync();
    stop_cpus();
    if (!atomic_load(&image->ready)) /* one that stopped gave it up */
        return;
    const mfn_t code = image->control[2 + LOW_GB];
    const uint64_t l4 = fill_tables(image);
    memcpy(arch_frame_ptr(code), kexec_jump, (size_t)(kexec_jump_end - kexec_jump));
    write_cr3(l4);
    ((kexec_jump_fn *)mfn_paddr(code).a)(l4, image->list ? virt_to_phys(image->list).a : 0,
                                         image->entry, image->arch == KEXEC_EM_386);
}

void arch_crash(void)
{
    arch_kexec(&kexec_images[KEXEC_TYPE_CRASH]);
}
