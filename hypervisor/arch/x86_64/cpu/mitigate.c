/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what cpu/spec.c decided on this machine. */
#include <hv/check.h>
#include <hv/frame.h>
#include <hv/hcall.h>
#include <hv/lib.h>
#include <hv/ptype.h>
#include <asm/alternative.h>
#include <asm/boot.h>
#include <asm/spec.h>
#include <asm/vcpu.h>
#include <asm/xpti.h>

#define MSR_AMD_LS_CFG   0xc0011020
#define LS_CFG_LOCKED_WC (1UL << 15) /* AMD 51810, erratum 793 */
#define MSR_AMD_FP_CFG   0xc0011028
#define FP_CFG_FPDSS     (1UL << 9) /* AMD-SB-7039 */
#define MSR_AMD_DE_CFG   0xc0011029
#define DE_CFG_ZENBLEED  (1UL << 9) /* AMD-SB-7008 */

extern const struct alternative alt_table[], alt_table_end[];
extern uint8_t bhb_rounds[2]; /* cpu/barriers.S: outer and inner loop */
extern const uint16_t verw_selector;

bool xpti_isolates[2];
static struct spec active;
static char state[SPEC_TOPICS][112]; /* what was decided, in words */

const char *arch_mitigation(unsigned i, const char **name)
{
    if (i >= SPEC_TOPICS)
        return NULL;
    *name = spec_topic_names[i].name;
    return state[i];
}

__init struct cpu_ident cpu_identify(void)
{
    struct cpuid base = cpuid(0, 0), f = cpuid(1, 0), f7 = {0};
    uint32_t extended = cpuid(0x80000000, 0).a, family = f.a >> 8 & 15;
    struct cpu_ident c = {
        .vendor = base.b == 0x756e6547   ? CPU_INTEL
                  : base.b == 0x68747541 ? CPU_AMD
                  : base.b == 0x6f677948 ? CPU_HYGON
                                         : CPU_OTHER,
        .family = (uint8_t)(family == 15 ? 15 + (f.a >> 20 & 0xff) : family),
        .model = (uint8_t)((f.a >> 4 & 15) | (family == 6 || family == 15 ? f.a >> 12 & 0xf0 : 0)),
        .stepping = f.a & 15,
        .has_pcid = f.c >> 17 & 1,
        .is_virtual = f.c >> 31,
        .is_emulated = f.c >> 31 && cpuid(0x40000000, 0).b == 0x54474354, /* "TCGT"CGTCGTCG */
    };

    if (base.a >= 7)
        f7 = cpuid(7, 0);
    c.c7b = f7.b, c.c7c = f7.c, c.c7d = f7.d;
    if (base.a >= 0xb)
        c.ba = cpuid(0xb, 0).a, c.bb = cpuid(0xb, 0).b;
    c.c72d = f7.a >= 2 ? cpuid(7, 2).d : 0;
    c.e8b = extended >= 0x80000008 ? cpuid(0x80000008, 0).b : 0;
    c.e21a = extended >= 0x80000021 ? cpuid(0x80000021, 0).a : 0;
    c.e21c = extended >= 0x80000021 ? cpuid(0x80000021, 0).c : 0;
    c.arch_caps = f7.d >> 29 & 1 ? rdmsr(MSR_ARCH_CAPS) : 0;
    return c;
}

__init void spec_init(void)
{
    struct cpu_ident c = cpu_identify();

    spec_decide(&c, &cmdline.spec, &active);
    if (active.erratum_121)
        panic("this CPU (AMD family Fh before revision F) can be stopped by any guest\n");
    for (unsigned i = 0; i < SPEC_TOPICS; i++) {
        const struct spec_line *l = &active.line[i];

        hv_snprintf(state[i], sizeof(state[i]), "%s, %s: %s%s", l->needed ? "needed" : "not needed",
                    l->on ? "on" : "off", l->why, spec_topic_names[i].options);
        log_info("mitigation: %s: %s\n", spec_topic_names[i].name, state[i]);
    }
    if (active.bhb_long) {
        bhb_rounds[0] = 12;
        bhb_rounds[1] = 7;
    }
    xpti_isolates[0] = active.xpti_domu;
    xpti_isolates[1] = active.xpti_dom0;
    alternatives_apply(alt_table, alt_table_end, active.alternatives);
    (void)cpuid(0, 0); /* serialises: what was fetched before is forgotten (SDM 3A 9.1.3) */
}

uint64_t spec_cr4(void)
{
    return active.cr4;
}

__init uint32_t spec_unused_ids(void)
{
    return active.unused_ids;
}

bool spec_has_invpcid(void)
{
    return active.invpcid;
}

void spec_init_cpu(void)
{
    this_pcpu()->spec_ctrl = active.spec_ctrl;
    if (active.spec_ctrl)
        wrmsr(MSR_SPEC_CTRL, active.spec_ctrl);
    if (active.auto_ibrs)
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_AIBRSE);
    if (active.locked_wc)
        wrmsr(MSR_AMD_LS_CFG, rdmsr(MSR_AMD_LS_CFG) | LS_CFG_LOCKED_WC);
    if (active.zenbleed)
        wrmsr(MSR_AMD_DE_CFG, rdmsr(MSR_AMD_DE_CFG) | DE_CFG_ZENBLEED);
    if (active.fpdss)
        wrmsr(MSR_AMD_FP_CFG, rdmsr(MSR_AMD_FP_CFG) | FP_CFG_FPDSS);
}

void spec_before_idle(void)
{
    if (active.alternatives >> ALT_VERW & 1)
        __asm__ volatile("verw %0" ::"m"(verw_selector) : "cc");
}

void spec_load_guest(const struct vcpu *v)
{
    struct pcpu *p = this_pcpu();
    uint32_t want = active.spec_ctrl | v->arch.spec_ctrl;

    if (likely(p->spec_ctrl == want))
        return;
    p->spec_ctrl = want;
    wrmsr(MSR_SPEC_CTRL, want | (active.alternatives >> ALT_IBRS & 1 ? SPEC_CTRL_IBRS : 0));
}

/* The barrier: not for one that was here last and nowhere else since (XSA-479: its kernel counts on
 * that). */
void spec_switch_to(struct vcpu *v)
{
    struct pcpu *p = this_pcpu();

    spec_load_guest(v);
    if (!active.ibpb || (p->last_guest == v && v->arch.last_cpu == p->cpu + 1))
        return;
    p->last_guest = v;
    v->arch.last_cpu = (uint8_t)(p->cpu + 1);
    wrmsr(MSR_PRED_CMD, 1);
    rsb_fill(); /* which some CPUs' barrier leaves alone (XSA-422) */
}

/* The first-level cache of the CPUs with L1TF looks at 44 bits, though most of them have fewer
 * (Intel SA-00161). */
__init void spec_init_l1tf(void)
{
    unsigned bits = max(cpuid(0x80000008, 0).a & 0xff, 44u);

    ptype_l1tf_init((1UL << bits) - 1, frame_end << PAGE_SHIFT, active.l1tf_dom0, active.l1tf_domu);
}
