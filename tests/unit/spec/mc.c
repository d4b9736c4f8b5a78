/* SPDX-License-Identifier: BSD-2-Clause */
/* Machine checks: what may go on, what costs a guest, what ends the machine. */
#include <criterion/criterion.h>

#include <asm/mce.h>

#define OVER  (1UL << 62)
#define UC    (1UL << 61)
#define EN    (1UL << 60)
#define MISCV (1UL << 59)
#define ADDRV (1UL << 58)
#define PCC   (1UL << 57)
#define S     (1UL << 56)
#define AR    (1UL << 55)
/* A data load of poisoned memory (SDM 3B table 16-20). */
#define LOAD      (MC_VALID | UC | EN | MISCV | ADDRV | S | AR | 0x134)
#define PAGE_MISC 0x8c /* physical address, low 12 bits not valid */
#define RIPV      1UL
#define EIPV      2UL

static enum mc_verdict judge(uint64_t mcg, bool recovery, struct mc_bank bank, paddr_t *paddr)
{
    const struct mc_bank banks[3] = {[1] = bank};

    *paddr = PADDR(0);
    return mc_judge(mcg, recovery, banks, 3, paddr);
}

Test(mc, each_kind)
{
    static const struct {
        const char *what;
        uint64_t mcg;
        bool recovery;
        struct mc_bank bank;
        enum mc_verdict want;
    } t[] = {
        {"nothing, told as others are", RIPV, true, {0, 0, 0}, MC_NOTHING},
        {"nothing, but no way back", 0, true, {0, 0, 0}, MC_FATAL},
        {"corrected", RIPV, true, {MC_VALID | EN | 0x135, 0, 0}, MC_NOTHING},
        {"corrected, more than one", RIPV, true, {MC_VALID | OVER | EN | 0x135, 0, 0}, MC_NOTHING},
        {"not valid", RIPV, true, {LOAD & ~MC_VALID, 0x5000, PAGE_MISC}, MC_NOTHING},
        {"context corrupt", RIPV, true, {LOAD | PCC, 0x5000, PAGE_MISC}, MC_FATAL},
        {"one more was lost", RIPV, true, {LOAD | OVER, 0x5000, PAGE_MISC}, MC_FATAL},
        {"a CPU without recovery", RIPV, false, {LOAD, 0x5000, PAGE_MISC}, MC_FATAL},
        {"deferred", RIPV, true, {LOAD & ~(S | AR), 0x5000, PAGE_MISC}, MC_NOTHING},
        {"found by the scrubber", RIPV, true, {LOAD & ~AR, 0x5000, PAGE_MISC}, MC_NOTHING},
        {"action required of nobody signalled",
         RIPV,
         true,
         {LOAD & ~S, 0x5000, PAGE_MISC},
         MC_NOTHING},
        {"a load", RIPV | EIPV, true, {LOAD, 0x5678, PAGE_MISC}, MC_POISON},
        {"a fetch", EIPV, true, {LOAD, 0x5678, PAGE_MISC}, MC_POISON},
        {"a load from who knows where", RIPV, true, {LOAD & ~ADDRV, 0x5000, PAGE_MISC}, MC_FATAL},
        {"without a kind of address", RIPV, true, {LOAD & ~MISCV, 0x5000, PAGE_MISC}, MC_FATAL},
        {"a linear address", RIPV, true, {LOAD, 0x5000, 0x4c}, MC_FATAL},
        {"more than a page is lost", RIPV, true, {LOAD, 0x5000, 0x8d}, MC_FATAL},
    };
    paddr_t paddr;

    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        cr_expect_eq(judge(t[i].mcg, t[i].recovery, t[i].bank, &paddr), t[i].want, "%s", t[i].what);
        cr_expect_eq(paddr.a, t[i].want == MC_POISON ? 0x5000 : 0, "%s", t[i].what);
    }
}

Test(mc, the_worst_bank_counts)
{
    const struct mc_bank load = {LOAD, 0x5000, PAGE_MISC}, bad = {LOAD | PCC, 0, 0},
                         fine = {MC_VALID, 0, 0};
    const struct mc_bank a[3] = {fine, load, fine}, b[3] = {bad, load, fine},
                         c[3] = {load, fine, bad}, two[3] = {load, fine, {LOAD, 0x6000, PAGE_MISC}};
    paddr_t paddr;

    cr_expect_eq(mc_judge(RIPV, true, a, 3, &paddr), MC_POISON);
    cr_expect_eq(mc_judge(RIPV, true, b, 3, &paddr), MC_FATAL);
    cr_expect_eq(mc_judge(RIPV, true, c, 3, &paddr), MC_FATAL);
    cr_expect_eq(mc_judge(RIPV, true, two, 3, &paddr), MC_FATAL);
    cr_expect_eq(mc_judge(RIPV, true, NULL, 0, &paddr), MC_NOTHING);
}
