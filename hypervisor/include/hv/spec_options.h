/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command line says about speculation and the like: spec-ctrl=, xpti=, pv-l1tf=, smep=,
 * smap=, smt=.
 * Each is 1 (on), 0 (off) or SPEC_DEFAULT: as this CPU needs it (arch/x86_64/cpu/spec.c decides).
 */
#ifndef HV_SPEC_OPTIONS_H
#define HV_SPEC_OPTIONS_H

#include <hv/types.h>

#define SPEC_DEFAULT (-1)
/* clang-format off */
#define SPEC_OPTIONS(X)                                                                            \
    X(retpoline) X(ibrs) X(ibpb) X(ibpb_entry) X(rsb) X(bhb_entry) X(bhi_dis_s) X(md_clear)        \
    X(div_scrub) X(xpti_dom0) X(xpti_domu) X(l1tf_dom0) X(l1tf_domu) X(smep) X(smap) X(smt) X(pcid)
/* clang-format on */

struct spec_options {
#define FIELD(name) int8_t name;
    SPEC_OPTIONS(FIELD)
#undef FIELD
};
#define SPEC_OPTION_UNSET(name) .name = SPEC_DEFAULT,
#define SPEC_OPTIONS_DEFAULT                                                                       \
    {                                                                                              \
        SPEC_OPTIONS(SPEC_OPTION_UNSET)                                                            \
    }

#endif
