/* SPDX-License-Identifier: BSD-2-Clause */
/* A config as XML; see config_xml.h. */
#include <inttypes.h>
#include <string.h>

#include "conf/cmdline.h"
#include "conf/disk.h"
#include "conf/vif.h"
#include "xm/config_xml.h"

#define MIB INT64_C(1048576)

static void print_text(FILE *out, const char *text)
{
    static const char marks[] = "&<>\"";
    static const char *const names[] = {"&amp;", "&lt;", "&gt;", "&quot;"};

    for (; text && *text; text++) {
        const char *mark = strchr(marks, *text);

        if (mark)
            fputs(names[mark - marks], out);
        else if ((unsigned char)*text >= ' ')
            fputc(*text, out);
    }
}

static void attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    print_text(out, text);
    fputc('"', out);
}

static void number(FILE *out, const char *name, int64_t value)
{
    fprintf(out, " %s=\"%" PRId64 "\"", name, value);
}

static void element(FILE *out, int depth, const char *name, const char *text)
{
    fprintf(out, "%*s<%s>", depth * 4, "", name);
    print_text(out, text);
    fprintf(out, "</%s>\n", name);
}

static void print_name(FILE *out, int depth, const char *label, const char *description)
{
    fprintf(out, "%*s<name>\n", depth * 4, "");
    element(out, depth + 1, "label", label);
    element(out, depth + 1, "description", description);
    fprintf(out, "%*s</name>\n", depth * 4, "");
}

/* An end of the domain, as the XML calls it: coredump-restart is coredump_and_restart. */
static void action(FILE *out, const char *name, const char *text)
{
    static const char core[] = "coredump-";

    fprintf(out, " %s=\"", name);
    if (text && strncmp(text, core, sizeof(core) - 1) == 0) {
        fputs("coredump_and_", out);
        text += sizeof(core) - 1;
    }
    for (; text && *text; text++)
        fputc(*text == '-' ? '_' : *text, out);
    fputc('"', out);
}

static void print_pv(const struct conf *conf, FILE *out)
{
    char args[CONF_CMDLINE_SIZE] = "";
    const struct conf_value *item;
    struct fail ignored; /* it has been checked */

    conf_cmdline(conf, args, &ignored);
    fputs("        <pv", out);
    attribute(out, "kernel", conf_string(conf, "kernel"));
    attribute(out, "bootloader", conf_string(conf, "bootloader"));
    attribute(out, "ramdisk", conf_string(conf, "ramdisk"));
    attribute(out, "args", args);
    fputs(" bootloader_args=\"", out);
    for (size_t i = 0; (item = conf_item(conf, "bootloader_args", i)); i++) {
        fputs(i ? " " : "", out);
        print_text(out, item->text);
    }
    fputs("\"/>\n", out);
}

static void print_memory(const struct conf *conf, FILE *out)
{
    int64_t now = conf_number(conf, "memory"), max = conf_number(conf, "maxmem");

    if (max < now)
        max = now;
    fputs("        <memory", out);
    number(out, "static_min", 0);
    number(out, "static_max", max * MIB);
    number(out, "dynamic_min", now * MIB);
    number(out, "dynamic_max", now * MIB);
    fputs("/>\n", out);
}

static void print_vbd(FILE *out, const struct disk_spec *disk, size_t i)
{
    fprintf(out, "        <vbd name=\"vbd%zu\" vdi=\"vdi%zu\" mode=\"%s\"", i, i,
            disk->writable ? "RW" : "RO");
    attribute(out, "device", disk->vdev);
    number(out, "bootable", i == 0);
    attribute(out, "type", disk->cdrom ? "CD" : "disk");
    attribute(out, "qos_algorithm_type", "");
    fputs("/>\n", out);
}

static void print_vdi(FILE *out, const struct disk_spec *disk, size_t i)
{
    fprintf(out, "    <vdi name=\"vdi%zu\" src=\"%s", i, disk->kind == DISK_PHY ? "phy:" : "file:");
    print_text(out, disk->target);
    fprintf(out, "\" type=\"system\" size=\"-1\" sharable=\"%s\" read_only=\"%s\">\n",
            disk->shared ? "True" : "False", disk->writable ? "False" : "True");
    print_name(out, 2, disk->target, "");
    fputs("    </vdi>\n", out);
}

static void print_disks(const struct conf *conf, FILE *out,
                        void (*print)(FILE *out, const struct disk_spec *disk, size_t i))
{
    const struct conf_value *item;

    for (size_t i = 0; (item = conf_item(conf, "disk", i)); i++) {
        struct disk_spec disk;
        struct fail ignored;

        if (disk_spec_parse(item->text, &disk, &ignored))
            continue;
        print(out, &disk, i);
        disk_free(&disk);
    }
}

static void print_vifs(const struct conf *conf, FILE *out)
{
    const struct conf_value *item;

    for (size_t i = 0; (item = conf_item(conf, "vif", i)); i++) {
        struct vif_spec vif;
        struct fail ignored;
        char mac[18] = "";

        if (vif_parse(item->text, &vif, &ignored))
            continue;
        if (vif.has_mac)
            vif_mac_text(vif.mac, mac);
        fprintf(out, "        <vif name=\"vif%zu\"", i);
        attribute(out, "mac", mac);
        number(out, "mtu", vif.mtu);
        fprintf(out, " device=\"eth%zu\"", i);
        attribute(out, "qos_algorithm_type", "");
        if (vif.bridge)
            attribute(out, "network", vif.bridge);
        fputs("/>\n", out);
        vif_free(&vif);
    }
}

static void print_share(const struct conf *conf, FILE *out)
{
    static const char *const keys[][2] = {{"cpu_weight", "weight"}, {"cpu_cap", "cap"}};

    for (size_t i = 0; i < 2; i++)
        if (conf_number(conf, keys[i][0]) >= 0)
            fprintf(out, "        <vcpu_param key=\"%s\" value=\"%" PRId64 "\"/>\n", keys[i][1],
                    conf_number(conf, keys[i][0]));
}

void config_print_xml(const struct conf *conf, FILE *out)
{
    int64_t vcpus = conf_number(conf, "vcpus"), max = conf_number(conf, "maxvcpus");

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xm>\n    <vm is_a_template=\"false\" "
          "auto_power_on=\"false\" s3_integrity=\"1\" PCI_bus=\"\" superpages=\"0\"",
          out);
    number(out, "vcpus_max", max > vcpus ? max : vcpus);
    number(out, "vcpus_at_startup", vcpus);
    action(out, "actions_after_shutdown", conf_string(conf, "on_poweroff"));
    action(out, "actions_after_reboot", conf_string(conf, "on_reboot"));
    action(out, "actions_after_crash", conf_string(conf, "on_crash"));
    fputs(">\n", out);
    print_name(out, 2, conf_string(conf, "name"), conf_string(conf, "description"));
    element(out, 2, "version", "0");
    print_pv(conf, out);
    print_memory(conf, out);
    print_disks(conf, out, print_vbd);
    print_vifs(conf, out);
    print_share(conf, out);
    fputs("    </vm>\n", out);
    print_disks(conf, out, print_vdi);
    fputs("</xm>\n", out);
}
