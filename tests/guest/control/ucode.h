/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONTROL_UCODE_H
#define CONTROL_UCODE_H

void test_ucode(void);

#endif
