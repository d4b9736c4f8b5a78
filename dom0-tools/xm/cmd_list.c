/* SPDX-License-Identifier: BSD-2-Clause */
/* xm list [-l] [-v] [--state=STATE] [--pool=POOL] [Domain...]; xl list [-l] [-v] [-Z] [-c] [-n] */
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "conf/words.h"
#include "domain/host_file.h"
#include "domain/managed.h"
#include "lib/store.h"
#include "lib/xalloc.h"
#include "xm/answer.h"
#include "xm/commands.h"
#include "xm/format.h"
#include "xm/json.h"
#include "xm/longlist.h"
#include "xm/xm.h"

enum {
    OPT_POOL,
    XM_OPTIONS,
    OPT_LONG = XM_OPTIONS,
    OPT_STATE,
    OPT_LABEL,
    OPT_VERBOSE,
    XL_OPTIONS,
    OPT_CONTEXT = XL_OPTIONS,
    OPT_CPUPOOL,
    OPT_NUMA,
};

/* The pool that every domain is in unless somebody made others. */
#define FIRST_POOL "Pool-0"

static const struct option_row options[] = {
    [OPT_POOL] = {0, "pool", "POOL", "only domains of that CPU pool"},
    [OPT_LONG] = {'l', "long", NULL, "all there is to know, as SXP (xl: as JSON)"},
    [OPT_STATE] = {0, "state", "STATE", "only domains that are running, paused, halted, ..."},
    [OPT_LABEL] = {0, "label", NULL, "accepted for compatibility"},
    [OPT_VERBOSE] = {'v', "verbose", NULL, "also print UUIDs and reasons"},
    [OPT_CONTEXT] = {'Z', "context", NULL, "also print the security label"},
    [OPT_CPUPOOL] = {'c', "cpupool", NULL, "also print the CPU pool"},
    [OPT_NUMA] = {'n', "numa", NULL, "also print the NUMA nodes"},
    {0},
};

/* The name of a CPU pool, malloc'ed: ours has the one; with Xen's tools there may be more. */
static char *pool_name(struct toolstack *ts, uint32_t id)
{
    char *name = store_read(ts->xs, "/local/pool/%u/name", id);

    if (!name && asprintf(&name, "Pool-%u", id) < 0)
        name = NULL;
    return xalloc_check(name);
}

static bool in_pool(struct toolstack *ts, const char *wanted, const xc_domaininfo_t *info)
{
    char *name = pool_name(ts, info->cpupool);
    bool is = strcmp(name, wanted) == 0;

    free(name);
    return is;
}

static bool pool_exists(struct toolstack *ts, const char *wanted)
{
    bool found = strcmp(wanted, FIRST_POOL) == 0;
    unsigned int n;
    char **ids = store_list(ts->xs, &n, "/local/pool");

    for (unsigned int i = 0; i < n && !found; i++) {
        char *name = store_read(ts->xs, "/local/pool/%s/name", ids[i]);

        found = name && strcmp(name, wanted) == 0;
        free(name);
    }
    free(ids);
    return found;
}

static void print_pool(struct toolstack *ts, const xc_domaininfo_t *info)
{
    char *name = pool_name(ts, info->cpupool);

    printf("%16s", name);
    free(name);
}

static void print_verbose(const xc_domaininfo_t *info)
{
    char uuid[37], reason[16] = "-";

    uuid_unparse_lower(info->handle, uuid);
    if (info->flags & XEN_DOMINF_shutdown)
        snprintf(reason, sizeof(reason), "%x",
                 (info->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask);
    printf(" %s %8s", uuid, reason);
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

static void print_row(struct toolstack *ts, const char *name, const xc_domaininfo_t *info,
                      const struct args *args)
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
    printf("%.*s", (int)strcspn(line, "\n"), line);
    if (args->value[OPT_VERBOSE])
        print_verbose(info);
    if (args->value[OPT_VERBOSE] || args->value[OPT_CONTEXT])
        printf(" %16s", "-"); /* there are no labels */
    if (args->value[OPT_CPUPOOL])
        print_pool(ts, info);
    if (args->value[OPT_NUMA])
        fputs(" all", stdout); /* there is one node */
    putchar('\n');
}

static void print_rows(struct toolstack *ts, const xc_domaininfo_t *list, int n,
                       const struct args *args)
{
    char **names = ts_domain_names(ts, list, n);

    for (int i = 0; i < n; i++)
        print_row(ts, names[i], &list[i], args);
    ts_free_names(names, n);
}

static void print_header(const struct toolstack *ts, const struct args *args)
{
    const char *header = format_list_header(ts->xl);

    printf("%.*s", (int)strcspn(header, "\n"), header);
    if (args->value[OPT_VERBOSE])
        fputs("   UUID                            Reason-Code\tSecurity Label", stdout);
    else if (args->value[OPT_CONTEXT])
        fputs("   Security Label", stdout);
    if (args->value[OPT_CPUPOOL])
        fputs("         Cpupool", stdout);
    if (args->value[OPT_NUMA])
        fputs(" NODE Affinity", stdout);
    putchar('\n');
}

/* xend's names for what --state selects; nothing is idle for it. */
static const char states[] = "all|running|paused|shutdown|crashed|dying|halted|suspended";

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

/* The definition, if it is in the pool that was asked for; NULL: another's, or damaged by hand,
 * say: the others are listed all the same. */
static struct conf *load_halted(struct toolstack *ts, const char *name, const char *pool)
{
    struct conf *conf = managed_load(ts, name);
    const char *its = conf ? conf_string(conf, "pool") : NULL;

    if (!conf)
        xm_report(ts);
    if (!conf || !pool || strcmp(pool, its ? its : FIRST_POOL) == 0)
        return conf;
    conf_free(conf);
    return NULL;
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
        const char *its = managed_suspended(names[i]) ? "suspended" : "halted";
        bool wanted = !state || strcmp(state, "all") == 0 || strcmp(state, its) == 0;

        if (args->argc)
            wanted = xm_named(args, names[i]);
        if (wanted && !runs(&live, names[i]))
            conf = load_halted(ts, names[i], args->value[OPT_POOL]);
        if (conf && args->value[OPT_LONG])
            longlist_print_halted(conf, managed_suspended(names[i]));
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
    const char *pool = args->value[OPT_POOL], *state = args->value[OPT_STATE];
    struct host_conf host;
    xc_domaininfo_t *list;
    int count, ret, kept = 0;

    if (state && !word_in(state, strlen(state), states))
        return xm_error("--state: '%s' is not one of %s", state, states);
    if (args->value[OPT_LONG] && host_file_read_all(ts, &host))
        return xm_report(ts);
    list = xm_select(ts, args, &count, &ret, !ts->xl);
    if (!list)
        return ret;
    if (pool && !pool_exists(ts, pool)) {
        free(list);
        return xm_error("there is no CPU pool '%s' (all domains are in " FIRST_POOL
                        " unless somebody made others)",
                        pool);
    }
    for (int i = 0; i < count; i++)
        if (in_state(state, &list[i]) && (!pool || in_pool(ts, pool, &list[i])))
            list[kept++] = list[i];
    if (args->value[OPT_LONG]) {
        longlist_print(ts, list, kept, !ts->xl || host.sxp);
    } else {
        print_header(ts, args);
        print_rows(ts, list, kept, args);
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
    .xm_options = XM_OPTIONS,
    .xl_options = XL_OPTIONS,
    .max_args = -1,
    .harmless = true,
    .run = run,
};
