/* SPDX-License-Identifier: BSD-2-Clause */
/* xm migrate [-l] [--timeout S] [-p] [-C CONFIG] [-s COMMAND] <Domain> <Host>: a domain goes to
 * another host. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "domain/live.h"
#include "domain/migrate.h"
#include "domain/save.h"
#include "lib/xalloc.h"
#include "xm/commands.h"
#include "xm/transport.h"
#include "xm/xm.h"

enum { OPT_LIVE, OPT_PAUSED, OPT_CONFIG, OPT_COMMAND, OPT_TIMEOUT };

static const struct option_row options[] = {
    [OPT_LIVE] = {'l', "live", NULL, "send it while it runs (xl: always)"},
    [OPT_PAUSED] = {'p', "paused", NULL, "leave the domain paused on the other host"},
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
static bool live_of(const struct toolstack *ts, const struct args *args,
                    struct live_options *options, const struct live_options **live)
{
    const char *text = args->value[OPT_TIMEOUT];
    char *end = NULL;

    *options = (struct live_options){.tell = say};
    if (text)
        options->timeout = strtoul(text, &end, 10);
    if (text && (*end || options->timeout < 1 || options->timeout > 1000000)) {
        xm_error("--timeout %s: expected a number of seconds", text);
        return false;
    }
    *live = ts->xl || args->value[OPT_LIVE] ? options : NULL;
    return true;
}

static int migrate(struct toolstack *ts, uint32_t domid, const struct conf *conf,
                   const struct live_options *live, const char *command)
{
    struct transport t;
    struct stream_in in = stream_in_fd(&t.in, &ts->fail);
    struct stream_out out = stream_out_fd(&t.out, &ts->fail);
    enum migrate_end end;

    signal(SIGPIPE, SIG_IGN);
    if (transport_open(&t, command))
        return xm_error("cannot start '%s': %s", command, strerror(errno));
    end = migrate_send(ts, domid, conf, live, &in, &out);
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
    struct live_options options;
    const struct live_options *live;
    struct conf *conf;
    uint32_t domid;
    char *command;
    int ret;

    if (!live_of(ts, args, &options, &live) || !xm_need(ts))
        return XM_FAILED;
    ret = xm_find(ts, args->argv[0], &domid);
    if (ret)
        return ret;
    conf = save_config_from(ts, domid, args->value[OPT_CONFIG]);
    if (!conf)
        return xm_report(ts);
    command = command_line(args, args->argv[1]);
    ret = migrate(ts, domid, conf, live, command);
    free(command);
    conf_free(conf);
    return ret;
}

const struct command cmd_migrate = {
    .name = "migrate",
    .synopsis = "<Domain> <Host>",
    .help = "Migrate a domain to another host",
    .options = options,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};
