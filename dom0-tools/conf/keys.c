/* SPDX-License-Identifier: BSD-2-Clause */
/* For the build: prints the section KEYS of xm.cfg(5), so that manual and program cannot differ. */
#include <stdio.h>

#include "conf/schema.h"

int main(void)
{
    schema_manual(stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}
