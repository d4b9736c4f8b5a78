/* SPDX-License-Identifier: BSD-2-Clause */
/* xl.conf: what is taken, what is left alone, and where a mistake is. */
#include <criterion/criterion.h>
#include <string.h>

#include "conf/host.h"

static int xl_conf(const char *text, struct host_conf *host, struct fail *why)
{
    host_conf_parse(NULL, host);
    return host_conf_parse_xl("xl.conf", text, strlen(text), host, why);
}

Test(host, file_of_xl)
{
    struct host_conf host;
    struct fail why;

    host_conf_parse(NULL, &host);
    cr_assert_eq(host.autoballoon, AUTOBALLOON_OFF, "xm has none");
    cr_assert_eq(host_conf_parse_xl("xl.conf", NULL, 0, &host, &why), 0);
    cr_assert_eq(host.autoballoon, AUTOBALLOON_AUTO);
    cr_assert_not(host.sxp);
    cr_assert_eq(xl_conf("autoballoon=\"off\"\noutput_format=\"sxp\"\n"
                         "vif.default.script = 'vif-nat'; vif.default.bridge=\"br7\"\n"
                         "vif.default.gatewaydev=\"eth1\"\nvif.default.backend=\"net\"\n"
                         "lockfile=\"/var/lock/xl\"\nblkdev_start=\"xvda\"\nclaim_mode=1\n"
                         "run_hotplug_scripts=1\nmax_grant_frames=64\nmax_maptrack_frames=1\n"
                         "domid_policy=\"xen\"\nvm.cpumask=\"0-7\"\nunheard.of=[1,2]\n",
                         &host, &why),
                 0, "%s", why.text);
    cr_assert_eq(host.autoballoon, AUTOBALLOON_OFF);
    cr_assert(host.sxp);
    cr_assert_str_eq(host.vif_default.script, "vif-nat");
    cr_assert_str_eq(host.vif_default.bridge, "br7");
    cr_assert_str_eq(host.vif_default.gatewaydev, "eth1");
    cr_assert_str_eq(host.vif_default.backend, "net");
    cr_assert_eq(xl_conf("autoballoon=1\nvif.default.backend=0\ndefaultbridge='old'\n"
                         "output_format='json'",
                         &host, &why),
                 0, "%s", why.text);
    cr_assert_eq(host.autoballoon, AUTOBALLOON_ON);
    cr_assert_str_eq(host.vif_default.backend, "", "dom0 is no driver domain");
    cr_assert_str_eq(host.vif_default.bridge, "old");
    cr_assert_not(host.sxp);
}

Test(host, broken_file_of_xl)
{
    static const char *const bad[][2] = {
        {"autoballoon=\"maybe\"", "xl.conf:1:13: autoballoon: must be"},
        {"\noutput_format=\"xml\"", "xl.conf:2:15: output_format: must be"},
        {"vif.default.bridge=[]", "xl.conf:1:20: vif.default.bridge: must be a text"},
        {"vif.default.bridge=\"averylongbridgename\"", "xl.conf:1:20: vif.default.bridge: 'av"},
        {"vif.default.bridge=\"a,mac=x\"", "xl.conf:1:20: vif.default.bridge: 'a,mac=x' is no"},
        {"vif.default.bridge=xenbr0", "xl.conf:1:20: "},
        {"claim_mode=", "xl.conf:1:12: "},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct host_conf host;
        struct fail why;

        cr_assert_eq(xl_conf(bad[i][0], &host, &why), -1, "%s", bad[i][0]);
        cr_assert_eq(strncmp(why.text, bad[i][1], strlen(bad[i][1])), 0, "%s", why.text);
    }
}
