/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs for user mode, written where they are used: PROGRAM(name, "instructions"), LOAD(name).
 */
#ifndef GUEST_PROGRAM_H
#define GUEST_PROGRAM_H

#include "user.h"

#define PROGRAM(name, text)                                                                        \
    asm(".pushsection .rodata\nuser_" #name ":\n" text "\nuser_" #name "_end:\n.popsection");      \
    extern const char user_##name[], user_##name##_end[];
#define LOAD(name) user_code(user_##name, (size_t)(user_##name##_end - user_##name))

/* Runs what was loaded with rdi and the default registers. */
static inline struct regs program_run(uint64_t rdi)
{
    struct regs in = user_regs();

    in.rdi = rdi;
    return user_run(&in);
}

#endif
