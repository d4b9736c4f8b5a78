/* SPDX-License-Identifier: BSD-2-Clause */
/* xm trigger <Domain> <nmi|reset|init|power|sleep|s3resume> [VCPU] */
#include <string.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    static const char *const names[] = {"nmi", "reset", "init", "power", "sleep", "s3resume"};
    const char *name = args->argv[1];
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return xm_error("trigger %s: a paravirtual guest has no such line or button (%s)", name,
                            i == 3 ? "shutdown asks it to power off" : "sysrq reaches its kernel");
    return xm_error("Invalid trigger '%s' (nmi, reset, init, power, sleep or s3resume)", name);
}

const struct command cmd_trigger = {
    .name = "trigger",
    .synopsis = "<Domain> <nmi|reset|init|power|sleep|s3resume> [<VCPU>]",
    .help = "Send a trigger to a domain (emulated machines only)",
    .min_args = 2,
    .max_args = 3,
    .run = run,
};
