/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Can this machine run guests?  Each check looks at one thing and, where something is wrong, says
 * what to do about it.  Nothing is changed.
 */
#ifndef XM_DOCTOR_H
#define XM_DOCTOR_H

#include "domain/toolstack.h"

enum doctor_verdict {
    DOCTOR_OK,
    DOCTOR_WARNING, /* guests run, but something will surprise */
    DOCTOR_PROBLEM, /* guests cannot be made or do not work */
};

struct doctor_finding {
    const char *name; /* of the check: "hypervisor", "modules"... */
    enum doctor_verdict verdict;
    char text[256]; /* what was found */
    char mend[256]; /* what to do; empty when it is OK */
};

#define DOCTOR_FINDINGS_MAX 32

/*
 * Carries out all checks on the machine whose file system begins at @root ("" for this one).
 * Returns how many findings there are, at least one per check.
 */
int doctor_examine(struct toolstack *ts, const char *root,
                   struct doctor_finding found[DOCTOR_FINDINGS_MAX]);

#endif
