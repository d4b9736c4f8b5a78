/* SPDX-License-Identifier: BSD-2-Clause */
/* Decisions about domains that went down; see verdict.h. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "xend/verdict.h"

const char *verdict_key(unsigned int reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff:
        return "on_poweroff";
    case SHUTDOWN_reboot:
    case SHUTDOWN_soft_reset:
        return "on_reboot";
    case SHUTDOWN_suspend:
        return NULL;
    default:
        return "on_crash";
    }
}

enum verdict verdict_of(const char *action)
{
    static const struct {
        const char *text;
        enum verdict verdict;
    } table[] = {
        {"restart", VERDICT_RESTART},
        {"coredump-restart", VERDICT_RESTART},
        {"preserve", VERDICT_PRESERVE},
        {"rename-restart", VERDICT_RENAME_RESTART},
    };

    for (size_t i = 0; action && i < sizeof(table) / sizeof(table[0]); i++)
        if (strcmp(action, table[i].text) == 0)
            return table[i].verdict;
    return VERDICT_DESTROY;
}

bool verdict_wants_core(const char *action)
{
    return action && strncmp(action, "coredump-", strlen("coredump-")) == 0;
}

bool verdict_starts_again(enum verdict verdict)
{
    return verdict == VERDICT_RESTART || verdict == VERDICT_RENAME_RESTART;
}

bool verdict_may_restart(unsigned int *short_lives, long seconds)
{
    *short_lives = seconds >= 0 && seconds < VERDICT_SHORT_LIFE_S ? *short_lives + 1 : 0;
    return *short_lives < VERDICT_SHORT_LIVES;
}
