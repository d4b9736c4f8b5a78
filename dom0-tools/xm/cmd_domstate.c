/* SPDX-License-Identifier: BSD-2-Clause */
/* xm domstate <Domain>: one word. */
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/format.h"
#include "xm/json.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    xc_domaininfo_t info;
    uint32_t domid;
    int ret = xm_find(ts, args->argv[0], &domid);

    if (ret)
        return ret;
    if (!ts_domain_info(ts, domid, &info))
        return xm_error("Domain '%s' does not exist.", args->argv[0]);
    if (answer_wanted())
        json_add_text(answer_object(), "state", format_state_word(info.flags));
    else
        puts(format_state_word(info.flags));
    return XM_OK;
}

const struct command cmd_domstate = {
    .name = "domstate",
    .synopsis = "<Domain>",
    .help = "Print a domain's state as one word",
    .min_args = 1,
    .max_args = 1,
    .xm_only = true,
    .harmless = true,
    .run = run,
};
