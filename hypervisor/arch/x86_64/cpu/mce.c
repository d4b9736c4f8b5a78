/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Machine checks.  Memory that lost its contents costs the domain whose frame it is, and the one
 * that was reading it; the control domain loses the instruction only (#GP).  Whatever else cannot be
 * corrected ends the machine, with the banks on its console.
 */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <asm/cpu.h>
#include <asm/mce.h>

#define MSR_MCG_CAP      0x179
#define MSR_MCG_STATUS   0x17a
#define MSR_MC_CTL(i)    (0x400 + 4 * (i))
#define MSR_MC_STATUS(i) (0x401 + 4 * (i))
#define MSR_MC_ADDR(i)   (0x402 + 4 * (i))
#define MSR_MC_MISC(i)   (0x403 + 4 * (i))
#define MCG_SER_P        (1UL << 24)
#define MC_BANKS         32 /* more than any CPU has (SDM 3B 16.3.2.1) */

static unsigned bank_count(void)
{
    return min((unsigned)(rdmsr(MSR_MCG_CAP) & 0xff), (unsigned)MC_BANKS);
}

bool mce_init_cpu(void)
{
    struct cpuid f = cpuid(1, 0);

    if (!(f.d >> 7 & 1) || !(f.d >> 14 & 1)) /* MCE, MCA */
        return false;
    for (unsigned i = 0; i < bank_count(); i++) {
        wrmsr(MSR_MC_CTL(i), ~0UL);
        wrmsr(MSR_MC_STATUS(i), 0);
    }
    return true;
}

static unsigned read_banks(struct mc_bank *banks)
{
    unsigned n = bank_count();

    for (unsigned i = 0; i < n; i++) {
        banks[i] = (struct mc_bank){.status = rdmsr(MSR_MC_STATUS(i))};
        if (banks[i].status & MC_VALID) {
            banks[i].addr = banks[i].status >> 58 & 1 ? rdmsr(MSR_MC_ADDR(i)) : 0;
            banks[i].misc = banks[i].status >> 59 & 1 ? rdmsr(MSR_MC_MISC(i)) : 0;
        }
    }
    return n;
}

static _Atomic unsigned untold; /* in the hypervisor, at no cost */

static void log_banks(const struct mc_bank *banks, unsigned n, uint64_t mcg_status)
{
    log_err("machine check on CPU %u, MCG_STATUS %lx, %u before it not told\n", arch_cpu(),
            mcg_status, atomic_exchange(&untold, 0));
    for (unsigned i = 0; i < n; i++)
        if (banks[i].status & MC_VALID)
            log_err("  bank %u: status %lx address %lx misc %lx\n", i, banks[i].status,
                    banks[i].addr, banks[i].misc);
}

/* The frame costs its owner, and who read it, which may be another that mapped it.  No tool-stack
 * that dumps the owner's memory gets at it any more, and nobody has it after the owner.  True: what
 * the control domain did has failed. */
static bool poisoned(struct vcpu *v, mfn_t mfn)
{
    struct frame *f = frame_find(mfn);
    struct domain *owner = frame_valid(mfn) ? domain_find(frame_owner_id(f)) : NULL;

    if (!owner || !frame_lose(f, owner))
        panic("machine check: frame %lx, which no domain owns, lost its contents\n", mfn.n);
    if (!owner->privileged) {
        frame_release_domain(owner, f);
        domain_crash(owner, "its frame %lx lost its contents (machine check)\n", mfn.n);
    }
    if (v->domain != owner && !v->domain->privileged)
        domain_crash(v->domain, "read d%u's frame %lx, which lost its contents (machine check)\n",
                     owner->id, mfn.n);
    return v->domain->privileged;
}

/* In the hypervisor it may have struck anywhere, under any lock: nothing is told unless all ends.
 * The banks are cleared in any case: one that is full makes the next error fatal (OVER). */
bool mce_handle(struct vcpu *v)
{
    struct mc_bank banks[MC_BANKS];
    uint64_t mcg_status = rdmsr(MSR_MCG_STATUS);
    paddr_t paddr = PADDR(0);
    unsigned n = read_banks(banks);
    bool failed = false;
    enum mc_verdict verdict =
        mc_judge(mcg_status, rdmsr(MSR_MCG_CAP) & MCG_SER_P, banks, n, &paddr);

    if (!v && verdict != MC_NOTHING)
        console_force();
    if (v || verdict != MC_NOTHING)
        log_banks(banks, n, mcg_status);
    else
        atomic_fetch_add(&untold, 1);
    if (verdict == MC_FATAL || (verdict == MC_POISON && !v))
        panic("machine check that nothing can be done about\n");
    if (verdict == MC_POISON)
        failed = poisoned(v, paddr_mfn(paddr));
    for (unsigned i = 0; i < n; i++)
        if (banks[i].status & MC_VALID)
            wrmsr(MSR_MC_STATUS(i), 0);
    wrmsr(MSR_MCG_STATUS, 0);
    return failed;
}
