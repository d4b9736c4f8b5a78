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

static int run(struct xm *xm, const struct args *args)
{
    static char text[CHUNK];
    uint32_t index = 0;
    unsigned int len;

    if (!xm_need_xc(xm))
        return XM_FAILED;
    do {
        len = sizeof(text);
        if (xc_readconsolering(xm->xch, text, &len, 0, 1, &index))
            return xm_error(xm, "cannot read the hypervisor's messages: %s", strerror(errno));
        fwrite(text, 1, len, stdout);
    } while (len == sizeof(text));
    len = 0;
    if (args->value[0] && xc_readconsolering(xm->xch, text, &len, 1, 0, NULL))
        return xm_error(xm, "cannot clear the hypervisor's messages: %s", strerror(errno));
    return XM_OK;
}

const struct command cmd_dmesg = {
    .name = "dmesg",
    .synopsis = "",
    .help = "Read the hypervisor's message buffer",
    .options = options,
    .run = run,
};
