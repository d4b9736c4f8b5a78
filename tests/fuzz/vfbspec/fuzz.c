/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a frame buffer, a set of CPUs, the host's file. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "conf/cpuset.h"
#include "conf/host.h"
#include "conf/vfb.h"

static void must(bool ok)
{
    if (!ok)
        abort();
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);

    if (len)
        memcpy(text, data, len);
    text[len] = '\0';
    try(text);
    free(text);
    return 0;
}
