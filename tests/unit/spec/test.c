/* SPDX-License-Identifier: BSD-2-Clause */
/* What is on by default on CPUs from 2005 to 2024, with and without their last microcode. */
#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>

#include <asm/alternative.h>
#include <asm/cpu.h>
#include <asm/spec.h>

#define BIT(n) (1u << (n))
/* CPUID 7.EBX: SMEP, SMAP, RTM; .ECX: UMIP; .EDX: MD_CLEAR, IBRS and IBPB. */
#define SMEP   BIT(7)
#define SMAP   (SMEP | BIT(20))
#define RTM    BIT(11)
#define UMIP   BIT(2)
#define MD     BIT(10)
#define IBRSB  BIT(26)
#define BHICTL BIT(4)
/* 80000008.EBX, 80000021.EAX, .ECX. */
#define IBPB    BIT(12)
#define STIBP   BIT(15)
#define BTC_NO  BIT(29)
#define VERWC   BIT(5)
#define AIBRS   BIT(8)
#define SRSO_NO BIT(29)
#define USK_NO  BIT(30)
#define TSA_NO  (BIT(1) | BIT(2))
/* IA32_ARCH_CAPABILITIES. */
#define RDCL_NO (1UL << 0)
#define EIBRS   (1UL << 1)
#define MDS_NO  (1UL << 5)
#define TAA_NO  (1UL << 8)
#define DP_NO   (7UL << 13)
#define FBCLR   (1UL << 17)
#define BHI_NO  (1UL << 20)
#define RFDS_NO (1UL << 27)
#define RFDSCLR (1UL << 28)
#define ITS_NO  (1UL << 62)
#define NEWER   (RDCL_NO | EIBRS | MDS_NO)

static const struct {
    const char *name;
    struct cpu_ident c;
    const char *want;
} cpus[] = {
#define INTEL(m, ...)                                                                              \
    {                                                                                              \
        .vendor = CPU_INTEL, .family = 6, .model = m, __VA_ARGS__                                  \
    }
#define AMD(f, m, ...)                                                                             \
    {                                                                                              \
        .vendor = CPU_AMD, .family = f, .model = m, __VA_ARGS__                                    \
    }
    {"Nehalem, as sold", INTEL(0x1a), "xpti l1tf retpoline rsb MDS"},
    {"Westmere-EP", INTEL(0x2c, .c7d = IBRSB), "xpti l1tf retpoline rsb ibpb MDS"},
    {"Sandy Bridge-EP", INTEL(0x2d, .c7d = IBRSB | MD), "xpti l1tf retpoline rsb ibpb verw"},
    {"Ivy Bridge-EP", INTEL(0x3e, .c7b = SMEP, .c7d = IBRSB | MD), "xpti l1tf retpoline ibpb verw"},
    {"Haswell-EP", INTEL(0x3f, .c7b = SMEP, .c7d = IBRSB | MD), "xpti l1tf retpoline ibpb verw"},
    {"Broadwell-EP", INTEL(0x4f, .c7b = SMAP | RTM, .c7d = IBRSB | MD),
     "xpti l1tf retpoline ibpb verw"},
    {"Skylake client", INTEL(0x5e, .c7b = SMAP | RTM, .c7d = IBRSB | MD),
     "xpti l1tf ibrs-entry ibpb verw"},
    {"Skylake, as sold", INTEL(0x5e, .c7b = SMAP), "xpti l1tf retpoline Returns MDS"},
    {"Skylake-SP", INTEL(0x55, .stepping = 4, .c7b = SMAP | RTM, .c7d = IBRSB | MD),
     "xpti l1tf ibrs-entry ibpb verw"},
    {"Kaby Lake", INTEL(0x9e, .stepping = 9, .c7b = SMAP, .c7d = IBRSB | MD),
     "xpti l1tf ibrs-entry ibpb verw"},
    {"Cascade Lake",
     INTEL(0x55, .stepping = 7, .c7b = SMAP | RTM, .c7d = IBRSB | MD, .arch_caps = NEWER | FBCLR),
     "retpoline eibrs bhb-short ibpb verw"},
    {"Ice Lake-SP",
     INTEL(0x6a, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .arch_caps = NEWER | TAA_NO | FBCLR),
     "retpoline eibrs bhb-short ibpb verw umip"},
    {"Tiger Lake",
     INTEL(0x8c, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .arch_caps = NEWER | TAA_NO | DP_NO),
     "retpoline eibrs bhb-short ibpb umip"},
    {"Rocket Lake",
     INTEL(0xa7, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .arch_caps = NEWER | TAA_NO | FBCLR),
     "retpoline eibrs bhb-short ibpb verw umip"},
    {"Alder Lake",
     INTEL(0x97, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .c72d = BHICTL,
           .arch_caps = NEWER | TAA_NO | DP_NO | RFDSCLR),
     "eibrs bhi-dis-s ibpb verw umip"},
    {"Alder Lake, old microcode",
     INTEL(0x97, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB, .arch_caps = NEWER | TAA_NO | DP_NO),
     "eibrs bhb-long ibpb umip"},
    {"Raptor Lake",
     INTEL(0xb7, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .c72d = BHICTL,
           .arch_caps = NEWER | TAA_NO | DP_NO | RFDSCLR),
     "eibrs bhi-dis-s ibpb verw umip"},
    {"Sapphire Rapids",
     INTEL(0x8f, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB | MD, .c72d = BHICTL,
           .arch_caps = NEWER | TAA_NO | DP_NO | RFDS_NO),
     "eibrs bhi-dis-s ibpb umip"},
    {"a Xeon without BHI",
     INTEL(0xdd, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB,
           .arch_caps = NEWER | TAA_NO | DP_NO | RFDS_NO | BHI_NO | ITS_NO),
     "eibrs ibpb umip"},
    {"Bonnell", INTEL(0x1c), ""},
    {"Silvermont", INTEL(0x37, .c7b = SMEP, .c7d = IBRSB | MD), "xpti retpoline ibpb verw"},
    {"Goldmont", INTEL(0x5c, .c7b = SMAP, .c7d = IBRSB | MD, .arch_caps = RDCL_NO | RFDSCLR),
     "retpoline ibpb verw"},
    {"Tremont", INTEL(0x96, .c7b = SMAP, .c7c = UMIP, .c7d = IBRSB, .arch_caps = NEWER | TAA_NO),
     "eibrs bhb-short ibpb MDS umip"},
    {"Knights Landing", INTEL(0x57, .c7d = IBRSB | MD), "xpti l1tf retpoline rsb ibpb verw"},
    {"K8, revision E", AMD(0x0f, 0x3f), "retpoline rsb Refused"},
    {"an emulated one", AMD(0x0f, 0x06, .is_virtual = true, .is_emulated = true), ""},
    {"K8, revision F", AMD(0x0f, 0x40), "retpoline rsb"},
    {"K8", AMD(0x0f, 0x6b), "retpoline rsb"},
    {"Bulldozer, as sold", AMD(0x15, 0x01), "retpoline Returns rsb"},
    {"Piledriver", AMD(0x15, 0x02, .c7b = SMEP, .e8b = IBPB), "retpoline ibpb-entry rsb ibpb"},
    {"Jaguar", AMD(0x16, 0x0f, .e8b = IBPB), "retpoline ibpb-entry rsb ibpb locked-wc"},
    {"Jaguar under a hypervisor", AMD(0x16, 0x00, .e8b = IBPB, .is_virtual = true),
     "retpoline ibpb-entry rsb ibpb Errata"},
    {"Puma", AMD(0x16, 0x30, .e8b = IBPB), "retpoline ibpb-entry rsb ibpb"},
    {"Naples (Zen 1)", AMD(0x17, 0x01, .c7b = SMAP, .e8b = IBPB),
     "retpoline ibpb-entry rsb ibpb div fpdss"},
    {"Zen 1 under a hypervisor", AMD(0x17, 0x01, .c7b = SMAP, .e8b = IBPB, .is_virtual = true),
     "retpoline ibpb-entry rsb ibpb div Errata"},
    {"Rome (Zen 2)", AMD(0x17, 0x31, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP),
     "retpoline ibpb-entry rsb ibpb zenbleed umip"},
    {"Milan (Zen 3)",
     AMD(0x19, 0x01, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP | BTC_NO, .e21a = VERWC),
     "retpoline ibpb-entry rsb ibpb verw umip"},
    {"Zen 3, old microcode",
     AMD(0x19, 0x21, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP | BTC_NO),
     "retpoline ibpb-entry rsb ibpb MDS umip"},
    {"Genoa (Zen 4)",
     AMD(0x19, 0x11, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP | BTC_NO, .e21a = AIBRS | VERWC),
     "auto-ibrs ibpb-entry rsb ibpb verw umip"},
    {"Zen 4 that says it is free",
     AMD(0x19, 0x61, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP | BTC_NO,
         .e21a = AIBRS | SRSO_NO, .e21c = TSA_NO),
     "auto-ibrs ibpb umip"},
    {"Turin (Zen 5)",
     AMD(0x1a, 0x02, .c7b = SMAP, .c7c = UMIP, .e8b = IBPB | STIBP | BTC_NO, .e21a = AIBRS | USK_NO,
         .e21c = TSA_NO),
     "auto-ibrs ibpb umip"},
    {"Dhyana",
     {.vendor = CPU_HYGON, .family = 0x18, .c7b = SMAP, .e8b = IBPB},
     "retpoline ibpb-entry rsb ibpb div Errata"},
    {"of no known vendor",
     {.vendor = CPU_OTHER, .family = 6, .model = 0x5e, .c7b = SMEP},
     "retpoline"},
    {"QEMU's TCG as an AMD",
     AMD(0x0f, 0x6b, .c7b = SMAP, .c7c = UMIP, .is_virtual = true, .is_emulated = true), "umip"},
    {"QEMU's TCG as a Skylake",
     INTEL(0x5e, .c7b = SMAP | RTM, .is_virtual = true, .is_emulated = true), ""},
};

/* What is on, as words; with a capital: needed and not on. */
static const char *summary(const struct spec *s)
{
    static char text[400];
#define ALT(n) (s->alternatives >> (n)&1)
    const struct {
        bool is;
        const char *word;
    } words[] = {
        {s->line[SPEC_MELTDOWN].needed && !s->line[SPEC_MELTDOWN].on, "Meltdown"},
        {ALT(ALT_XPTI) && s->xpti_dom0 && s->xpti_domu, "xpti"},
        {s->l1tf_domu, "l1tf"},
        {ALT(ALT_RETPOLINE), "retpoline"},
        {ALT(ALT_IBRS), "ibrs-entry"},
        {s->spec_ctrl & 1, "eibrs"},
        {s->auto_ibrs, "auto-ibrs"},
        {ALT(ALT_IBPB_ENTRY), "ibpb-entry"},
        {s->line[SPEC_RETURNS].needed && !s->line[SPEC_RETURNS].on, "Returns"},
        {ALT(ALT_RSB_ENTRY), "rsb"},
        {s->spec_ctrl >> 10 & 1, "bhi-dis-s"},
        {ALT(ALT_BHB_ENTRY), s->bhb_long ? "bhb-long" : "bhb-short"},
        {s->ibpb, "ibpb"},
        {ALT(ALT_VERW), "verw"},
        {s->line[SPEC_BUFFERS].needed && !s->line[SPEC_BUFFERS].on, "MDS"},
        {ALT(ALT_DIV), "div"},
        {s->zenbleed, "zenbleed"},
        {s->fpdss, "fpdss"},
        {s->locked_wc, "locked-wc"},
        {s->erratum_121, "Refused"},
        {s->line[SPEC_ERRATA].needed && !s->line[SPEC_ERRATA].on, "Errata"},
        {s->cr4 & CR4_UMIP, "umip"},
    };

    text[0] = 0;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (words[i].is) {
            strcat(text, text[0] ? " " : "");
            strcat(text, words[i].word);
        }
    }
    return text;
}

Test(spec, defaults_of_each_cpu)
{
    const struct spec_options o = SPEC_OPTIONS_DEFAULT;
    struct spec s;

    for (unsigned i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        spec_decide(&cpus[i].c, &o, &s);
        cr_expect_str_eq(summary(&s), cpus[i].want, "%s: %s", cpus[i].name, summary(&s));
        cr_expect_eq(s.cr4 & CR4_SMEP, cpus[i].c.c7b & SMEP ? CR4_SMEP : 0);
        cr_expect_eq(s.cr4 & CR4_SMAP, cpus[i].c.c7b & BIT(20) ? CR4_SMAP : 0);
        cr_expect_eq(ALT_SMAP == 0 && s.alternatives & 1, !!(s.cr4 & CR4_SMAP),
                     "STAC exists with it only");
        cr_expect(!s.l1tf_dom0);
    }
}

/* No instruction is switched on that the CPU has not: MSR writes, VERW's new meaning. */
Test(spec, options_cannot_ask_for_what_is_not_there)
{
    struct spec_options o;
    struct spec s;

    memset(&o, 1, sizeof(o));
    for (unsigned i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        const struct cpu_ident *c = &cpus[i].c;
        spec_decide(c, &o, &s);
        if (!(c->c7d & IBRSB) && !(c->e8b & IBPB))
            cr_expect(!s.ibpb && !(s.alternatives >> ALT_IBPB_ENTRY & 1), "%s", cpus[i].name);
        if (!(c->c7d & IBRSB))
            cr_expect(!s.spec_ctrl && !(s.alternatives >> ALT_IBRS & 1), "%s", cpus[i].name);
        cr_expect(!(s.auto_ibrs && !(c->e21a & AIBRS)), "%s", cpus[i].name);
        cr_expect(!(s.cr4 & CR4_SMAP && !(c->c7b & BIT(20))), "%s", cpus[i].name);
        cr_expect(s.alternatives >> ALT_RETPOLINE & 1, "%s", cpus[i].name);
        cr_expect(s.l1tf_dom0 && s.l1tf_domu && s.xpti_dom0 && s.xpti_domu &&
                  s.alternatives >> ALT_XPTI & 1);
    }
}

Test(spec, either_kind_of_guest_alone_is_isolated)
{
    for (unsigned dom0 = 0; dom0 < 2; dom0++) {
        struct spec_options o = SPEC_OPTIONS_DEFAULT;
        struct spec s;

        o.xpti_dom0 = (int8_t)dom0;
        o.xpti_domu = !dom0;
        spec_decide(&cpus[0].c, &o, &s);
        cr_expect(s.alternatives >> ALT_XPTI & 1 && s.xpti_dom0 == dom0 && s.xpti_domu == !dom0);
        cr_expect_eq(s.line[SPEC_MELTDOWN].on, !dom0, "guests are what is not trusted");
    }
}

/* CPUID.B.0: EBX says whether there is an answer, EAX[4:0] how many bits of an APIC id are the thread's. */
Test(spec, one_thread_of_each_core)
{
    static const struct {
        const char *name;
        uint32_t ba, bb, bits;
    } cores[] = {
        {"no leaf B", 0, 0, 0},       {"one thread", 0, 1, 0},
        {"two threads", 1, 2, 1},     {"two of them, but one is off", 1, 1, 1},
        {"four threads", 2, 4, 3},    {"reserved bits say nothing", 0xffffffe1, 2, 1},
        {"EAX without EBX", 1, 0, 0},
    };

    for (unsigned i = 0; i < sizeof(cores) / sizeof(cores[0]); i++)
        for (int8_t smt = SPEC_DEFAULT; smt <= 1; smt++) {
            const struct cpu_ident c = {.vendor = CPU_INTEL,
                                        .family = 6,
                                        .model = 0x3f,
                                        .ba = cores[i].ba,
                                        .bb = cores[i].bb};
            struct spec_options o = SPEC_OPTIONS_DEFAULT;
            struct spec s;

            o.smt = smt;
            spec_decide(&c, &o, &s);
            cr_expect_eq(s.unused_ids, smt == 0 ? cores[i].bits : 0, "%s, smt=%d", cores[i].name,
                         smt);
            cr_expect_eq(s.line[SPEC_SIBLINGS].needed, cores[i].bits != 0, "%s", cores[i].name);
            cr_expect_eq(s.line[SPEC_SIBLINGS].on, smt == 0 && cores[i].bits, "%s", cores[i].name);
        }
}

/* Tags are for isolated guests, on CPUs that have them; CR4 and the code that uses them go together. */
Test(spec, tags_where_guests_are_isolated)
{
    for (unsigned way = 0; way < 32; way++) {
        const struct cpu_ident c = {.vendor = CPU_INTEL,
                                    .family = 6,
                                    .model = way & 1 ? 0x3c : 0x2a,
                                    .c7b = way & 1 ? BIT(10) : 0,
                                    .has_pcid = way & 2};
        struct spec_options o = SPEC_OPTIONS_DEFAULT;
        const bool on = way & 2 && way & 4 && way & 8;
        struct spec s;

        o.pcid = way & 8 ? way & 16 ? 1 : SPEC_DEFAULT : 0;
        o.xpti_dom0 = way & 4 ? SPEC_DEFAULT : 0;
        o.xpti_domu = way & 4 && way & 16 ? SPEC_DEFAULT : 0;
        spec_decide(&c, &o, &s);
        cr_expect_eq(s.cr4 & CR4_PCIDE, on ? CR4_PCIDE : 0, "%u", way);
        cr_expect_eq(s.alternatives >> ALT_PCID & 1, on, "%u", way);
        cr_expect_eq(s.invpcid, way & 1, "%u", way);
        cr_expect_eq(s.line[SPEC_PCID].needed, !!(way & 4), "%u", way);
        cr_expect_eq(s.line[SPEC_PCID].on, on, "%u", way);
    }
}

Test(spec, off_means_off)
{
    struct spec_options o = SPEC_OPTIONS_DEFAULT;
    struct spec s;

    memset(&o, 0, sizeof(o));
    for (unsigned i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        spec_decide(&cpus[i].c, &o, &s);
        cr_expect_eq(s.alternatives, 0, "%s: %x", cpus[i].name, s.alternatives);
        cr_expect(!s.spec_ctrl && !s.auto_ibrs && !s.ibpb && !s.l1tf_domu && !s.xpti_domu &&
                      !(s.cr4 & ~CR4_UMIP),
                  "%s", cpus[i].name);
        for (unsigned t = 0; t < SPEC_TOPICS; t++)
            cr_expect(s.line[t].why && spec_topic_names[t].name, "%u has its line", t);
    }
}

/* The calls at entry and exit are there exactly when they have something to do. */
Test(spec, hooks_follow)
{
    for (unsigned i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        const struct spec_options o = SPEC_OPTIONS_DEFAULT;
        struct spec s;
        spec_decide(&cpus[i].c, &o, &s);
        cr_expect_eq(s.alternatives >> ALT_ENTRY & 1,
                     !!(s.alternatives & (BIT(ALT_IBRS) | BIT(ALT_IBPB_ENTRY) | BIT(ALT_RSB_ENTRY) |
                                          BIT(ALT_BHB_ENTRY))),
                     "%s", cpus[i].name);
        cr_expect_eq(s.alternatives >> ALT_EXIT & 1,
                     !!(s.alternatives & (BIT(ALT_IBRS) | BIT(ALT_DIV))), "%s", cpus[i].name);
    }
}
