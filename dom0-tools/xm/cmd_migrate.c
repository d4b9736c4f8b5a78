/* SPDX-License-Identifier: BSD-2-Clause */
/* xm migrate [-l] [--timeout S] [-C CONFIG] [-p PORT | --ssh | -s COMMAND] <Domain> <Host>: a
 * domain goes to another host; xl migrate, which has no port and for which -p is --paused. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "conf/host.h"
#include "domain/host_file.h"
#include "domain/live.h"
#include "domain/migrate.h"
#include "domain/relocate.h"
#include "domain/save.h"
#include "lib/xalloc.h"
#include "xm/commands.h"
#include "xm/transport.h"
#include "xm/xm.h"

enum {
    OPT_PORT,
    OPT_SSH,
    OPT_NODE,
    OPT_HOME,
    XM_OPTIONS,
    OPT_LIVE = XM_OPTIONS,
    OPT_PAUSED,
    OPT_CONFIG,
    OPT_COMMAND,
    OPT_TIMEOUT,
};

static const struct option_row options[] = {
    [OPT_PORT] = {'p', "port", "PORT", "of the relocation server there"},
    [OPT_SSH] = {0, "ssh", NULL, "by ssh to the host, not to its relocation server"},
    [OPT_NODE] = {'n', "node", "NODE", "accepted for compatibility"},
    [OPT_HOME] = {'c', "change_home_server", NULL, "accepted for compatibility"},
    [OPT_LIVE] = {'l', "live", NULL, "send it while it runs (xl: always)"},
    [OPT_PAUSED] = {'p', "paused", NULL,
                    "leave the domain paused on the other host (not by its relocation server)"},
    [OPT_CONFIG] = {'C', NULL, "FILE", "send this config instead of the present one"},
    [OPT_COMMAND] = {'s', NULL, "COMMAND",
                     "instead of ssh; passed to a shell; empty: the host is "
                     "the whole command"},
    [OPT_TIMEOUT] = {0, "timeout", "SECONDS",
                     "with --live: give up unless it can be suspended by then"},
    {'e', NULL, NULL, "accepted for compatibility"},
    {'D', NULL, NULL, "accepted for compatibility"},
    {0, "debug", NULL, "accepted for compatibility"},
    {0},
};

/* As xl makes it: "exec COMMAND HOST xl migrate-receive", by a shell. */
static char *command_line(const struct args *args, const char *host)
{
    const char *command = args->value[OPT_COMMAND] ? args->value[OPT_COMMAND] : "ssh";
    char *text;
    int ret = *command ? asprintf(&text, "exec %s %s xl migrate-receive%s", command, host,
                                  args->value[OPT_PAUSED] ? " -p" : "")
                       : asprintf(&text, "exec %s", host);

    return ret < 0 ? xalloc_check(NULL) : text;
}

static void say(const char *line)
{
    fprintf(stderr, "%s\n", line);
}

/* False with a message: no number of seconds.  *@live stays NULL: it stands still meanwhile. */
static bool live_of(const struct toolstack *ts, const struct args *args, struct live_options *how,
                    const struct live_options **live)
{
    const char *text = args->value[OPT_TIMEOUT];
    char *end = NULL;
    unsigned long seconds = text ? strtoul(text, &end, 10) : 0;

    *how = (struct live_options){.timeout = (int)seconds, .tell = say};
    if (text && (*end || seconds < 1 || seconds > 1000000)) {
        xm_error("--timeout %s: expected a number of seconds", text);
        return false;
    }
    *live = ts->xl || args->value[OPT_LIVE] ? how : NULL;
    return true;
}

static int open_command(struct toolstack *ts, const struct args *args, struct transport *t)
{
    char *command = command_line(args, args->argv[1]);
    int ret = transport_open(t, command);

    if (ret)
        fail(&ts->fail, "cannot start '%s': %s", command, strerror(errno));
    free(command);
    return ret;
}

/* To the relocation server of xm's hosts. */
static int open_connection(struct toolstack *ts, const struct args *args, struct transport *t)
{
    const char *text = args->value[OPT_PORT];
    struct host_conf host;
    char *end = NULL;
    unsigned long port;

    host_file_read(&host);
    port = text ? strtoul(text, &end, 10) : host.relocation.port;
    if (text && (*end || port < 1 || port > 65535))
        return fail(&ts->fail, "--port %s: expected a number from 1 to 65535", text);
    if (args->value[OPT_PAUSED])
        return fail(&ts->fail, "--paused: a relocation server lets domains run (use --ssh)");
    return transport_connect(t, args->argv[1], port, &ts->fail);
}

static int migrate(struct toolstack *ts, const struct args *args, struct migration *m)
{
    struct transport t;
    struct stream_in in = stream_in_fd(&t.in, &ts->fail);
    struct stream_out out = stream_out_fd(&t.out, &ts->fail);
    enum migrate_end end = MIGRATE_HERE;

    signal(SIGPIPE, SIG_IGN);
    m->rename = !ts->xl && !args->value[OPT_COMMAND] && !args->value[OPT_SSH];
    if ((m->rename ? open_connection : open_command)(ts, args, &t))
        return xm_report(ts);
    if (!m->rename || relocate_greet(&in, &out) == 0)
        end = migrate_send(ts, m, &in, &out);
    transport_close(&t);
    if (end == MIGRATE_DONE)
        return XM_OK;
    xm_report(ts);
    if (end == MIGRATE_HERE)
        fprintf(stderr, "The domain goes on here.\n");
    return XM_FAILED;
}

static int run(struct toolstack *ts, const struct args *args)
{
    struct live_options live;
    struct migration m = {0};
    struct conf *conf;
    int ret;

    if (!live_of(ts, args, &live, &m.live) || !xm_need(ts))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &m.domid);
    if (ret)
        return ret;
    conf = save_config_from(ts, m.domid, args->value[OPT_CONFIG]);
    if (!conf)
        return xm_report(ts);
    m.conf = conf;
    ret = migrate(ts, args, &m);
    conf_free(conf);
    return ret;
}

const struct command cmd_migrate = {
    .name = "migrate",
    .synopsis = "<Domain> <Host>",
    .help = "Migrate a domain to another host",
    .options = options,
    .xm_options = XM_OPTIONS,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
