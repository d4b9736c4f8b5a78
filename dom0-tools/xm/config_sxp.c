/* SPDX-License-Identifier: BSD-2-Clause */
/* A config as SXP; see config_sxp.h. */
#include <stdlib.h>
#include <string.h>

#include "conf/cmdline.h"
#include "conf/disk.h"
#include "conf/words.h"
#include "lib/xalloc.h"
#include "xm/config_sxp.h"
#include "xm/sxp.h"

/* Those that are told with others, in a form of their own: the image, the devices, the CPUs. */
static const char apart[] =
    "name|memory|vcpus|kernel|ramdisk|cmdline|root|extra|ip|netmask|gateway|"
    "hostname|interface|dhcp|nfs_server|nfs_root|disk|vif|vfb|cpus|cpu|"
    "bootargs|bootloader_args";

static void print_cpus(struct sxp *s, const struct conf *conf, const char *key)
{
    const struct conf_value *item;
    char *text = NULL;
    size_t len;
    FILE *out;

    if (!conf_find(conf, key))
        return;
    out = xalloc_check(open_memstream(&text, &len));
    for (size_t i = 0; (item = conf_item(conf, key, i)); i++)
        if (item->type == CONF_NUMBER)
            fprintf(out, "%s%lld", i ? " " : "", (long long)item->number);
        else
            fprintf(out, "%s'%s'", i ? " " : "", item->text);
    fclose(out);
    xalloc_check(text);
    sxp_word(s, "cpus", "(%s)", text);
    free(text);
}

/* What the config says beside: each key as it is there. */
static void print_others(struct sxp *s, const struct conf *conf)
{
    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_entry *entry = &conf->entries[i];

        if (word_in(entry->key, strlen(entry->key), apart))
            continue;
        if (entry->value.type == CONF_STRING)
            sxp_text(s, entry->key, entry->value.text);
        else if (entry->value.type == CONF_NUMBER)
            sxp_number(s, entry->key, entry->value.number);
    }
}

static void print_bootloader_args(struct sxp *s, const struct conf *conf)
{
    const struct conf_value *item;
    char *text = NULL;
    size_t len;
    FILE *out = xalloc_check(open_memstream(&text, &len));

    fputs(conf_find(conf, "bootargs") ? conf_string(conf, "bootargs") : "", out);
    for (size_t i = 0; (item = conf_item(conf, "bootloader_args", i)); i++)
        fprintf(out, "%s%s", ftell(out) ? " " : "", item->text);
    fclose(out);
    xalloc_check(text);
    if (*text)
        sxp_text(s, "bootloader_args", text);
    free(text);
}

static void print_image(struct sxp *s, const struct conf *conf)
{
    char args[CONF_CMDLINE_SIZE] = "";
    struct fail ignored; /* it has been checked */

    conf_cmdline(conf, args, &ignored);
    sxp_open(s, "image");
    sxp_open(s, "linux");
    sxp_text(s, "kernel", conf_string(conf, "kernel"));
    sxp_text(s, "ramdisk", conf_string(conf, "ramdisk"));
    sxp_text(s, "args", args);
    sxp_close(s);
    sxp_close(s);
}

/* The prefix that says of a path what the disk's other options do. */
static const char *prefix_of(const struct disk_spec *disk, char prefix[16])
{
    if (disk->format != DISK_RAW)
        snprintf(prefix, 16, "tap:%s:", disk_format_name(disk->format));
    else if (disk->kind == DISK_PHY || disk->script || strncmp(disk->target, "/dev/", 5) == 0)
        strcpy(prefix, "phy:");
    else
        strcpy(prefix, "file:");
    return prefix;
}

static void print_disk(struct sxp *s, const char *text)
{
    struct disk_spec disk;
    struct fail ignored;
    char *uname = NULL, *dev = NULL, prefix[16];

    if (disk_spec_parse(text, &disk, &ignored))
        return;
    if (asprintf(&uname, "%s%s", *disk.target ? prefix_of(&disk, prefix) : "", disk.target) < 0 ||
        asprintf(&dev, "%s%s", disk.vdev, disk.cdrom ? ":cdrom" : "") < 0)
        xalloc_check(NULL);
    sxp_open(s, "device");
    sxp_open(s, "vbd");
    sxp_text(s, "uname", uname);
    sxp_text(s, "dev", dev);
    sxp_text(s, "mode", disk.shared ? "w!" : disk.writable ? "w" : "r");
    sxp_text(s, "script", disk.script);
    sxp_text(s, "backend", disk.backend);
    sxp_close(s);
    sxp_close(s);
    free(uname);
    free(dev);
    disk_free(&disk);
}

/* "mac=00:16:3e:00:00:01,bridge=xenbr0" as (mac 00:16:3e:00:00:01) (bridge xenbr0). */
static void print_options(struct sxp *s, const char *class, const char *text)
{
    struct word word, key, value;

    sxp_open(s, "device");
    sxp_open(s, class);
    while (word_next(&text, ',', &word))
        if (word_split(word, &key, &value)) {
            char *name = xalloc_check(word_dup(key)), *its = xalloc_check(word_dup(value));

            sxp_text(s, name, its);
            free(name);
            free(its);
        }
    sxp_close(s);
    sxp_close(s);
}

void config_print_sxp(const struct conf *conf, FILE *out)
{
    struct sxp s = {.out = out};
    const struct conf_value *item;

    sxp_open(&s, "vm");
    sxp_text(&s, "name", conf_string(conf, "name"));
    sxp_number(&s, "memory", conf_number(conf, "memory"));
    sxp_number(&s, "vcpus", conf_number(conf, "vcpus"));
    print_cpus(&s, conf, "cpus");
    print_cpus(&s, conf, "cpu");
    print_others(&s, conf);
    print_bootloader_args(&s, conf);
    print_image(&s, conf);
    for (size_t i = 0; (item = conf_item(conf, "disk", i)); i++)
        print_disk(&s, item->text);
    for (size_t i = 0; (item = conf_item(conf, "vif", i)); i++)
        print_options(&s, "vif", item->text);
    for (size_t i = 0; (item = conf_item(conf, "vfb", i)); i++)
        print_options(&s, "vfb", item->text);
    sxp_close(&s);
}
