/* SPDX-License-Identifier: BSD-2-Clause */
/* xm dmesg [-c] */
#include <errno.h>
#include <string.h>

#include "xm/commands.h"
#include "xm/xm.h"

#define CHUNK 16384u

static const struct option_row options[] = {
    {'c', "clear", NULL, "clear the buffer after printing"},
    {0},
};

static int run(struct toolstack *ts, const struct args *args)
{
    static char text[CHUNK];
    uint32_t index = 0;
    unsigned int len;

    if (!xm_need_xc(ts))
        return XM_FAILED;
    do {
        len = sizeof(text);
        /* "clear" takes away what the call itself has read: nothing is lost in between. */
        if (xc_readconsolering(ts->xch, text, &len, args->value[0] != NULL, 1, &index))
            return xm_error("cannot read the hypervisor's messages: %s", strerror(errno));
        fwrite(text, 1, len, stdout);
    } while (len == sizeof(text));
    return XM_OK;
}

const struct command cmd_dmesg = {
    .name = "dmesg",
    .synopsis = "",
    .help = "Read the hypervisor's message buffer",
    .options = options,
    .harmless = true,
    .run = run,
};
