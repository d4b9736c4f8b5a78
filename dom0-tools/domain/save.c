/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving a domain; see save.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/dommove.h"
#include "domain/config_file.h"
#include "domain/driver.h"
#include "domain/live.h"
#include "domain/moving.h"
#include "domain/paths.h"
#include "domain/save.h"
#include "domain/suspend.h"
#include "domain/teardown.h"
#include "domain/xl_config.h"
#include "lib/store.h"
#include "stream/head.h"

static void set_number(struct conf *conf, const char *key, long number)
{
    char text[32];

    snprintf(text, sizeof(text), "%ld", number);
    config_set(conf, key, text);
}

/* What the guest has grown or shrunk to, and has online, it shall have again. */
static void take_present(struct toolstack *ts, uint32_t domid, struct conf *conf)
{
    long target = store_number(ts->xs, -1, "/local/domain/%u/memory/target", domid);
    long max = store_number(ts->xs, -1, "/local/domain/%u/memory/static-max", domid);
    char *name = ts_domain_name(ts, domid);
    xc_domaininfo_t info;

    config_set(conf, "name", name);
    free(name);
    if (max > 0)
        set_number(conf, "maxmem", (max + 1023) / 1024);
    if (target > 0)
        set_number(conf, "memory", (target + 1023) / 1024);
    if (ts_domain_info(ts, domid, &info)) {
        set_number(conf, "maxvcpus", info.max_vcpu_id + 1);
        set_number(conf, "vcpus", info.nr_online_vcpus ? info.nr_online_vcpus : 1);
    }
}

/* Its back-ends have other domains' memory mapped, which nothing that is saved can have. */
static int check_driver(struct toolstack *ts, uint32_t domid)
{
    if (!driver_serves(ts, domid))
        return 0;
    return fail(
        &ts->fail,
        "domain %u serves devices of other domains: it can be neither saved nor sent (detach "
        "them, or shut it down and start it again: their guests wait)",
        domid);
}

struct conf *save_config_of(struct toolstack *ts, uint32_t domid)
{
    char path[PATH_LEN];
    struct conf *conf;

    if (domid == 0) {
        fail(&ts->fail, "Domain-0 cannot be saved");
        return NULL;
    }
    if (access(path_domain_config(domid, path), F_OK) != 0) {
        fail(&ts->fail, "the configuration of domain %u is not known (%s is missing)", domid, path);
        return NULL;
    }
    if (check_driver(ts, domid))
        return NULL;
    conf = config_read(ts, path, NULL, 0);
    if (!conf)
        return NULL;
    take_present(ts, domid, conf);
    if (conf_check(conf, NULL, &ts->fail) == 0)
        return conf;
    conf_free(conf);
    return NULL;
}

struct conf *save_config_from(struct toolstack *ts, uint32_t domid, const char *file)
{
    struct conf *conf;

    if (!file)
        return save_config_of(ts, domid);
    if (check_driver(ts, domid))
        return NULL;
    conf = config_read(ts, file, NULL, 0);
    if (conf && conf_check(conf, stderr, &ts->fail)) {
        conf_free(conf);
        return NULL;
    }
    return conf;
}

int domain_save(struct toolstack *ts, uint32_t domid, const struct conf *conf, struct live *live,
                struct stream_out *out)
{
    char *json = xl_config_print(conf);
    uint64_t pages;
    int ret = stream_put_head(out, json);
    struct fail why;

    free(json);
    if (ret || (!live && domain_suspend(ts, domid)))
        return -1;
    ret = domsave_run(ts->xch, domid, out, live ? &live->save : NULL, &pages, &ts->fail);
    if (!ret && live)
        live_sent(live);
    if (!ret && store_cancelled())
        ret = fail(&ts->fail, "interrupted; the domain goes on");
    if (ret && (!live || live->suspended)) {
        why = ts->fail;
        if (domain_resume(ts, domid) == 0)
            ts->fail = why;
    }
    return ret;
}

/* A regular file is written beside its place and put there when it is whole. */
struct target {
    char path[PATH_MAX];
    bool beside;
    int fd;
};

static int open_target(struct toolstack *ts, struct target *t, const char *path)
{
    struct stat st;

    t->beside = stat(path, &st) != 0 || S_ISREG(st.st_mode);
    if (snprintf(t->path, sizeof(t->path), t->beside ? "%s.%d.new" : "%s", path, (int)getpid()) >=
        (int)sizeof(t->path))
        return fail(&ts->fail, "%.100s...: the path is too long", path);
    /* A guest's memory is nobody else's to read. */
    t->fd = open(t->path,
                 t->beside ? O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC : O_WRONLY | O_CLOEXEC, 0600);
    return t->fd < 0 ? fail(&ts->fail, "cannot write %s: %s", t->path, strerror(errno)) : 0;
}

static int close_target(struct toolstack *ts, struct target *t, const char *path, int ret)
{
    if (!ret && t->beside && fsync(t->fd) != 0)
        ret = fail(&ts->fail, "cannot write %s: %s", path, strerror(errno));
    if (close(t->fd) != 0 && !ret)
        ret = fail(&ts->fail, "cannot write %s: %s", path, strerror(errno));
    if (!ret && t->beside && rename(t->path, path) != 0)
        ret = fail(&ts->fail, "cannot write %s: %s", path, strerror(errno));
    if (ret && t->beside)
        unlink(t->path);
    return ret;
}

static int finish(struct toolstack *ts, uint32_t domid, enum save_after after)
{
    if (after == SAVE_DESTROY)
        return teardown(ts, domid);
    if (after == SAVE_PAUSE && xc_domain_pause(ts->xch, domid))
        return fail(&ts->fail, "cannot pause the domain: %s", strerror(errno));
    return domain_resume(ts, domid);
}

int domain_save_file(struct toolstack *ts, uint32_t domid, const struct conf *conf,
                     const char *path, enum save_after after)
{
    struct target t = {.fd = -1};
    struct stream_out out = stream_out_fd(&t.fd, &ts->fail);
    struct moving moving;
    int saved, ret;
    struct fail why;

    if (open_target(ts, &t, path))
        return -1;
    moving_out(&moving, ts, "Saving", domid, &out);
    saved = domain_save(ts, domid, conf, NULL, &out);
    moving_end(&moving);
    ret = close_target(ts, &t, path, saved);
    if (!ret)
        return finish(ts, domid, after);
    if (!saved) { /* all was written but it is not on the disk */
        why = ts->fail;
        if (domain_resume(ts, domid) == 0)
            ts->fail = why;
    }
    return -1;
}
