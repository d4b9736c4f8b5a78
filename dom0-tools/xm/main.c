/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xm: one program for all domain management, with one file per verb.
 * Called as "xl" it speaks that tool's dialect where scripts could tell the difference.
 */
#include "xm/xm.h"

int main(int argc, char **argv)
{
    return xm_main(argc, argv);
}
