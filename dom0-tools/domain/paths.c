/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in dom0's file system; see paths.h. */
#include <stdio.h>

#include "domain/paths.h"

struct paths paths = {
    .scripts = CONFIG_DIR "/scripts",
    .xend_conf = CONFIG_DIR "/xend-config.sxp",
    .xl_conf = CONFIG_DIR "/xl.conf",
    .run = "/run/xend",
    .managed = "/var/lib/xend/domains",
    .templates = "/var/lib/xen/templates",
    .images = "/var/lib/xen/images",
    .dump = "/var/xen/dump",
    .xl_dump = "/var/lib/xen/dump",
    .xend_log = "/var/log/xen/xend.log",
    .net = "/sys/class/net",
    .backend_bus = XEN_BACKEND_BUS,
};

static char *below_run(const char *name, char path[PATH_LEN])
{
    snprintf(path, PATH_LEN, "%s/%s", paths.run, name);
    return path;
}

char *path_xend_lock(char path[PATH_LEN])
{
    return below_run("xend.lock", path);
}

char *path_create_lock(char path[PATH_LEN])
{
    return below_run("create.lock", path);
}

char *path_domains(char path[PATH_LEN])
{
    return below_run("domains", path);
}

char *path_devices(char path[PATH_LEN])
{
    return below_run("devices", path);
}

char *path_device_file(const char *type, uint32_t domid, uint32_t id, const char *suffix,
                       char path[PATH_LEN])
{
    char name[64];

    snprintf(name, sizeof(name), "devices/%.8s-%u-%u.%.8s", type, domid, id, suffix);
    return below_run(name, path);
}

char *path_domain_config(uint32_t domid, char path[PATH_LEN])
{
    char name[32];

    snprintf(name, sizeof(name), "domains/%u.cfg", domid);
    return below_run(name, path);
}
