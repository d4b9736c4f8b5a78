/* SPDX-License-Identifier: BSD-2-Clause */
/* xm domname <Number> */
#include <stdlib.h>

#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/json.h"
#include "xm/xm.h"

static int run(struct toolstack *ts, const struct args *args)
{
    uint32_t domid;
    int ret = xm_find_by(ts, args->argv[0], &domid, "domain name of domain id");
    char *name;

    if (ret)
        return ret;
    name = ts_domain_name(ts, domid);
    if (answer_wanted())
        json_add_text(answer_object(), "name", name);
    else
        puts(name);
    free(name);
    return XM_OK;
}

const struct command cmd_domname = {
    .name = "domname",
    .synopsis = "<Domain>",
    .help = "Convert a domain's number to its name",
    .min_args = 1,
    .max_args = 1,
    .harmless = true,
    .run = run,
};
