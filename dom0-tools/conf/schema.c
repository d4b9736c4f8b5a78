/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of config keys; see schema.h. */
#include <string.h>

#include "conf/near.h"
#include "conf/schema.h"

#define ACTIONS                                                                                    \
    "destroy|restart|preserve|rename-restart|coredump-destroy|coredump-restart|soft-reset"
#define MIB_MAX (INT64_C(16) << 20)

#define KEY(n, t, ...)                                                                             \
    {                                                                                              \
        .name = n, .type = SCHEMA_##t, .number = -1, __VA_ARGS__                                   \
    }
#define STRING(n, h, ...) KEY(n, STRING, .help = h, __VA_ARGS__)
#define EVENT_CHANNELS    1023 /* as for Xen's guests: libxl's default */
#define NUMBER(n, lo, hi, def, h, ...)                                                             \
    {                                                                                              \
        .name = n, .type = SCHEMA_NUMBER, .min = lo, .max = hi, .number = def, .help = h,          \
        __VA_ARGS__                                                                                \
    }
#define BOOL(n, h, ...) KEY(n, BOOL, .max = 1, .help = h, __VA_ARGS__)
#define CHOICE(n, words, def, h, ...)                                                              \
    KEY(n, CHOICE, .choices = words, .text = def, .help = h, __VA_ARGS__)
#define ENUM(n, words, def, h, ...)                                                                \
    KEY(n, ENUM, .choices = words, .text = def, .help = h, __VA_ARGS__)
#define LIST(n, h, ...)    KEY(n, LIST, .help = h, __VA_ARGS__)
#define NUMLIST(n, h, ...) KEY(n, NUMLIST, .form = FORM_CPUS, .help = h, __VA_ARGS__)
#define IGNORED(n, h)      KEY(n, IGNORED, .help = h)
#define HVM(n)             KEY(n, HVM, .help = "for fully virtualised guests")
#define REFUSED(n, why)    KEY(n, REFUSED, .choices = why, .help = why)

static const struct schema_key general[] = {
    STRING("name", "the domain's name (default: the config file's base name)", .form = FORM_NAME),
    STRING("uuid", "unique identity, kept across restarts (default: random)", .form = FORM_UUID),
    STRING("description", "free text"),
    CHOICE("type", "pv", "pv", "kind of guest: pv"),
    CHOICE("builder", "linux|generic", "linux", "kind of guest, older name"),
    STRING("seclabel", "security label", .note = "there are no security labels"),
    STRING("init_seclabel", "security label while it is built",
           .note = "there are no security labels"),
    BOOL("nomigrate", "the domain must stay on this host",
         .note = "who sends it to another host decides"),
};

static const struct schema_key kernel[] = {
    STRING("kernel", "guest kernel in dom0: a bzImage or an ELF file"),
    STRING("ramdisk", "initial RAM disk in dom0"),
    STRING("cmdline", "whole kernel command line, instead of root, extra and the network keys"),
    STRING("root", "adds root=... to the kernel command line"),
    STRING("extra", "text added to the kernel command line"),
    STRING("ip", "adds ip=... to the kernel command line: the guest's address"),
    STRING("netmask", "part of ip=: the network mask"),
    STRING("gateway", "part of ip=: the router"),
    STRING("hostname", "part of ip=: the guest's name"),
    STRING("interface", "part of ip=: the guest's network interface", .text = "eth0"),
    STRING("dhcp", "adds ip=... that asks a server for the address: dhcp, or off"),
    STRING("nfs_server", "server of nfs_root"),
    STRING("nfs_root", "adds nfsroot=... to the kernel command line"),
    STRING("bootloader", "pygrub, by any path: the kernel is the one that the first disk boots"),
    STRING("bootargs", "arguments of the boot loader: \"--entry=1 -q\""),
    LIST("bootloader_args", "arguments of the boot loader, each by itself"),
    STRING("bootentry", "entry of the disk's boot menu: its number, title or id"),
    STRING("features", "features that the guest's kernel must have",
           .note = "the kernel's own notes decide"),
};

static const struct schema_key resources[] = {
    NUMBER("memory", 1, MIB_MAX, 128, "memory in MiB"),
    NUMBER("maxmem", 1, MIB_MAX, -1, "memory in MiB the guest may grow to (default: memory)"),
    NUMBER("vcpus", 1, 512, 1, "virtual CPUs"),
    NUMBER("maxvcpus", 1, 512, -1, "virtual CPUs that could be brought online (default: vcpus)"),
    NUMBER("vcpu_avail", 0, INT64_MAX, -1, "bits of the virtual CPUs that are online at first",
           .note = "write vcpus= and maxvcpus="),
    NUMLIST("cpus", "physical CPUs to run on: \"0-3,^2\", or a list with one entry per vCPU"),
    NUMLIST("cpu", "physical CPU to run on, older form of cpus"),
    NUMLIST("cpus_soft", "physical CPUs to prefer, as cpus", .note = "all CPUs are alike"),
    NUMBER("cpu_weight", 1, 65535, -1, "share of CPU time relative to others (normal: 256)"),
    NUMBER("cpu_cap", 0, 51200, -1, "upper bound of CPU time in percent of one CPU, 0: none"),
    STRING("pool", "CPU pool", .note = "there are no CPU pools"),
    NUMBER("max_grant_frames", 1, INT32_MAX, -1, "pages of its grant table",
           .note = "the hypervisor's limit applies"),
    NUMBER("max_maptrack_frames", 0, INT32_MAX, -1, "pages that count its mapped grants",
           .note = "the hypervisor's limit applies"),
    NUMBER("event_channels", 1, INT32_MAX, EVENT_CHANNELS, "most event channels that it may have"),
    NUMBER("max_grant_version", 1, 2, -1, "newest grant table layout (default: the hypervisor's)"),
};

static const struct schema_key devices[] = {
    LIST("disk", "disks: 'file:PATH,xvda,w' or 'PATH,raw,xvda,rw'", .form = FORM_DISK),
    LIST("vif", "network interfaces: 'bridge=xenbr0, mac=00:16:3e:01:02:03'", .form = FORM_VIF),
    LIST("vfb", "virtual frame buffers: 'vnc=1,vnclisten=0.0.0.0'", .form = FORM_VFB),
    BOOL("vnc", "the guest has a frame buffer, shown by VNC (older form of vfb)"),
    STRING("vnclisten", "vnclisten= of that frame buffer"),
    NUMBER("vncdisplay", 0, 59635, -1, "vncdisplay= of that frame buffer"),
    BOOL("vncunused", "vncunused= of that frame buffer"),
    STRING("vncpasswd", "vncpasswd= of that frame buffer"),
    STRING("keymap", "keymap= of that frame buffer"),
    REFUSED("pci", "PCI devices cannot be given to guests"),
    REFUSED("usbctrl", "USB devices cannot be given to guests"),
    REFUSED("usbdev", "USB devices cannot be given to guests"),
    REFUSED("vtpm", "virtual TPMs are not supported"),
    REFUSED("vscsi", "virtual SCSI is not supported"),
    REFUSED("vusb", "USB devices cannot be given to guests"),
    REFUSED("irq", "hardware interrupts cannot be given to guests"),
    REFUSED("irqs", "hardware interrupts cannot be given to guests"),
    REFUSED("ioports", "I/O ports cannot be given to guests"),
    REFUSED("iomem", "hardware's memory cannot be given to guests"),
    REFUSED("dtdev", "hardware cannot be given to guests"),
    REFUSED("p9", "9p file systems are not supported"),
    REFUSED("pvcalls", "PV calls are not supported"),
    REFUSED("vdispl", "virtual displays are not supported (write vfb)"),
    REFUSED("vsnd", "virtual sound is not supported"),
    REFUSED("vkb", "virtual keyboards come with vfb"),
    REFUSED("channel", "channels are not supported"),
};

static const struct schema_key life[] = {
    CHOICE("on_poweroff", ACTIONS, "destroy", "what to do when the guest powers off"),
    CHOICE("on_shutdown", ACTIONS, NULL, "older name of on_poweroff"),
    CHOICE("on_reboot", ACTIONS, "restart", "what to do when the guest reboots"),
    CHOICE("on_crash", ACTIONS, NULL,
           "what to do when the guest crashes (xm: restart, xl: destroy)"),
    CHOICE("on_watchdog", ACTIONS, "destroy", "what to do when the guest's watchdog barks",
           .note = "on_crash counts"),
    CHOICE("on_soft_reset", ACTIONS, NULL, "what to do when the guest resets itself",
           .note = "on_reboot counts"),
    CHOICE("on_xend_start", "ignore|start", "ignore",
           "of a managed domain: is it to start with xend, once per boot of the machine?"),
    CHOICE("on_xend_stop", "ignore|shutdown|suspend", "ignore",
           "of a managed domain: what 'service xend stop' does to it"),
};

static const struct schema_key hardware[] = {
    ENUM("tsc_mode", "default|always_emulate|native|native_paravirt", "default",
         "how the guest reads the time stamp counter"),
    BOOL("localtime", "the guest's clock shows local time", .note = "a PV guest's clock is UTC"),
    NUMBER("rtc_timeoffset", INT32_MIN, INT32_MAX, 0, "seconds to add to the guest's clock",
           .note = "a PV guest's clock is the host's"),
    IGNORED("cpuid", "CPU features are the host's"),
    IGNORED("driver_domain", "a guest that runs 'xl devd' is one"),
    IGNORED("e820_host", "no hardware is passed through"),
    IGNORED("vnuma", "there are no NUMA nodes"),
    IGNORED("vpmu", "there are no performance counters"),
    IGNORED("passthrough", "no hardware is passed through"),
    IGNORED("pci_permissive", "no hardware is passed through"),
    IGNORED("pci_msitranslate", "no hardware is passed through"),
    IGNORED("pci_seize", "no hardware is passed through"),
    IGNORED("pci_power_mgmt", "no hardware is passed through"),
    IGNORED("xend_suspend_evtchn_compat", "it is always compatible"),
};

static const struct schema_key hvm[] = {
    HVM("acpi"),
    HVM("acpi_firmware"),
    HVM("acpi_laptop_slate"),
    HVM("acpi_s3"),
    HVM("acpi_s4"),
    HVM("altp2m"),
    HVM("altp2mhvm"),
    HVM("apic"),
    HVM("bios"),
    HVM("bios_path_override"),
    HVM("boot"),
    HVM("device_model"),
    HVM("device_model_args"),
    HVM("device_model_args_hvm"),
    HVM("device_model_args_pv"),
    HVM("device_model_override"),
    HVM("device_model_stubdomain_override"),
    HVM("device_model_stubdomain_seclabel"),
    HVM("device_model_user"),
    HVM("device_model_version"),
    HVM("display"),
    HVM("dm_restrict"),
    HVM("fda"),
    HVM("fdb"),
    HVM("firmware"),
    HVM("gfx_passthru"),
    HVM("guest_os_type"),
    HVM("hap"),
    HVM("hdtype"),
    HVM("hpet"),
    HVM("isa"),
    HVM("loader"),
    HVM("mca_caps"),
    HVM("mmio_hole"),
    HVM("monitor"),
    HVM("monitor_path"),
    HVM("ms_vm_genid"),
    HVM("msr_relaxed"),
    HVM("nestedhvm"),
    HVM("nographic"),
    HVM("nx"),
    HVM("oos"),
    HVM("opengl"),
    HVM("pae"),
    HVM("pvshim"),
    HVM("pvshim_cmdline"),
    HVM("pvshim_extra"),
    HVM("pvshim_path"),
    HVM("rdm"),
    HVM("rdm_mem_boundary"),
    HVM("sdl"),
    HVM("serial"),
    HVM("shadow_memory"),
    HVM("smbios_firmware"),
    HVM("soundhw"),
    HVM("spice"),
    HVM("spice_clipboard_sharing"),
    HVM("spice_image_compression"),
    HVM("spice_streaming_video"),
    HVM("spiceagent_mouse"),
    HVM("spicedisable_ticketing"),
    HVM("spicehost"),
    HVM("spicepasswd"),
    HVM("spiceport"),
    HVM("spicetls_port"),
    HVM("spiceusbredirection"),
    HVM("spicevdagent"),
    HVM("stdvga"),
    HVM("stubdomain_cmdline"),
    HVM("stubdomain_kernel"),
    HVM("stubdomain_memory"),
    HVM("stubdomain_ramdisk"),
    HVM("system_firmware"),
    HVM("timer_mode"),
    HVM("usb"),
    HVM("usbdevice"),
    HVM("usbversion"),
    HVM("vendor_device"),
    HVM("vga"),
    HVM("vhpt"),
    HVM("videoram"),
    HVM("viridian"),
    HVM("vkb_device"),
    HVM("vmtrace_buf_kb"),
    HVM("vncconsole"),
    HVM("vncviewer"),
    HVM("vpt_align"),
    HVM("xauthority"),
    HVM("xen_extended_power_mgmt"),
    HVM("xen_platform_pci"),
};

#define GROUP(title, keys)                                                                         \
    {                                                                                              \
        title, keys, sizeof(keys) / sizeof((keys)[0])                                              \
    }

static const struct schema_group groups[] = {
    GROUP("General", general),
    GROUP("Kernel", kernel),
    GROUP("Memory and CPUs", resources),
    GROUP("Devices", devices),
    GROUP("Ends", life),
    GROUP("Clock and processor", hardware),
    GROUP("For fully virtualised guests", hvm),
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

const struct schema_group *schema_group(size_t i)
{
    return i < GROUPS ? &groups[i] : NULL;
}

const struct schema_key *schema_get(size_t i)
{
    for (size_t g = 0; g < GROUPS; g++) {
        if (i < groups[g].count)
            return &groups[g].keys[i];
        i -= groups[g].count;
    }
    return NULL;
}

const struct schema_key *schema_find(const char *name)
{
    const struct schema_key *key;

    for (size_t i = 0; (key = schema_get(i)); i++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

const char *schema_nearest(const char *name)
{
    const struct schema_key *key;
    struct near near;

    near_init(&near, name);
    for (size_t i = 0; (key = schema_get(i)); i++)
        if (key->type != SCHEMA_HVM && key->type != SCHEMA_REFUSED)
            near_try(&near, key->name);
    return near_best(&near) ? schema_find(near_best(&near))->name : NULL;
}
