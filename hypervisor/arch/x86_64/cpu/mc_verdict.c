/* SPDX-License-Identifier: BSD-2-Clause */
/* What a machine check means, from the banks' registers alone (Intel SDM 3B 16.6.3, 16.9.3). */
#include <asm/mce.h>

#define STATUS_OVER  (1UL << 62)
#define STATUS_UC    (1UL << 61)
#define STATUS_MISCV (1UL << 59)
#define STATUS_ADDRV (1UL << 58)
#define STATUS_PCC   (1UL << 57)
#define STATUS_S     (1UL << 56)
#define STATUS_AR    (1UL << 55)

#define MCG_RIPV 1UL

/* MISC 8..6: what ADDR holds, 2: a physical address; 5..0: its lowest valid bit. */
static bool has_page(const struct mc_bank *b)
{
    return b->status & STATUS_ADDRV && b->status & STATUS_MISCV && (b->misc >> 6 & 7) == 2 &&
           (b->misc & 63) <= PAGE_SHIFT;
}

static enum mc_verdict judge_bank(const struct mc_bank *b, bool recovery)
{
    if (!(b->status & MC_VALID) || !(b->status & STATUS_UC))
        return MC_NOTHING;
    if (!recovery || b->status & (STATUS_PCC | STATUS_OVER))
        return MC_FATAL;
    if (!(b->status & STATUS_S) || !(b->status & STATUS_AR))
        return MC_NOTHING; /* not consumed */
    return has_page(b) ? MC_POISON : MC_FATAL;
}

enum mc_verdict mc_judge(uint64_t mcg_status, bool recovery, const struct mc_bank *banks,
                         unsigned count, paddr_t *paddr)
{
    enum mc_verdict worst = MC_NOTHING;

    for (unsigned i = 0; i < count; i++) {
        enum mc_verdict now = judge_bank(&banks[i], recovery);

        if (now == MC_POISON && worst == MC_POISON)
            return MC_FATAL; /* two at once: one address only is dealt with */
        if (now == MC_POISON)
            *paddr = PADDR(banks[i].addr & PAGE_MASK);
        worst = max(worst, now);
    }
    /* Nothing here explains it (other CPUs are told, too): fine if what ran can be gone back to. */
    return worst == MC_NOTHING && !(mcg_status & MCG_RIPV) ? MC_FATAL : worst;
}
