/* SPDX-License-Identifier: BSD-2-Clause */
/* The making of a domain: hypervisor first, then store, then devices; undone as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build/dommove.h"
#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/driver.h"
#include "domain/interrupt.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "domain/teardown.h"

/* Xen's own defaults for guests (libxl's since 4.10): enough for many multi-queue devices */
#define GRANT_FRAMES    64
#define MAPTRACK_FRAMES 1024

/* Two creations may not both find the same name free. */
static int lock_names(struct toolstack *ts)
{
    char path[PATH_LEN];
    int fd;

    mkdir(paths.run, 0755);
    fd = open(path_create_lock(path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        fail(&ts->fail, "cannot lock %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int make_domain(struct toolstack *ts, struct creation *c)
{
    struct xen_domctl_createdomain config = {
        .max_vcpus = c->build.vcpus,
        .max_evtchn_port = (uint32_t)conf_number(c->conf, "event_channels"),
        .max_grant_frames = GRANT_FRAMES,
        .max_maptrack_frames = MAPTRACK_FRAMES,
        .grant_opts = XEN_DOMCTL_GRANT_version(c->grant_version),
    };

    memcpy(config.handle, c->handle, sizeof(config.handle));
    c->domid = c->saved ? 0 : driver_number(ts, c->name); /* 0: any free number */
    c->returns = c->domid;
    if (c->returns && xc_domain_create(ts->xch, &c->domid, &config) == 0)
        return 0;
    c->domid = c->returns = 0; /* another has got it meanwhile */
    if (xc_domain_create(ts->xch, &c->domid, &config))
        return fail(&ts->fail, "the hypervisor refused to create a domain: %s", strerror(errno));
    return 0;
}

/* Takes the domain's memory from all others before a second of work is put into it: two creations
 * that do not both fit must not both be half done when one finds out. */
static int claim_memory(struct toolstack *ts, struct creation *c)
{
    if (xc_domain_setmaxmem(ts->xch, c->domid, c->build.max_pages * 4))
        return fail(&ts->fail, "cannot set the domain's memory limit: %s", strerror(errno));
    if (xc_domain_claim_pages(ts->xch, c->domid, c->build.nr_pages))
        return conf_fail(c->conf, "memory", NULL, &ts->fail, "cannot reserve %llu MiB: %s",
                         (unsigned long long)c->build.nr_pages >> 8, strerror(errno));
    return 0;
}

/* What a restored guest had given back before it was saved is nobody's. */
static int release_claim(struct toolstack *ts, struct creation *c)
{
    if (xc_domain_claim_pages(ts->xch, c->domid, 0))
        return fail(&ts->fail, "cannot end the domain's claim on memory: %s", strerror(errno));
    return 0;
}

/* Checks name and memory and takes them under one lock. */
static int claim_domain(struct toolstack *ts, struct creation *c)
{
    int lock = lock_names(ts), ret;

    if (lock < 0)
        return -1;
    ret = creation_check_machine(ts, c);
    if (!ret)
        ret = make_domain(ts, c);
    if (!ret && (claim_memory(ts, c) || tree_claim(ts, c))) {
        teardown(ts, c->domid);
        ret = -1;
    }
    close(lock);
    return ret;
}

static int set_affinity(struct toolstack *ts, struct creation *c)
{
    int size = xc_get_cpumap_size(ts->xch), ret = 0;
    xc_cpumap_t map = c->cpus ? xc_cpumap_alloc(ts->xch) : NULL;

    if (!c->cpus)
        return 0;
    for (unsigned int i = 0; map && !ret && i < c->build.vcpus; i++) {
        memset(map, 0, size);
        for (int cpu = 0; cpu < size * 8; cpu++)
            if (cpuset_has(&c->cpus[i], cpu))
                xc_cpumap_setcpu(cpu, map);
        ret = xc_vcpu_setaffinity(ts->xch, c->domid, i, map, NULL, XEN_VCPUAFFINITY_HARD);
    }
    if (!map || ret)
        ret = fail(&ts->fail, "cannot pin the domain's vCPUs: %s", strerror(errno));
    free(map);
    return ret;
}

static int set_share(struct toolstack *ts, struct creation *c)
{
    int64_t weight = conf_number(c->conf, "cpu_weight"), cap = conf_number(c->conf, "cpu_cap");
    struct xen_domctl_sched_credit params;
    struct xen_domctl_sched_credit2 params2;
    int sched, ret;

    if (weight < 0 && cap < 0)
        return 0;
    if (xc_sched_id(ts->xch, &sched))
        sched = XEN_SCHEDULER_CREDIT;
    if (sched == XEN_SCHEDULER_CREDIT2) {
        ret = xc_sched_credit2_domain_get(ts->xch, c->domid, &params2);
        params2.weight = weight > 0 ? weight : params2.weight;
        params2.cap = cap >= 0 ? cap : params2.cap;
        ret = ret ? ret : xc_sched_credit2_domain_set(ts->xch, c->domid, &params2);
    } else {
        ret = xc_sched_credit_domain_get(ts->xch, c->domid, &params);
        params.weight = weight > 0 ? weight : params.weight;
        params.cap = cap >= 0 ? cap : params.cap;
        ret = ret ? ret : xc_sched_credit_domain_set(ts->xch, c->domid, &params);
    }
    return ret ? fail(&ts->fail, "cannot set the domain's CPU share: %s", strerror(errno)) : 0;
}

/* tsc_mode of the domctl: 0 default, 1 always emulate, 2 native */
static int set_tsc(struct toolstack *ts, struct creation *c)
{
    const char *mode = conf_string(c->conf, "tsc_mode");
    uint32_t number = strcmp(mode, "always_emulate") == 0 ? 1
                      : strncmp(mode, "native", 6) == 0   ? 2
                                                          : 0;

    if (number && xc_domain_set_tsc_info(ts->xch, c->domid, number, 0, 0, 0))
        return fail(&ts->fail, "cannot set tsc_mode=%s: %s", mode, strerror(errno));
    return 0;
}

/* Keeps the effective config for on_reboot and on_crash; complete or not there at all. */
static int save_config(struct toolstack *ts, struct creation *c)
{
    char path[PATH_LEN];

    mkdir(path_domains(path), 0700);
    return config_write(ts, c->conf, path_domain_config(c->domid, path));
}

typedef int (*step_fn)(struct toolstack *ts, struct creation *c);

static int build(struct toolstack *ts, struct creation *c)
{
    if (c->saved)
        return domrestore_run(ts->xch, c->domid, &c->build, c->saved, &c->built, &ts->fail);
    if (creation_load(ts, c))
        return -1;
    return dombuild_run(ts->xch, c->domid, &c->build, &c->built, &ts->fail);
}

/* Back-ends start while the kernel is unpacked and placed; only then are they waited for. */
static const step_fn steps_to_boot[] = {
    devices_write, devices_bind, build,        release_claim, set_affinity, set_share,
    set_tsc,       tree_publish, devices_wait, devices_plug,  save_config,  NULL,
};

/*
 * A guest that comes while it runs stands still from some moment of the build on, until the last of
 * these steps: what can be done before is.
 */
static const step_fn steps_to_restore[] = {
    devices_write, devices_bind, devices_wait, devices_plug,  set_share,     tree_prepare,
    save_config,   build,        set_affinity, release_claim, tree_complete, NULL,
};

int creation_run(struct toolstack *ts, struct creation *c)
{
    const step_fn *steps = c->saved ? steps_to_restore : steps_to_boot;
    int ret = 0;

    interrupt_catch(); /* Ctrl-C must not leave half a domain: the next step fails instead */
    if (claim_domain(ts, c))
        return -1;
    for (; !ret && *steps; steps++) {
        ret = (*steps)(ts, c);
        if (store_cancelled())
            ret = fail(&ts->fail, "interrupted; the domain has been removed again");
    }
    store_cancel(false); /* the undoing has its own waits */
    if (ret)
        teardown(ts, c->domid);
    return ret;
}

int domain_start(struct toolstack *ts, struct creation *c, bool paused)
{
    if (creation_run(ts, c))
        return -1;
    if (!paused && xc_domain_unpause(ts->xch, c->domid)) {
        fail(&ts->fail, "cannot start the domain: %s", strerror(errno));
        teardown(ts, c->domid);
        return -1;
    }
    if (!c->saved)
        kernel_image_keep(&c->kernel);
    return 0;
}

int domain_start_config(struct toolstack *ts, struct conf *conf, unsigned int short_lives,
                        bool paused, uint32_t *domid)
{
    struct creation c = {0};
    int ret = -1;

    if (conf_check(conf, NULL, &ts->fail) == 0 && creation_prepare(ts, conf, &c) == 0) {
        c.short_lives = short_lives;
        if (creation_check_machine(ts, &c) == 0 && creation_load_begin(ts, &c) == 0)
            ret = domain_start(ts, &c, paused);
    }
    *domid = c.domid;
    creation_free(&c);
    return ret;
}
