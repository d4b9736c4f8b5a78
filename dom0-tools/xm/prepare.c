/* SPDX-License-Identifier: BSD-2-Clause */
/* From a config to everything a new domain needs, checked before anything is touched. */
#include <errno.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/cpulist.h"
#include "conf/names.h"
#include "conf/near.h"
#include "xm/creation.h"
#include "xm/paths.h"

#define DISKS_MAX 64u
#define NICS_MAX  16u
#define MIB_PAGES 256u

/* Adds "(did you mean FILE?)" to a message about @path, from the files beside it. */
static void propose_file(const char *path, char *text, size_t cap)
{
    const char *slash = strrchr(path, '/');
    char dir[512];
    struct near near;
    struct dirent *entry;
    DIR *d;

    text[0] = '\0';
    if (!slash)
        return;
    snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    d = opendir(dir);
    if (!d) {
        snprintf(text, cap, " (directory %s does not exist)", dir);
        return;
    }
    near_init(&near, slash + 1);
    while ((entry = readdir(d)))
        if (entry->d_name[0] != '.')
            near_try(&near, entry->d_name);
    closedir(d);
    if (near_best(&near))
        snprintf(text, cap, " (did you mean %s%s%s?)", dir, dir[1] ? "/" : "", near_best(&near));
}

/* Checks that @path exists and may be opened; the message names the key's place. */
static int check_file(struct xm *xm, const struct conf *conf, const char *key,
                      const struct conf_value *value, const char *path, int access_mode,
                      struct stat *st)
{
    char hint[600];

    if (stat(path, st) != 0) {
        int err = errno;

        propose_file(path, hint, sizeof(hint));
        return conf_fail(conf, key, value, &xm->fail, "%s: %s%s", path, strerror(err), hint);
    }
    if (access(path, access_mode) != 0)
        return conf_fail(conf, key, value, &xm->fail, "%s: %s", path, strerror(errno));
    return 0;
}

static int make_uuid(struct xm *xm, struct creation *c)
{
    const char *given = conf_string(c->conf, "uuid");
    uint8_t *h = c->handle;

    if (!given || !domain_uuid_parse(given, h)) {
        if (getrandom(h, sizeof(c->handle), 0) != sizeof(c->handle))
            return fail(&xm->fail, "cannot get random numbers: %s", strerror(errno));
        h[6] = (h[6] & 0x0f) | 0x40; /* RFC 4122: version 4, variant 1 */
        h[8] = (h[8] & 0x3f) | 0x80;
    }
    snprintf(c->uuid, sizeof(c->uuid),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", h[0], h[1],
             h[2], h[3], h[4], h[5], h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13], h[14],
             h[15]);
    return conf_set_string(c->conf, "uuid", c->uuid) ? fail(&xm->fail, "out of memory") : 0;
}

static int check_name(struct xm *xm, struct creation *c)
{
    c->name = conf_string(c->conf, "name");
    if (!c->name || !*c->name)
        return fail(&xm->fail, "%s: name: the domain needs a name", c->conf->file);
    return 0;
}

static int prepare_kernel(struct xm *xm, struct creation *c)
{
    const char *kernel = conf_string(c->conf, "kernel"), *ramdisk = conf_string(c->conf, "ramdisk");
    struct fail why;
    struct stat st;

    if (!kernel || !*kernel)
        return fail(&xm->fail, "%s: kernel: no kernel is named (kernel = \"/path/to/vmlinuz\")",
                    c->conf->file);
    if (check_file(xm, c->conf, "kernel", NULL, kernel, R_OK, &st))
        return -1;
    if (ramdisk && *ramdisk) {
        if (check_file(xm, c->conf, "ramdisk", NULL, ramdisk, R_OK, &st))
            return -1;
        if (file_map_open(&c->ramdisk, ramdisk, &why))
            return conf_fail(c->conf, "ramdisk", NULL, &xm->fail, "%s", why.text);
    }
    return 0;
}

static int prepare_disk(struct xm *xm, struct creation *c, const struct conf_value *value)
{
    struct disk *disk = &c->disks[c->disk_count];
    struct fail why;
    struct stat st;

    if (disk_parse(value->text, &disk->spec, &why))
        return conf_fail(c->conf, "disk", value, &xm->fail, "'%s': %s", value->text, why.text);
    c->disk_count++;
    if (check_file(xm, c->conf, "disk", value, disk->spec.target,
                   disk->spec.writable ? R_OK | W_OK : R_OK, &st))
        return -1;
    disk->block = S_ISBLK(st.st_mode);
    if (!disk->block && !S_ISREG(st.st_mode))
        return conf_fail(c->conf, "disk", value, &xm->fail,
                         "%s is neither an image file nor a block device", disk->spec.target);
    if (disk->spec.kind == DISK_PHY && !disk->block)
        return conf_fail(c->conf, "disk", value, &xm->fail,
                         "%s is not a block device (use file: for an image)", disk->spec.target);
    return 0;
}

/*
 * Every guest NIC needs an address of its own: from Xen's range, the rest random.  It is added to
 * the config, so that the domain keeps it when it is restarted from what xend holds.
 */
static int make_mac(struct xm *xm, struct creation *c, size_t index)
{
    static const uint8_t prefix[3] = {0x00, 0x16, 0x3e};
    struct vif_spec *spec = &c->nics[index].spec;
    uint8_t *mac = spec->mac;
    char text[1024];

    if (spec->has_mac)
        return 0;
    memcpy(mac, prefix, sizeof(prefix));
    if (getrandom(mac + 3, 3, 0) != 3)
        return fail(&xm->fail, "cannot get random numbers: %s", strerror(errno));
    mac[3] &= 0x7f; /* the upper half of the range is for addresses given by hand */
    snprintf(text, sizeof(text), "mac=%02x:%02x:%02x:%02x:%02x:%02x,%s", mac[0], mac[1], mac[2],
             mac[3], mac[4], mac[5], conf_item(c->conf, "vif", index)->text);
    return conf_set_item(c->conf, "vif", index, text) ? fail(&xm->fail, "out of memory") : 0;
}

static int prepare_nic(struct xm *xm, struct creation *c, const struct conf_value *value)
{
    struct nic *nic = &c->nics[c->nic_count];
    const char *script;
    struct fail why;
    struct stat st;

    if (vif_parse(value->text, &nic->spec, &why))
        return conf_fail(c->conf, "vif", value, &xm->fail, "'%s': %s", value->text, why.text);
    c->nic_count++;
    script = nic->spec.script ? nic->spec.script : c->host.vif_script;
    snprintf(nic->script, sizeof(nic->script), "%s%s", script[0] == '/' ? "" : SCRIPT_DIR "/",
             script);
    if (check_file(xm, c->conf, "vif", value, nic->script, X_OK, &st))
        return -1;
    if (!nic->spec.bridge && c->host.vif_bridge[0] && strstr(script, "bridge")) {
        nic->spec.bridge = strdup(c->host.vif_bridge);
        if (!nic->spec.bridge)
            return fail(&xm->fail, "out of memory");
    }
    if (nic->spec.bridge && vif_script_wants_bridge(script)) {
        char path[512];

        snprintf(path, sizeof(path), "/sys/class/net/%s", nic->spec.bridge);
        if (stat(path, &st) != 0)
            return conf_fail(c->conf, "vif", value, &xm->fail,
                             "bridge %s does not exist (make it with: %s/network-bridge start "
                             "bridge=%s)",
                             nic->spec.bridge, SCRIPT_DIR, nic->spec.bridge);
    }
    return make_mac(xm, c, c->nic_count - 1);
}

static int prepare_devices(struct xm *xm, struct creation *c)
{
    const struct conf_value *value;

    c->disks = calloc(DISKS_MAX, sizeof(*c->disks));
    c->nics = calloc(NICS_MAX, sizeof(*c->nics));
    if (!c->disks || !c->nics)
        return fail(&xm->fail, "out of memory");
    for (size_t i = 0; (value = conf_item(c->conf, "disk", i)); i++) {
        if (i == DISKS_MAX)
            return conf_fail(c->conf, "disk", value, &xm->fail, "at most %u disks", DISKS_MAX);
        if (prepare_disk(xm, c, value))
            return -1;
    }
    for (size_t i = 0; (value = conf_item(c->conf, "vif", i)); i++) {
        if (i == NICS_MAX)
            return conf_fail(c->conf, "vif", value, &xm->fail, "at most %u NICs", NICS_MAX);
        if (prepare_nic(xm, c, value))
            return -1;
    }
    return 0;
}

static int prepare_cpus(struct xm *xm, struct creation *c)
{
    const char *key = conf_find(c->conf, "cpus") ? "cpus" : "cpu";
    int ret;

    c->cpus = calloc(c->build.vcpus, sizeof(*c->cpus));
    if (!c->cpus)
        return fail(&xm->fail, "out of memory");
    ret = conf_cpus(c->conf, key, c->cpus, c->build.vcpus, &xm->fail);
    if (ret <= 0) {
        free(c->cpus);
        c->cpus = NULL;
    }
    return ret < 0 ? -1 : 0;
}

static int prepare_sizes(struct xm *xm, struct creation *c)
{
    int64_t memory = conf_number(c->conf, "memory"), maxmem = conf_number(c->conf, "maxmem");
    int64_t vcpus = conf_number(c->conf, "vcpus"), maxvcpus = conf_number(c->conf, "maxvcpus");

    if (maxmem < 0)
        maxmem = memory;
    if (maxmem < memory)
        return conf_fail(c->conf, "maxmem", NULL, &xm->fail, "is smaller than memory=%lld",
                         (long long)memory);
    if (maxvcpus > 0 && maxvcpus < vcpus)
        return conf_fail(c->conf, "maxvcpus", NULL, &xm->fail, "is smaller than vcpus=%lld",
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

/* The host's file, then the environment, which comparisons and tests use. */
static void read_host_conf(struct host_conf *host)
{
    const char *backends = getenv("HOSPES_BACKENDS");
    struct file_map map;
    struct fail ignored;
    char *text = NULL;

    if (file_map_open(&map, XEND_CONF, &ignored) == 0 && map.data)
        text = strndup(map.data, map.len);
    file_map_close(&map);
    host_conf_parse(text, host);
    free(text);
    if (backends)
        host->kernel_backends = strcmp(backends, "kernel") == 0;
}

int creation_prepare(struct xm *xm, struct conf *conf, struct creation *c)
{
    *c = (struct creation){.conf = conf};
    read_host_conf(&c->host);
    if (check_name(xm, c) || make_uuid(xm, c) || prepare_sizes(xm, c) || prepare_cpus(xm, c) ||
        prepare_devices(xm, c) || prepare_kernel(xm, c) ||
        conf_cmdline(conf, c->cmdline, &xm->fail))
        return -1;
    return 0;
}

int creation_load(struct xm *xm, struct creation *c)
{
    struct fail why;

    if (kernel_image_open(&c->kernel, conf_string(c->conf, "kernel"), &why))
        return conf_fail(c->conf, "kernel", NULL, &xm->fail, "%s", why.text);
    if (dombuild_check(&c->build, &why))
        return fail(&xm->fail, "%s: %s", c->conf->file, why.text);
    return 0;
}

void creation_free(struct creation *c)
{
    for (size_t i = 0; i < c->disk_count; i++)
        disk_free(&c->disks[i].spec);
    for (size_t i = 0; i < c->nic_count; i++)
        vif_free(&c->nics[i].spec);
    free(c->disks);
    free(c->nics);
    free(c->cpus);
    kernel_image_close(&c->kernel);
    file_map_close(&c->ramdisk);
}
