/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a frame buffer, a set of CPUs, the host's file. */
#include "conf/cpuset.h"
#include "conf/host.h"
#include "conf/vfb.h"
#include "../text.h"

static void try(const char *text)
{
    struct host_conf host;
    struct vfb_spec vfb;
    struct cpuset set;
    struct fail why = {""};
    char printed[32];

    if (vfb_parse(text, &vfb, &why) == 0) {
        must(vfb.display <= 59635 && (!vfb.keymap || !strchr(vfb.keymap, '/')));
        vfb_free(&vfb);
    } else {
        must(why.text[0] && !vfb.listen && !vfb.password && !vfb.keymap);
    }
    if (cpuset_parse(text, &set))
        must(cpuset_has(&set, cpuset_last(&set)) &&
             cpuset_print(&set, 64, "all", printed, sizeof(printed)));
    host_conf_parse(text, &host);
}
