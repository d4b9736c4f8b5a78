/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CONTROL_HYPFS_H
#define CONTROL_HYPFS_H

void test_hypfs(void);

#endif
