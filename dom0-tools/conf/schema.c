/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of config keys; see schema.h. */
#include <string.h>

#include "conf/near.h"
#include "conf/schema.h"

#define ACTIONS "destroy|restart|preserve|rename-restart"
#define CRASH   ACTIONS "|coredump-destroy|coredump-restart"
#define MIB_MAX (INT64_C(16) << 20)

#define STRING(n, def, h)                                                                          \
    {                                                                                              \
        .name = n, .type = SCHEMA_STRING, .number = -1, .text = def, .help = h                     \
    }
#define NUMBER(n, lo, hi, def, h)                                                                  \
    {                                                                                              \
        .name = n, .type = SCHEMA_NUMBER, .min = lo, .max = hi, .number = def, .help = h           \
    }
#define CHOICE(n, words, def, h)                                                                   \
    {                                                                                              \
        .name = n, .type = SCHEMA_CHOICE, .number = -1, .text = def, .choices = words, .help = h   \
    }
#define LIST(n, h)                                                                                 \
    {                                                                                              \
        .name = n, .type = SCHEMA_LIST, .number = -1, .help = h                                    \
    }
#define NUMLIST(n, h)                                                                              \
    {                                                                                              \
        .name = n, .type = SCHEMA_NUMLIST, .number = -1, .help = h                                 \
    }
#define IGNORED(n, h)                                                                              \
    {                                                                                              \
        .name = n, .type = SCHEMA_IGNORED, .number = -1, .help = h                                 \
    }
#define REFUSED(n, why)                                                                            \
    {                                                                                              \
        .name = n, .type = SCHEMA_REFUSED, .number = -1, .choices = why, .help = why               \
    }

static const struct schema_key keys[] = {
    STRING("name", NULL, "the domain's name (default: the config file's base name)"),
    STRING("uuid", NULL, "unique identity, kept across restarts (default: random)"),
    STRING("description", NULL, "free text"),
    CHOICE("type", "pv", "pv", "kind of guest: pv"),
    CHOICE("builder", "linux|generic", "linux", "kind of guest, older name"),
    STRING("kernel", NULL, "guest kernel: a bzImage or an ELF file"),
    STRING("ramdisk", NULL, "initial ramdisk"),
    STRING("cmdline", NULL, "whole kernel command line, instead of root and extra"),
    STRING("root", NULL, "adds root=... to the kernel command line"),
    STRING("extra", NULL, "text added to the kernel command line"),
    NUMBER("memory", 1, MIB_MAX, 128, "memory in MiB"),
    NUMBER("maxmem", 1, MIB_MAX, -1, "memory in MiB the guest may grow to (default: memory)"),
    NUMBER("vcpus", 1, 512, 1, "virtual CPUs"),
    NUMBER("maxvcpus", 1, 512, -1, "virtual CPUs that could be brought online (default: vcpus)"),
    NUMLIST("cpus", "physical CPUs to run on: \"0-3,^2\", or a list with one entry per vCPU"),
    NUMLIST("cpu", "physical CPU to run on, older form of cpus"),
    NUMBER("cpu_weight", 1, 65535, -1, "share of CPU time relative to others (normal: 256)"),
    NUMBER("cpu_cap", 0, 51200, -1, "upper bound of CPU time in percent of one CPU, 0: none"),
    LIST("disk", "disks: 'file:PATH,xvda,w' or 'PATH,raw,xvda,rw'"),
    LIST("vif", "network interfaces: 'bridge=xenbr0, mac=00:16:3e:01:02:03'"),
    CHOICE("on_poweroff", ACTIONS, "destroy", "what to do when the guest powers off"),
    CHOICE("on_shutdown", ACTIONS, NULL, "older name of on_poweroff"),
    CHOICE("on_reboot", ACTIONS, "restart", "what to do when the guest reboots"),
    CHOICE("on_crash", CRASH, NULL, "what to do when the guest crashes (xm: restart, xl: destroy)"),
    CHOICE("tsc_mode", "default|always_emulate|native|native_paravirt", "default",
           "how the guest reads the time stamp counter"),
    IGNORED("vfb", "virtual frame buffer"),
    IGNORED("vnc", "virtual frame buffer"),
    IGNORED("soundhw", "emulated hardware"),
    IGNORED("cpuid", "CPU features shown to the guest"),
    IGNORED("localtime", "real-time clock"),
    IGNORED("rtc_timeoffset", "real-time clock"),
    IGNORED("nomigrate", "migration"),
    IGNORED("on_xend_start", "managed domains"),
    IGNORED("on_xend_stop", "managed domains"),
    IGNORED("on_watchdog", "watchdog"),
    IGNORED("vcpu_avail", "bitmap of online vCPUs"),
    IGNORED("cpus_soft", "preferred CPUs"),
    IGNORED("pool", "CPU pools"),
    IGNORED("features", "ELF features"),
    REFUSED("bootloader", "boot loaders are not supported yet (name kernel= and ramdisk= in dom0)"),
    REFUSED("pci", "PCI devices cannot be given to guests"),
    REFUSED("usbdev", "USB devices cannot be given to guests"),
    REFUSED("vtpm", "virtual TPMs are not supported"),
    REFUSED("vscsi", "virtual SCSI is not supported"),
    REFUSED("irq", "hardware interrupts cannot be given to guests"),
    REFUSED("ioports", "I/O ports cannot be given to guests"),
    REFUSED("device_model", "there is no device model: only PV guests are supported"),
};
#define COUNT (sizeof(keys) / sizeof(keys[0]))

const struct schema_key *schema_get(size_t i)
{
    return i < COUNT ? &keys[i] : NULL;
}

const struct schema_key *schema_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

const char *schema_nearest(const char *name)
{
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; i < COUNT; i++)
        near_try(&near, keys[i].name);
    return near_best(&near) ? schema_find(near_best(&near))->name : NULL;
}
