/* SPDX-License-Identifier: BSD-2-Clause */
/* xm list [-l] [Domain...] */
#include <stdlib.h>

#include "xm/commands.h"
#include "xm/format.h"
#include "xm/longlist.h"
#include "xm/xm.h"

static const struct option_row options[] = {
    {'l', "long", NULL, "all there is to know, as SXP (xl: as JSON)"},
    {'v', "verbose", NULL, "accepted for compatibility"},
    {0, "state", "STATE", "accepted for compatibility"},
    {0},
};

static void print_row(struct xm *xm, const xc_domaininfo_t *info)
{
    char *name = xm_domain_name(xm, info->domain), line[FORMAT_LINE_MAX];
    struct domain_row row = {
        .name = name ? name : "?",
        .domid = info->domain,
        .pages = info->tot_pages + info->outstanding_pages,
        .vcpus = info->nr_online_vcpus,
        .cpu_ns = info->cpu_time,
        .flags = info->flags,
    };

    fputs(format_list_row(xm->xl, &row, line), stdout);
    free(name);
}

/* The domains asked for, or all; NULL with *@ret set on failure. */
static xc_domaininfo_t *select_domains(struct xm *xm, const struct args *args, int *count, int *ret)
{
    xc_domaininfo_t *list;
    uint32_t domid;

    *ret = XM_FAILED;
    if (args->argc == 0) {
        *count = xm_domains(xm, &list);
        return *count < 0 ? NULL : list;
    }
    list = calloc(args->argc, sizeof(*list));
    *count = 0;
    for (int i = 0; list && i < args->argc; i++) {
        *ret = xm_find(xm, args->argv[i], &domid);
        if (*ret) {
            free(list);
            return NULL;
        }
        if (xm_domain_info(xm, domid, &list[*count]))
            ++*count;
    }
    return list;
}

static int run(struct xm *xm, const struct args *args)
{
    xc_domaininfo_t *list;
    int count, ret;

    if (!xm_need_xc(xm) || !xm_need_xs(xm))
        return XM_FAILED;
    list = select_domains(xm, args, &count, &ret);
    if (!list)
        return ret;
    if (args->value[0]) {
        longlist_print(xm, list, count);
    } else {
        fputs(format_list_header(xm->xl), stdout);
        for (int i = 0; i < count; i++)
            print_row(xm, &list[i]);
    }
    free(list);
    return XM_OK;
}

const struct command cmd_list = {
    .name = "list",
    .synopsis = "[Domain, ...]",
    .help = "List information about all or some domains",
    .options = options,
    .max_args = -1,
    .run = run,
};
