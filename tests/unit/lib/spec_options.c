/* SPDX-License-Identifier: BSD-2-Clause */
/* spec-ctrl=, xpti=, pv-l1tf=, pcid=, smep=, smap=, smt=: each word says what Xen's documentation says of
 * it, or nothing. */
#include <string.h>
#include <criterion/criterion.h>

#include <hv/hcall.h>

#include "fakes.h"

static struct spec_options parse(const char *text)
{
    forget();
    cmdline_parse(text);
    return cmdline.spec;
}

#define EXPECT(text, ...)                                                                          \
    do {                                                                                           \
        struct spec_options want = SPEC_OPTIONS_DEFAULT, got = parse(text);                        \
        const struct {                                                                             \
            int8_t *at;                                                                            \
            int8_t value;                                                                          \
        } sets[] = {__VA_ARGS__};                                                                  \
        for (unsigned i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)                              \
            *sets[i].at = sets[i].value;                                                           \
        cr_expect_eq(memcmp(&want, &got, sizeof(got)), 0, "%s", text);                             \
        cr_expect_str_empty(said, "%s", text);                                                     \
    } while (0)

Test(spec_options, words)
{
    EXPECT("spec-ctrl=ibrs", {&want.ibrs, 1});
    EXPECT("spec-ctrl=no-ibrs", {&want.ibrs, 0});
    EXPECT("spec-ctrl=ibpb=off,rsb=1", {&want.ibpb, 0}, {&want.rsb, 1});
    EXPECT("spec-ctrl=bti-thunk=retpoline", {&want.retpoline, 1});
    EXPECT("spec-ctrl=bti-thunk=jmp", {&want.retpoline, 0});
    EXPECT("spec-ctrl=no-md-clear,bhb-entry,no-bhi-dis-s", {&want.md_clear, 0},
           {&want.bhb_entry, 1}, {&want.bhi_dis_s, 0});
    EXPECT("spec-ctrl=div-scrub=yes,ibpb-entry=no", {&want.div_scrub, 1}, {&want.ibpb_entry, 0});
    EXPECT("spec-ctrl=pv=0", {&want.rsb, 0}, {&want.bhb_entry, 0}, {&want.ibpb_entry, 0},
           {&want.md_clear, 0}, {&want.div_scrub, 0});
    EXPECT("pv-l1tf=dom0", {&want.l1tf_dom0, 1});
    EXPECT("pv-l1tf=domu=0,dom0", {&want.l1tf_domu, 0}, {&want.l1tf_dom0, 1});
    EXPECT("pv-l1tf=yes", {&want.l1tf_domu, 1}, {&want.l1tf_dom0, 1});
    EXPECT("xpti=dom0=0", {&want.xpti_dom0, 0});
    EXPECT("xpti=yes,default,domu=0", {&want.xpti_domu, 0});
    EXPECT("xpti=no,domu", {&want.xpti_domu, 1}, {&want.xpti_dom0, 0});
    EXPECT("xpti=false xpti=default,no-dom0", {&want.xpti_dom0, 0});
    EXPECT("pcid=0", {&want.pcid, 0});
    EXPECT("pcid=no pcid=xpti", {&want.pcid, 1});
    EXPECT("pcid", {&want.pcid, 1});
    EXPECT("smep=0 smap smt=off", {&want.smep, 0}, {&want.smap, 1}, {&want.smt, 0});
}

Test(spec_options, all_off_and_later_words_win)
{
    const char *const off[] = {"spec-ctrl=no", "spec-ctrl=0", "spec-ctrl=off"};

    for (unsigned i = 0; i < sizeof(off) / sizeof(off[0]); i++)
        EXPECT(off[i], {&want.retpoline, 0}, {&want.ibrs, 0}, {&want.ibpb, 0},
               {&want.ibpb_entry, 0}, {&want.rsb, 0}, {&want.bhb_entry, 0}, {&want.bhi_dis_s, 0},
               {&want.md_clear, 0}, {&want.div_scrub, 0}, {&want.l1tf_dom0, 0},
               {&want.l1tf_domu, 0}, {&want.xpti_dom0, 0}, {&want.xpti_domu, 0});
    for (unsigned i = 0; i < 2; i++)
        EXPECT(i ? "spec-ctrl=no-xen" : "spec-ctrl=xen=0", {&want.retpoline, 0}, {&want.ibrs, 0},
               {&want.ibpb, 0}, {&want.ibpb_entry, 0}, {&want.rsb, 0}, {&want.bhb_entry, 0},
               {&want.bhi_dis_s, 0}, {&want.md_clear, 0}, {&want.div_scrub, 0});
    EXPECT("spec-ctrl=no,ibrs spec-ctrl=yes,rsb", {&want.rsb, 1}, {&want.l1tf_dom0, 0},
           {&want.l1tf_domu, 0}, {&want.xpti_dom0, 0}, {&want.xpti_domu, 0});
    EXPECT("smt=0 smap=0 pv-l1tf=dom0 spec-ctrl=yes", {&want.smt, 0}, {&want.smap, 0},
           {&want.l1tf_dom0, 1});
    EXPECT("pv-l1tf=domu xpti=domu spec-ctrl=no,rsb", {&want.xpti_dom0, 0}, {&want.xpti_domu, 1},
           {&want.retpoline, 0}, {&want.ibrs, 0}, {&want.ibpb, 0}, {&want.ibpb_entry, 0},
           {&want.rsb, 1}, {&want.bhb_entry, 0}, {&want.bhi_dis_s, 0}, {&want.md_clear, 0},
           {&want.div_scrub, 0}, {&want.l1tf_dom0, 0}, {&want.l1tf_domu, 1});
}

/* Also those of Xen that are not made here: an operator who relies on one is told. */
Test(spec_options, what_is_not_made_is_refused_whole)
{
    const char *const bad[] = {"spec-ctrl=eager-fpu",
                               "spec-ctrl=ibrs,msr-sc",
                               "spec-ctrl=ssbd",
                               "spec-ctrl=ibrs=maybe",
                               "spec-ctrl=no-ibrs=1",
                               "spec-ctrl=bti-thunk=lfence",
                               "spec-ctrl=",
                               "spec-ctrl=ibrs,,rsb",
                               "spec-ctrl=xen",
                               "spec-ctrl=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                               "pv-l1tf=",
                               "pv-l1tf=dom1",
                               "pv-l1tf=default",
                               "xpti=",
                               "xpti=pv",
                               "xpti=default=1",
                               "pcid=no-xpti",
                               "pcid=xpti=1",
                               "smep=hvm",
                               "smt=2"};
    struct spec_options none = SPEC_OPTIONS_DEFAULT;

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct spec_options got = parse(bad[i]);
        cr_expect_eq(memcmp(&got, &none, sizeof(none)), 0, "%s", bad[i]);
        cr_expect(strstr(said, bad[i]), "%s is named", bad[i]);
    }
}
