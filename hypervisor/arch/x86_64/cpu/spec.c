/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU needs what against speculation, and what is on.  Facts: Intel's "Affected Processors"
 * table and "Speculative Execution Side Channel Mitigations" (336996), the bits of MSR
 * IA32_ARCH_CAPABILITIES (SDM 4 table 2-2); AMD APM 3 appendix E and AMD's security bulletins.
 * Where a CPU says itself that it is free of something it is believed; where facts are missing it
 * counts as affected.
 */
#include <asm/alternative.h>
#include <asm/cpu.h>
#include <asm/spec.h>

#define BIT(n) (1u << (n))
/* MSR IA32_ARCH_CAPABILITIES. */
#define RDCL_NO    (1UL << 0)
#define IBRS_ALL   (1UL << 1)
#define RSBA       (1UL << 2)
#define MDS_NO     (1UL << 5)
#define TAA_NO     (1UL << 8)
#define FBSDP_NO   (1UL << 14)
#define FB_CLEAR   (1UL << 17)
#define BHI_NO     (1UL << 20)
#define RFDS_NO    (1UL << 27)
#define RFDS_CLEAR (1UL << 28)
#define ITS_NO     (1UL << 62)
/* CPUID.7.0 EBX, ECX, EDX and 7.2 EDX. */
#define F_SMEP     BIT(7)
#define F_INVPCID  BIT(10)
#define F_RTM      BIT(11)
#define F_SMAP     BIT(20)
#define F_UMIP     BIT(2)
#define F_MD_CLEAR BIT(10)
#define F_IBRSB    BIT(26)
#define F_BHI_CTRL BIT(4)
/* CPUID.80000008:EBX, 80000021:EAX and ECX. */
#define F_IBPB        BIT(12)
#define F_STIBP       BIT(15)
#define F_BTC_NO      BIT(29)
#define F_VERW_CLEAR  BIT(5)
#define F_AUTO_IBRS   BIT(8)
#define F_SRSO_NO     BIT(29)
#define F_SRSO_USK_NO BIT(30) /* not from user mode into the hypervisor */
#define F_TSA_SQ_NO   BIT(1)
#define F_TSA_L1_NO   BIT(2)

const struct spec_topic_name spec_topic_names[SPEC_TOPICS] = {
    [SPEC_MELTDOWN] = {"meltdown", " (xpti)"},
    [SPEC_PCID] = {"pcid", " (pcid)"},
    [SPEC_L1TF] = {"l1tf", " (pv-l1tf)"},
    [SPEC_BOUNDS] = {"bounds", ""},
    [SPEC_TARGETS] = {"targets", " (bti-thunk, ibrs)"},
    [SPEC_RETURNS] = {"returns", " (ibpb-entry, ibrs)"},
    [SPEC_RSB] = {"return-stack", " (rsb)"},
    [SPEC_HISTORY] = {"history", " (bhb-entry, bhi-dis-s)"},
    [SPEC_ITS] = {"its", " (bti-thunk)"},
    [SPEC_SWITCH] = {"switch", " (ibpb)"},
    [SPEC_BUFFERS] = {"buffers", " (md-clear)"},
    [SPEC_SIBLINGS] = {"siblings", " (smt)"},
    [SPEC_DIVIDER] = {"divider", " (div-scrub)"},
    [SPEC_ERRATA] = {"zenbleed-fpdss", ""},
    [SPEC_ACCESS] = {"access", " (smep, smap)"},
};

/* An emulator only calls itself so. */
static bool amd(const struct cpu_ident *c)
{
    return !c->is_emulated && (c->vendor == CPU_AMD || c->vendor == CPU_HYGON);
}

static bool intel(const struct cpu_ident *c)
{
    return !c->is_emulated && c->vendor == CPU_INTEL;
}

static bool intel6(const struct cpu_ident *c)
{
    return intel(c) && c->family == 6;
}

static bool in(uint8_t model, const uint8_t *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i] == model)
            return true;
    return false;
}
#define IN(model, ...)                                                                             \
    ({                                                                                             \
        static const uint8_t l_[] = {__VA_ARGS__};                                                 \
        in(model, l_, sizeof(l_));                                                                 \
    })

/* Executes in order: an emulator, Intel's first small core. */
static bool in_order(const struct cpu_ident *c)
{
    return c->is_emulated || (intel6(c) && IN(c->model, 0x1c, 0x26, 0x27, 0x35, 0x36));
}
/* Intel's later small cores, by generation. */
static bool silvermont(const struct cpu_ident *c)
{
    return intel6(c) && IN(c->model, 0x37, 0x4a, 0x4c, 0x4d, 0x5a, 0x5d, 0x75);
}
static bool goldmont(const struct cpu_ident *c)
{
    return intel6(c) && IN(c->model, 0x5c, 0x5f, 0x7a);
}

/* AMD's first Zen, by what it has not (AMD: it lacks STIBP, Zen 2 and later have it). */
static bool zen1(const struct cpu_ident *c)
{
    return amd(c) && (c->family == 0x17 || c->family == 0x18) && !(c->e8b & F_STIBP);
}
static bool zen2(const struct cpu_ident *c)
{
    return amd(c) && c->family == 0x17 && c->e8b & F_STIBP;
}

/* AMD erratum 793 (XSA-82): a locked access to write-combining memory stops the CPU. */
static bool jaguar(const struct cpu_ident *c)
{
    return c->vendor == CPU_AMD && c->family == 0x16 && c->model <= 0x0f;
}

static bool has_ibrs(const struct cpu_ident *c)
{
    return c->c7d & F_IBRSB;
}
static bool has_ibpb(const struct cpu_ident *c)
{
    return c->c7d & F_IBRSB || c->e8b & F_IBPB;
}

static bool wanted(int8_t option, bool by_default)
{
    return option == SPEC_DEFAULT ? by_default : option;
}

static void say(struct spec *s, enum spec_topic t, bool needed, bool on, const char *why)
{
    s->line[t] = (struct spec_line){needed, on, why};
}

static void use(struct spec *s, unsigned alternative, bool on)
{
    if (on)
        s->alternatives |= 1u << alternative;
}

static bool meltdown(const struct cpu_ident *c)
{
    return intel(c) && !(c->arch_caps & RDCL_NO) && !in_order(c);
}

static void decide_tables(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool l1tf = meltdown(c) && !silvermont(c) && !goldmont(c);

    s->xpti_domu = wanted(o->xpti_domu, meltdown(c));
    s->xpti_dom0 = wanted(o->xpti_dom0, meltdown(c));
    use(s, ALT_XPTI, s->xpti_dom0 || s->xpti_domu);
    say(s, SPEC_MELTDOWN, meltdown(c), s->xpti_domu,
        s->xpti_domu   ? s->xpti_dom0 ? "guests run on tables without our memory"
                                      : "guests, but not the control domain"
        : !meltdown(c) ? "this CPU is free of it"
                       : "switched off: a guest can read all memory on this CPU");
    s->l1tf_domu = wanted(o->l1tf_domu, l1tf);
    s->l1tf_dom0 = wanted(o->l1tf_dom0, false);
    say(s, SPEC_L1TF, l1tf, s->l1tf_domu,
        !l1tf ? "this CPU is free of it"
              : "guests' not-present entries may not name RAM; siblings: smt=0");
    say(s, SPEC_BOUNDS, !in_order(c), true, "masks are compiled in");
}

/* Spares isolated guests the flush at each entry and exit; nobody else would gain by it (DESIGN.md). */
static void decide_tags(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool needed = s->xpti_dom0 || s->xpti_domu, on = needed && c->has_pcid && wanted(o->pcid, true);

    s->invpcid = c->c7b & F_INVPCID;
    if (on)
        s->cr4 |= CR4_PCIDE;
    use(s, ALT_PCID, on);
    say(s, SPEC_PCID, needed, on,
        !needed        ? "guests run on the tables with our memory"
        : !c->has_pcid ? "this CPU has none: each entry and exit flushes"
        : !on          ? "switched off: each entry and exit flushes"
        : s->invpcid   ? "entries and exits keep what the TLB has"
                       : "entries and exits keep what the TLB has; there is no INVPCID");
}

/* Models whose returns take predictions of indirect branches when their stack is empty. */
static bool rsb_alternate(const struct cpu_ident *c)
{
    return intel6(c) &&
           (c->arch_caps & RSBA || IN(c->model, 0x4e, 0x55, 0x5e, 0x66, 0x8e, 0x9e, 0xa5, 0xa6));
}

static bool its(const struct cpu_ident *c)
{
    return intel6(c) && !(c->arch_caps & ITS_NO) &&
           (IN(c->model, 0x6a, 0x6c, 0x7e, 0x8c, 0x8d, 0xa5, 0xa6, 0xa7) ||
            (c->model == 0x55 && c->stepping >= 6) || (c->model == 0x8e && c->stepping >= 12) ||
            (c->model == 0x9e && c->stepping >= 13));
}

static void decide_targets(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool auto_ibrs = amd(c) && c->e21a & F_AUTO_IBRS,
         enhanced = has_ibrs(c) && c->arch_caps & IBRS_ALL;
    bool ibrs = wanted(o->ibrs, auto_ibrs || enhanced || (has_ibrs(c) && rsb_alternate(c)));
    bool at_entry = ibrs && !auto_ibrs && !enhanced && has_ibrs(c);
    bool retpoline, needed = !in_order(c);

    s->auto_ibrs = ibrs && auto_ibrs;
    if (ibrs && !auto_ibrs && enhanced)
        s->spec_ctrl |= SPEC_CTRL_IBRS;
    use(s, ALT_IBRS, at_entry);
    ibrs = s->auto_ibrs || at_entry || s->spec_ctrl;
    retpoline = wanted(o->retpoline, needed && (!ibrs || its(c)));
    use(s, ALT_RETPOLINE, retpoline);
    say(s, SPEC_TARGETS, needed, ibrs || retpoline,
        !needed             ? "this CPU does not speculate"
        : s->auto_ibrs      ? "automatic IBRS"
        : at_entry          ? "IBRS at each entry"
        : ibrs && retpoline ? "enhanced IBRS and retpolines"
        : ibrs              ? "enhanced IBRS"
        : retpoline         ? "retpolines"
                            : "switched off");
    say(s, SPEC_ITS, its(c), its(c) && retpoline,
        !its(c) ? "this CPU is free of it"
                : "retpolines for branches; its microcode must protect returns");
}

/* Returns that a guest's training leads astray: AMD's branch type confusion and SRSO, Intel's
 * RETBLEED. */
static void decide_returns(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool confusion = amd(c) && c->family >= 0x15 && c->family <= 0x18 && !(c->e8b & F_BTC_NO);
    bool srso = amd(c) && c->family >= 0x17 && c->family <= 0x19 &&
                !(c->e21a & (F_SRSO_NO | F_SRSO_USK_NO));
    bool retbleed = rsb_alternate(c) && !(c->arch_caps & IBRS_ALL);
    bool entry = wanted(o->ibpb_entry, confusion || srso) && has_ibpb(c), rsb;

    use(s, ALT_IBPB_ENTRY, entry);
    say(s, SPEC_RETURNS, confusion || srso || retbleed,
        entry || (retbleed && s->alternatives >> ALT_IBRS & 1),
        entry               ? "IBPB at each entry"
        : confusion || srso ? has_ibpb(c) ? "switched off" : "this CPU's microcode has no IBPB"
        : retbleed          ? "IBRS at each entry"
                            : "this CPU is free of it");
    /* Without SMEP speculation may go where a guest's return addresses point. */
    rsb = wanted(o->rsb, !(s->cr4 & CR4_SMEP) && !in_order(c)) || (entry && amd(c));
    use(s, ALT_RSB_ENTRY, rsb);
    say(s, SPEC_RSB, !(s->cr4 & CR4_SMEP) && !in_order(c), rsb,
        s->cr4 & CR4_SMEP ? "SMEP bars what guests could have put there" : "there is no SMEP");
}

static void decide_history(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool needed = intel6(c) && c->arch_caps & IBRS_ALL && !(c->arch_caps & BHI_NO);
    bool hardware = c->c72d & F_BHI_CTRL && wanted(o->bhi_dis_s, needed);
    bool sequence = wanted(o->bhb_entry, needed && !hardware);

    if (hardware)
        s->spec_ctrl |= SPEC_CTRL_BHI_DIS_S;
    use(s, ALT_BHB_ENTRY, sequence);
    s->bhb_long = intel6(c) && IN(c->model, 0x8f, 0x97, 0x9a, 0xaa, 0xac, 0xad, 0xae, 0xb7, 0xba,
                                  0xbe, 0xbf, 0xcf);
    say(s, SPEC_HISTORY, needed, hardware || sequence,
        hardware   ? "BHI_DIS_S"
        : sequence ? "cleared at each entry"
        : needed   ? "switched off"
                   : "this CPU is free of it");
    s->ibpb = wanted(o->ibpb, !in_order(c)) && has_ibpb(c);
    say(s, SPEC_SWITCH, !in_order(c), s->ibpb,
        s->ibpb       ? "IBPB when a CPU changes guests"
        : has_ibpb(c) ? "switched off"
                      : "this CPU's microcode has no IBPB");
}

static bool mds(const struct cpu_ident *c)
{
    return intel(c) && !(c->arch_caps & MDS_NO) && !in_order(c) && !goldmont(c);
}

/* What VERW clears: MDS, TAA, stale device data (MMIO), registers (RFDS); AMD's TSA. */
static void decide_buffers(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool taa = intel(c) && c->c7b & F_RTM && !(c->arch_caps & TAA_NO);
    bool mmio = intel(c) && c->arch_caps & FB_CLEAR && !(c->arch_caps & FBSDP_NO);
    bool rfds = intel6(c) && !(c->arch_caps & RFDS_NO) &&
                (c->arch_caps & RFDS_CLEAR || goldmont(c) || IN(c->model, 0x86, 0x96, 0x9c));
    bool tsa = amd(c) && c->family == 0x19 &&
               (c->e21c & (F_TSA_SQ_NO | F_TSA_L1_NO)) != (F_TSA_SQ_NO | F_TSA_L1_NO);
    bool able = c->c7d & F_MD_CLEAR || c->arch_caps & (FB_CLEAR | RFDS_CLEAR) ||
                (amd(c) && c->e21a & F_VERW_CLEAR);
    bool needed = mds(c) || taa || mmio || rfds || tsa, on = wanted(o->md_clear, needed) && able;

    use(s, ALT_VERW, on);
    say(s, SPEC_BUFFERS, needed, on,
        on        ? "VERW at each exit and before sleep; siblings: smt=0"
        : !needed ? "this CPU is free of it"
        : able    ? "switched off"
                  : "this CPU's microcode cannot");
}

/* The bits of an APIC id that tell the threads of a core apart (SDM 3A 9.9.1); 0: it has one. */
static uint32_t thread_bits(const struct cpu_ident *c)
{
    return c->bb ? (1u << (c->ba & 31)) - 1 : 0;
}

/* Half of the CPUs are much to lose: by default they are used. */
static void decide_siblings(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    const uint32_t bits = thread_bits(c);
    const bool on = bits && !wanted(o->smt, true);

    s->unused_ids = on ? bits : 0;
    say(s, SPEC_SIBLINGS, bits && !in_order(c), on,
        !bits ? "this CPU's cores have one thread, or it does not tell"
        : on  ? "one thread of each core is used"
              : "all threads are used; those of a core share caches, buffers and predictors");
}

static void decide_errata(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    bool div = wanted(o->div_scrub, zen1(c)), bits = zen1(c) || zen2(c) || jaguar(c);

    use(s, ALT_DIV, div);
    say(s, SPEC_DIVIDER, zen1(c), div,
        !zen1(c) ? "this CPU is free of it"
        : div    ? "a division at each exit"
                 : "switched off");
    s->zenbleed = zen2(c) && !c->is_virtual;
    s->fpdss = zen1(c) && c->vendor == CPU_AMD && !c->is_virtual;
    s->locked_wc = jaguar(c) && !c->is_virtual;
    const bool on = s->zenbleed || s->fpdss || s->locked_wc;
    say(s, SPEC_ERRATA, bits, on,
        on     ? "bit set in the CPU's configuration"
        : bits ? "left to the hypervisor below or the firmware"
               : "this CPU is free of it");
    /* Before revision F: code that runs across the end of the canonical addresses stops it for good
     * (XSA-9). */
    s->erratum_121 = c->vendor == CPU_AMD && c->family == 0x0f && c->model < 0x40 && !c->is_virtual;
}

static void decide_access(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    if (c->c7b & F_SMEP && wanted(o->smep, true))
        s->cr4 |= CR4_SMEP;
    if (c->c7b & F_SMAP && wanted(o->smap, true))
        s->cr4 |= CR4_SMAP;
    if (c->c7c & F_UMIP)
        s->cr4 |= CR4_UMIP;
    use(s, ALT_SMAP, s->cr4 & CR4_SMAP);
    say(s, SPEC_ACCESS, true, s->cr4 == (CR4_SMEP | CR4_SMAP | CR4_UMIP),
        s->cr4 == (CR4_SMEP | CR4_SMAP | CR4_UMIP)
            ? "all three"
            : "not all three: an older CPU, or switched off");
}

void spec_decide(const struct cpu_ident *c, const struct spec_options *o, struct spec *s)
{
    *s = (struct spec){0};
    decide_access(c, o, s);
    decide_tables(c, o, s);
    decide_tags(c, o, s);
    decide_targets(c, o, s);
    decide_returns(c, o, s);
    decide_history(c, o, s);
    decide_buffers(c, o, s);
    decide_siblings(c, o, s);
    decide_errata(c, o, s);
    use(s, ALT_ENTRY,
        s->alternatives &
            (BIT(ALT_IBRS) | BIT(ALT_IBPB_ENTRY) | BIT(ALT_RSB_ENTRY) | BIT(ALT_BHB_ENTRY)));
    use(s, ALT_EXIT, s->alternatives & (BIT(ALT_IBRS) | BIT(ALT_DIV)));
}
