/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest kernel's command line out of the keys that say parts of it. */
#include "conf/cmdline.h"
#include "checked.h"

static void is(const char *text, const char *want)
{
    char line[CONF_CMDLINE_SIZE];
    struct conf *conf = checked(text);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_cmdline(conf, line, &why), 0, "%s: %s", text, why.text);
    cr_assert_str_eq(line, want, "%s: got '%s'", text, line);
    conf_free(conf);
}

static void is_refused(const char *text, const char *message)
{
    char line[CONF_CMDLINE_SIZE];
    struct conf *conf = checked(text);

    cr_assert_not_null(conf, "%s", why.text);
    cr_assert_eq(conf_cmdline(conf, line, &why), -1, "%s", text);
    cr_assert_str_eq(why.text, message, "%s: got '%s'", text, why.text);
    conf_free(conf);
}

Test(cmdline, root_and_extra)
{
    is("", "");
    is("root='/dev/xvda1 ro'", "root=/dev/xvda1 ro");
    is("extra='quiet'", "quiet");
    is("extra='quiet'\nroot='/dev/xvda1 ro'", "root=/dev/xvda1 ro quiet");
    is("extra='quiet'\nroot='/dev/xvda1 ro'\nip='10.0.0.2'\ncmdline='x y'", "x y");
    is("root=''\nextra=''", "");
}

/* ip=CLIENT:SERVER:GATEWAY:NETMASK:HOSTNAME:INTERFACE:AUTOCONF */
Test(cmdline, network)
{
    is("ip='10.0.0.2'", "ip=10.0.0.2:::::eth0:off");
    is("ip='10.0.0.2'\nnetmask='255.0.0.0'\ngateway='10.0.0.1'\nhostname='web'\ninterface='eth1'\n"
       "root='/dev/xvda1'\nextra='quiet'",
       "ip=10.0.0.2::10.0.0.1:255.0.0.0:web:eth1:off root=/dev/xvda1 quiet");
    is("dhcp='dhcp'", "ip=:::::eth0:dhcp");
    is("dhcp='on'\nhostname='web'", "ip=::::web:eth0:dhcp");
    is("dhcp='bootp'", "ip=:::::eth0:bootp");
    is("dhcp='off'\nnetmask='255.0.0.0'", "");
    is("ip='10.0.0.2:1.2.3.4::255.0.0.0::eth0:off'", "ip=10.0.0.2:1.2.3.4::255.0.0.0::eth0:off");
    is_refused("dhcp='maybe'", "f:1:6: dhcp: 'maybe' is not one of dhcp, bootp, rarp, both, off");
}

Test(cmdline, nfs)
{
    is("nfs_server='10.0.0.9'\nnfs_root='/srv/root'\nroot='/dev/nfs'\nip='10.0.0.2'\nextra='rw'",
       "ip=10.0.0.2:10.0.0.9::::eth0:off root=/dev/nfs nfsroot=10.0.0.9:/srv/root rw");
    is_refused("nfs_root='/srv'", "f:1:10: nfs_root: nfs_server is missing");
}

/* 1023 bytes and a NUL are what start_info holds. */
Test(cmdline, too_long)
{
    char text[4096], want[2048];

    memset(want, 'x', sizeof(want));
    want[1023] = '\0';
    snprintf(text, sizeof(text), "extra='%s'", want);
    is(text, want);
    snprintf(text, sizeof(text), "extra='%sx'", want);
    is_refused(text, "f:1:7: extra: the kernel's command line has 1024 bytes (1023 is the most a "
                     "guest can be given)");
    snprintf(text, sizeof(text), "cmdline='%sxx'", want);
    is_refused(text, "f:1:9: cmdline: the kernel's command line has 1025 bytes (1023 is the most "
                     "a guest can be given)");
}
