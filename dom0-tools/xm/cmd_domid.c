/* SPDX-License-Identifier: BSD-2-Clause */
/* xm domid <Name> */
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find_by(ts, args->argv[0], &domid, "domid of domain name");

    if (!ret && answer_wanted())
        json_add_number(answer_object(), "domid", domid);
    else if (!ret)
        printf("%u\n", domid);
    return ret;
}

const struct command cmd_domid = {
    .name = "domid",
    .synopsis = "<Domain>",
    .help = "Convert a domain's name to its number",
    .min_args = 1,
    .max_args = 1,
    .harmless = true,
    .run = run,
};
