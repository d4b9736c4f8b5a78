/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of verbs; see commands.h. */
#include "xm/commands.h"

#define X(name) &cmd_##name,
const struct command *const commands[] = {XM_COMMANDS(X) NULL};
#undef X
