/* SPDX-License-Identifier: BSD-2-Clause */
/* Carrying out the end of a domain; see ending.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "domain/config_file.h"
#include "domain/core.h"
#include "domain/creation.h"
#include "domain/device.h"
#include "domain/paths.h"
#include "domain/rename.h"
#include "domain/teardown.h"
#include "xend/ending.h"

/* The note of a restart under way: the config, and in its name the domain and its short lives. */
#define NOTE "restart-%u-%u.cfg"

static char *note_path(uint32_t domid, unsigned int short_lives, char path[PATH_LEN])
{
    char dir[PATH_LEN];

    snprintf(path, PATH_LEN, "%.*s/" NOTE, PATH_LEN - 64, path_domains(dir), domid, short_lives);
    return path;
}

/*
 * Writes down what is to be started: the kept config under the name that the domain has now, and
 * with a new identity if the old domain keeps its own.
 */
static int write_note(struct toolstack *ts, const struct ending_plan *plan, const char *note)
{
    char path[PATH_LEN], text[37], *name;
    struct conf *conf = config_read(ts, path_domain_config(plan->domid, path), NULL, 0);
    uuid_t uuid;
    int ret;

    if (!conf)
        return -1;
    name = ts_domain_name(ts, plan->domid);
    config_set(conf, "name", domain_proper_name(name));
    free(name);
    if (plan->verdict == VERDICT_RENAME_RESTART) {
        uuid_generate_random(uuid);
        uuid_unparse_lower(uuid, text);
        config_set(conf, "uuid", text);
    }
    ret = config_write(ts, conf, note);
    conf_free(conf);
    return ret;
}

/*
 * Starts the domain of a note and removes it.  Two that recover at a time take turns at the file;
 * the second finds it gone.
 */
static int start_note(struct toolstack *ts, const char *note, unsigned int short_lives)
{
    int fd = open(note, O_RDONLY | O_CLOEXEC), ret = 0;
    struct conf *conf;
    uint32_t domid;

    if (fd < 0)
        return 0;
    if (flock(fd, LOCK_EX) == 0 && access(note, F_OK) == 0) {
        conf = config_read(ts, note, NULL, 0);
        ret = conf ? domain_start_config(ts, conf, short_lives, false, &domid) : -1;
        conf_free(conf);
        unlink(note);
    }
    close(fd);
    return ret;
}

/* The old domain stays for whoever looks at it; its name and its devices are the new one's. */
static int set_aside(struct toolstack *ts, uint32_t domid)
{
    char *name = ts_domain_name(ts, domid), kept[256];
    int ret;

    snprintf(kept, sizeof(kept), "%.200s-%u", name, domid);
    free(name);
    devices_remove_all(ts, domid);
    ret = domain_rename_live(ts, domid, kept);
    return ret;
}

/* A full disk must not keep a guest down: without its core it ends as it would have with it. */
static void write_core(struct toolstack *ts, uint32_t domid, void (*say)(const char *fmt, ...))
{
    char path[CORE_PATH_LEN];

    if (core_of_crash(ts, domid, path) == 0)
        say("domain %u: its core is %s", domid, path);
    else
        say("domain %u: no core: %s", domid, ts->fail.text);
    ts->fail.text[0] = '\0';
}

int ending_run(struct toolstack *ts, const struct ending_plan *plan,
               void (*say)(const char *fmt, ...))
{
    char note[PATH_LEN];

    if (plan->core)
        write_core(ts, plan->domid, say);
    if (plan->verdict == VERDICT_PRESERVE)
        return 0;
    if (plan->verdict == VERDICT_DESTROY)
        return teardown(ts, plan->domid);
    note_path(plan->domid, plan->short_lives, note);
    if (write_note(ts, plan, note)) {
        struct fail why = ts->fail;

        teardown(ts, plan->domid);
        ts->fail = why;
        return -1;
    }
    if (plan->verdict == VERDICT_RENAME_RESTART ? set_aside(ts, plan->domid)
                                                : teardown(ts, plan->domid)) {
        unlink(note);
        return -1;
    }
    return start_note(ts, note, plan->short_lives);
}

/* Over: gone, or set aside under another name. */
static bool life_is_over(struct toolstack *ts, uint32_t domid, const char *note)
{
    xc_domaininfo_t info;
    struct conf *conf;
    char *name;
    bool over;

    if (!ts_domain_info(ts, domid, &info) || info.flags & XEN_DOMINF_dying)
        return true;
    conf = config_read(ts, note, NULL, 0);
    name = ts_domain_name(ts, domid);
    over = conf && strcmp(conf_string(conf, "name"), name) != 0;
    conf_free(conf);
    free(name);
    return over;
}

int ending_recover(struct toolstack *ts, void (*say)(const char *fmt, ...))
{
    char dir[PATH_LEN], note[PATH_LEN];
    unsigned int domid, short_lives;
    struct dirent **entries;
    int failed = 0, n = scandir(path_domains(dir), &entries, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        if (sscanf(entries[i]->d_name, NOTE, &domid, &short_lives) == 2 &&
            strcmp(entries[i]->d_name, strrchr(note_path(domid, short_lives, note), '/') + 1) ==
                0 &&
            life_is_over(ts, domid, note) && start_note(ts, note, short_lives)) {
            say("domain %u's successor could not be started: %s", domid, ts->fail.text);
            failed++;
        }
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return failed;
}
