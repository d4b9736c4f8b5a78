/* SPDX-License-Identifier: BSD-2-Clause */
/* xm list [-l] [-v] [--state=STATE] [Domain...] */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "domain/managed.h"
#include "lib/xalloc.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/format.h"
#include "xm/json.h"
#include "xm/longlist.h"
#include "xm/xm.h"

enum { OPT_LONG, OPT_VERBOSE, OPT_STATE };

static const struct option_row options[] = {
    [OPT_LONG] = {'l', "long", NULL, "all there is to know, as SXP (xl: as JSON)"},
    [OPT_VERBOSE] = {'v', "verbose", NULL, "also print UUIDs and reasons"},
    [OPT_STATE] = {0, "state", "STATE", "only domains that are running, paused or halted"},
    {'Z', "context", NULL, "accepted for compatibility"},
    {'n', "numa", NULL, "accepted for compatibility"},
    {0, "label", NULL, "accepted for compatibility"},
    {0},
};

static void print_verbose(const xc_domaininfo_t *info)
{
    char uuid[37], reason[16] = "-";

    uuid_unparse_lower(info->handle, uuid);
    if (info->flags & XEN_DOMINF_shutdown)
        snprintf(reason, sizeof(reason), "%x",
                 (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask);
    printf(" %s %8s %16s\n", uuid, reason, "-");
}

static void add_row(const char *name, const xc_domaininfo_t *info)
{
    struct json_object *row = answer_row();
    char uuid[37];

    uuid_unparse_lower(info->handle, uuid);
    json_add_text(row, "name", name);
    json_add_number(row, "domid", info->domain);
    json_add_text(row, "uuid", uuid);
    json_add_number(row, "memory_mib", (info->tot_pages + info->outstanding_pages) >> 8);
    json_add_number(row, "vcpus", info->nr_online_vcpus);
    json_add_text(row, "state", format_state_word(info->flags));
    json_add_seconds(row, "cpu_seconds", info->cpu_time);
}

static void add_halted(const char *name, const struct conf *conf)
{
    struct json_object *row = answer_row();

    json_add_text(row, "name", name);
    json_add_text(row, "uuid", conf_string(conf, "uuid"));
    json_add_number(row, "memory_mib", conf_number(conf, "memory"));
    json_add_number(row, "vcpus", conf_number(conf, "vcpus"));
    json_add_text(row, "state", "halted");
}

static void print_row(const struct toolstack *ts, const char *name, const xc_domaininfo_t *info,
                      bool verbose)
{
    char line[FORMAT_LINE_MAX];
    struct domain_row row = {
        .name = name,
        .domid = info->domain,
        .pages = info->tot_pages + info->outstanding_pages,
        .vcpus = info->nr_online_vcpus,
        .cpu_ns = info->cpu_time,
        .flags = info->flags,
    };

    if (answer_wanted()) {
        add_row(name, info);
        return;
    }
    format_list_row(ts->xl, &row, line);
    if (verbose) {
        printf("%.*s", (int)strcspn(line, "\n"), line);
        print_verbose(info);
    } else {
        fputs(line, stdout);
    }
}

static void print_rows(struct toolstack *ts, const xc_domaininfo_t *list, int n, bool verbose)
{
    char **names = ts_domain_names(ts, list, n);

    for (int i = 0; i < n; i++)
        print_row(ts, names[i], &list[i], verbose);
    ts_free_names(names, n);
}

static void print_header(const struct toolstack *ts, bool verbose)
{
    const char *header = format_list_header(ts->xl);

    if (verbose)
        printf("%.*s   UUID                            Reason-Code\tSecurity Label\n",
               (int)strcspn(header, "\n"), header);
    else
        fputs(header, stdout);
}

/* xend's names for what --state selects */
static bool in_state(const char *wanted, const xc_domaininfo_t *info)
{
    const char *word = format_state_word(info->flags);

    if (!wanted || strcmp(wanted, "all") == 0)
        return true;
    if (strcmp(wanted, "running") == 0)
        return strcmp(word, "running") == 0 || strcmp(word, "idle") == 0;
    return strcmp(wanted, word) == 0;
}

/* Names of all domains that run, asked for once: there may be hundreds of both kinds. */
struct live {
    char **names;
    int count;
};

static struct live read_live(struct toolstack *ts)
{
    xc_domaininfo_t *list;
    struct live live = {.count = ts_domains(ts, &list)};

    if (live.count > 0)
        live.names = ts_domain_names(ts, list, live.count);
    free(list);
    return live;
}

static bool runs(const struct live *live, const char *name)
{
    for (int i = 0; i < live->count; i++)
        if (strcmp(live->names[i], name) == 0)
            return true;
    return false;
}

/* Managed domains that do not run, unless others were asked for. */
static void list_halted(struct toolstack *ts, const struct args *args)
{
    const char *state = args->value[OPT_STATE];
    char **names, line[FORMAT_LINE_MAX];
    int n = managed_names(&names);
    struct live live = n ? read_live(ts) : (struct live){0};

    for (int i = 0; i < n; i++) {
        struct conf *conf = NULL;
        bool wanted = !state || strcmp(state, "all") == 0 || strcmp(state, "halted") == 0;

        if (args->argc)
            wanted = xm_named(args, names[i]);
        if (wanted && !runs(&live, names[i])) {
            conf = managed_load(ts, names[i]);
            if (!conf) /* damaged by hand, say: the others are listed all the same */
                xm_report(ts);
        }
        if (conf && args->value[OPT_LONG])
            longlist_print_halted(conf);
        else if (conf && answer_wanted())
            add_halted(names[i], conf);
        else if (conf)
            fputs(format_list_halted(names[i], conf_number(conf, "memory"),
                                     conf_number(conf, "vcpus"), line),
                  stdout);
        conf_free(conf);
        free(names[i]);
    }
    free(names);
    ts_free_names(live.names, live.count);
}

static int run(struct toolstack *ts, const struct args *args)
{
    bool verbose = args->value[OPT_VERBOSE];
    xc_domaininfo_t *list;
    int count, ret, kept = 0;

    list = xm_select(ts, args, &count, &ret, !ts->xl);
    if (!list)
        return ret;
    for (int i = 0; i < count; i++)
        if (in_state(args->value[OPT_STATE], &list[i]))
            list[kept++] = list[i];
    if (args->value[OPT_LONG]) {
        longlist_print(ts, list, kept);
    } else {
        print_header(ts, verbose);
        print_rows(ts, list, kept, verbose);
    }
    if (!ts->xl)
        list_halted(ts, args);
    free(list);
    return XM_OK;
}

const struct command cmd_list = {
    .name = "list",
    .synopsis = "[Domain, ...]",
    .help = "List information about all or some domains",
    .options = options,
    .max_args = -1,
    .harmless = true,
    .run = run,
};
