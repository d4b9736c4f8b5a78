/* SPDX-License-Identifier: BSD-2-Clause */
/* From a config to everything a new domain needs, checked before anything is touched. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "conf/cpulist.h"
#include "conf/names.h"
#include "domain/bootload.h"
#include "domain/config_file.h"
#include "domain/creation.h"
#include "domain/display.h"
#include "domain/file.h"
#include "domain/host_file.h"
#include "domain/paths.h"
#include "lib/store.h"
#include "lib/xalloc.h"

#define MIB_PAGES 256u

static void make_uuid(struct creation *c)
{
    const char *given = conf_string(c->conf, "uuid");

    if (!given || !domain_uuid_parse(given, c->handle))
        uuid_generate_random(c->handle);
    uuid_unparse_lower(c->handle, c->uuid);
    config_set(c->conf, "uuid", c->uuid);
}

static int check_name(struct toolstack *ts, struct creation *c)
{
    c->name = conf_string(c->conf, "name");
    if (!c->name || !*c->name)
        return fail(&ts->fail, "%s: name: the domain needs a name", c->conf->file);
    return 0;
}

static int prepare_kernel(struct toolstack *ts, struct creation *c)
{
    const char *kernel = conf_string(c->conf, "kernel"), *ramdisk = conf_string(c->conf, "ramdisk");
    struct fail why;
    struct stat st;

    if (conf_string(c->conf, "bootloader"))
        return bootload_check(ts, c);
    c->kernel_name = kernel;
    if (!kernel || !*kernel)
        return fail(&ts->fail,
                    "%s: kernel: no kernel is named (kernel = \"/path/to/vmlinuz\", "
                    "or bootloader = \"pygrub\" for the one on its disk)",
                    c->conf->file);
    if (file_check(ts, c->conf, "kernel", NULL, kernel, R_OK, &st))
        return -1;
    if (ramdisk && *ramdisk) {
        if (file_check(ts, c->conf, "ramdisk", NULL, ramdisk, R_OK, &st))
            return -1;
        if (file_map_open(&c->ramdisk, ramdisk, &why))
            return conf_fail(c->conf, "ramdisk", NULL, &ts->fail, "%s", why.text);
    }
    return 0;
}

static int prepare_cpus(struct toolstack *ts, struct creation *c)
{
    const char *key = conf_find(c->conf, "cpus") ? "cpus" : "cpu";
    int ret;

    c->cpus = xcalloc(c->build.vcpus, sizeof(*c->cpus));
    ret = conf_cpus(c->conf, key, c->cpus, c->build.vcpus, &ts->fail);
    if (ret <= 0) {
        free(c->cpus);
        c->cpus = NULL;
    }
    return ret < 0 ? -1 : 0;
}

static int prepare_sizes(struct toolstack *ts, struct creation *c)
{
    int64_t memory = conf_number(c->conf, "memory"), maxmem = conf_number(c->conf, "maxmem");
    int64_t vcpus = conf_number(c->conf, "vcpus"), maxvcpus = conf_number(c->conf, "maxvcpus");

    if (maxmem < 0)
        maxmem = memory;
    if (maxmem < memory)
        return conf_fail(c->conf, "maxmem", NULL, &ts->fail, "is smaller than memory=%lld",
                         (long long)memory);
    if (maxvcpus > 0 && maxvcpus < vcpus)
        return conf_fail(c->conf, "maxvcpus", NULL, &ts->fail, "is smaller than vcpus=%lld",
                         (long long)vcpus);
    c->build = (struct dombuild_params){
        .kernel = &c->kernel,
        .ramdisk = &c->ramdisk,
        .cmdline = c->cmdline,
        .nr_pages = (uint64_t)memory * MIB_PAGES,
        .max_pages = (uint64_t)maxmem * MIB_PAGES,
        .vcpus = maxvcpus > 0 ? maxvcpus : vcpus,
    };
    return 0;
}

/* All but the kernel. */
static int prepare(struct toolstack *ts, struct conf *conf, struct creation *c)
{
    *c = (struct creation){.conf = conf};
    if (host_file_read_all(ts, &c->host))
        return -1;
    if (!conf_string(conf, "on_crash")) /* the two dialects differ; whoever restarts it must not */
        config_set(conf, "on_crash", ts->xl ? "destroy" : "restart");
    make_uuid(c);
    display_from_keys(conf);
    if (check_name(ts, c) || prepare_sizes(ts, c) || prepare_cpus(ts, c))
        return -1;
    for (const struct device_class *const *class = device_classes; *class; class ++)
        if (devices_parse(ts, c, *class))
            return -1;
    return conf_cmdline(conf, c->cmdline, &ts->fail);
}

int creation_prepare(struct toolstack *ts, struct conf *conf, struct creation *c)
{
    return prepare(ts, conf, c) || prepare_kernel(ts, c) ? -1 : 0;
}

int creation_prepare_restore(struct toolstack *ts, struct conf *conf, struct stream_in *saved,
                             struct creation *c)
{
    int ret = prepare(ts, conf, c);

    c->saved = saved;
    return ret;
}

/* Numbers of NICs are handed out by us: after the highest that the domain has. */
static void next_nic(struct toolstack *ts, const struct device_at *at, void *arg)
{
    struct creation *c = arg;

    (void)ts;
    if (at->id >= c->first_nic)
        c->first_nic = at->id + 1;
}

int creation_prepare_device(struct toolstack *ts, struct conf *conf, uint32_t domid,
                            const struct device_class *class, struct creation *c)
{
    *c = (struct creation){.conf = conf, .domid = domid};
    if (host_file_read_all(ts, &c->host))
        return -1;
    device_each_of(ts, &class_nic, domid, next_nic, c);
    return devices_parse(ts, c, class);
}

static int open_kernel(struct toolstack *ts, struct creation *c)
{
    struct fail why;

    if (c->kernel.opened)
        return 0;
    if (conf_string(c->conf, "bootloader"))
        return bootload(ts, c);
    if (kernel_image_open(&c->kernel, c->kernel_name, &why))
        return conf_fail(c->conf, "kernel", NULL, &ts->fail, "%s", why.text);
    return 0;
}

int creation_load(struct toolstack *ts, struct creation *c)
{
    struct fail why;

    if (open_kernel(ts, c))
        return -1;
    if (kernel_image_finish(&c->kernel, c->kernel_name, &why))
        return conf_fail(c->conf, "kernel", NULL, &ts->fail, "%s", why.text);
    if (dombuild_check(&c->build, &why))
        return fail(&ts->fail, "%s: %s", c->conf->file, why.text);
    return 0;
}

int creation_load_begin(struct toolstack *ts, struct creation *c)
{
    if (open_kernel(ts, c))
        return -1;
    return c->kernel.unpacking ? 0 : creation_load(ts, c);
}

void creation_free(struct creation *c)
{
    devices_free(c);
    free(c->cpus);
    free(c->found_name);
    kernel_image_close(&c->kernel);
    file_map_close(&c->ramdisk);
}
