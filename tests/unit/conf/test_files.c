/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole files, written after those that people published (numbers of the collection; then what
 * Ganeti writes, and the guide's own).  Each is accepted with just the warnings named here, or
 * refused with the message that begins as named.
 */
#include "conf/cmdline.h"
#include "checked.h"

static const struct {
    const char *file;
    const char *refusal;  /* NULL: accepted */
    const char *warnings; /* exactly */
} files[] = {
    {"01-lenny", NULL, ""},
    {"03-guest1", "f:2:11: builder: 'pv' is not one of linux|generic", NULL},
    {"05-anthony",
     "f:4:9: disk: 'file:/srv/anthony.img': 'PATH,VDEV,MODE' is expected after the prefix, e.g. "
     "xvda,w",
     NULL},
    {"07-linux_guest", NULL, "f: no effect in a PV guest: serial\n"},
    {"09-netbsd", NULL, ""},
    {"11-dom01", NULL, ""},
    {"13-hardy", NULL, ""},
    {"15-vm1", NULL,
     "Warning: f:5:14: memory: is given again: this value replaces that of line 3\n"},
    {"17-exadata", "f:4:11: builder: only PV guests are supported, not 'hvm'", NULL},
    {"17-exadata-pv",
     "f:17:8: vif: text between quotes is expected, not a dictionary (write one text for each "
     "device: 'key=value,key=value')",
     NULL},
    {"17-exadata-texts", NULL,
     "f: no effect in a PV guest: acpi, apic, pae, device_model, serial, timer_mode\n"},
    {"19-ethercalc", NULL, ""},
    {"19-ethercalc-raw", NULL, ""},
    {"21-clickos", NULL, "Warning: f:6:1: unknown key click is ignored\n"},
    {"23-osv", "f:2:11: builder: only PV guests are supported, not 'hvm'", NULL},
    {"25-xen2",
     "f:4:10: disk: '/persist/img/x.qcow2,QCOW2,xvda,rw': 'QCOW2' is not an image format", NULL},
    {"27-xmexample.hvm", "f:3:1: 'import' is a Python statement: only key = value is read", NULL},
    {"29-extra", NULL, ""},
    {"31-cpus", NULL, "f: no effect in a PV guest: acpi\n"},
    {"33-crlf", NULL, ""},
    {"35-cirros", NULL, "Warning: f:5:9: extra: has no effect beside cmdline\n"},
    {"37-xmexample2", "f:4:1: 'def' is a Python statement: only key = value is read", NULL},
    {"37-xmexample2-no-def", "f:4:17: 'vmid' is not set above", NULL},
    {"39-xen-tools", NULL, ""},
    {"50-xmexample.nbd", NULL, ""},
    {"50-xlexample.pvlinux", NULL, ""},
    {"ganeti-pv", NULL,
     "Warning: f:15:9: cpuid: has no effect: CPU features are the host's\n"
     "f: no effect in a PV guest: soundhw\n"},
    {"guide-test1-as-printed", "f:3:8: typographic quote U+2018 (write ' instead)", NULL},
    {"guide-test2", NULL, ""},
};

static char *read_fixture(const char *name)
{
    char path[256], *text = NULL;
    size_t cap = 0;
    FILE *in;

    snprintf(path, sizeof(path), "files/%s", name);
    in = fopen(path, "re");
    cr_assert_not_null(in, "%s", path);
    cr_assert_gt(getdelim(&text, &cap, '\0', in), 0, "%s", path);
    fclose(in);
    return text;
}

Test(files, all)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *text = read_fixture(files[i].file);
        int ret = check(text);

        free(text);
        if (files[i].refusal) {
            cr_expect_eq(ret, -1, "%s: accepted", files[i].file);
            cr_expect_eq(strncmp(why.text, files[i].refusal, strlen(files[i].refusal)), 0,
                         "%s: got '%s'", files[i].file, why.text);
        } else {
            cr_expect_eq(ret, 0, "%s: %s", files[i].file, why.text);
            cr_expect_str_eq(warnings, files[i].warnings, "%s: got '%s'", files[i].file, warnings);
        }
    }
}

static void has_cmdline(const char *file, const char *want)
{
    char *text = read_fixture(file), line[CONF_CMDLINE_SIZE];
    struct conf *conf = checked(text);

    free(text);
    cr_assert_not_null(conf, "%s: %s", file, why.text);
    cr_assert_eq(conf_cmdline(conf, line, &why), 0, "%s", why.text);
    cr_expect_str_eq(line, want, "%s: got '%s'", file, line);
    conf_free(conf);
}

Test(files, command_lines)
{
    has_cmdline("01-lenny", "ip=:::::eth0:dhcp root=/dev/sda2 ro xencons=tty");
    has_cmdline("33-crlf", "ip=:::::eth0:dhcp root=/dev/sda2 ro xencons=tty");
    has_cmdline("11-dom01", "ip=:::::eth0:dhcp root=/dev/sda1 ro 4");
    has_cmdline("29-extra", "console=hvc0 quiet");
    has_cmdline("35-cirros", "root=/dev/xvda1 console=hvc0");
    has_cmdline("ganeti-pv", "root=/dev/xvda1 ro console=hvc0");
}

Test(files, variables_from_the_command_line)
{
    static char *args[] = {"vmid=2"};
    char *text = read_fixture("37-xmexample2-no-def");
    struct conf *conf = conf_read("f", text, strlen(text), args, 1, &why);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_str_eq(conf_string(conf, "name"), "VM2");
    cr_assert_str_eq(conf_item(conf, "disk", 0)->text, "phy:sda9,sda1,w");
    conf_free(conf);
    free(text);
}
