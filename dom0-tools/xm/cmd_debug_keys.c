/* SPDX-License-Identifier: BSD-2-Clause */
/* xm debug-keys <Keys> */
#include <errno.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    if (!xm_need_xc(ts))
        return XM_FAILED;
    if (xc_send_debug_keys(ts->xch, args->argv[0]))
        return xm_error("cannot send debug keys: %s", strerror(errno));
    return XM_OK;
}

const struct command cmd_debug_keys = {
    .name = "debug-keys",
    .synopsis = "<Keys>",
    .help = "Send debug keys to the hypervisor ('h' lists them in xm dmesg)",
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
