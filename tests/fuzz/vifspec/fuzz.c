/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a network interface: what is accepted keeps the promises of vif.h. */
#include "conf/vif.h"
#include "../text.h"

static void try(const char *text)
{
    struct vif_spec full;
    struct fail why = {""};
    char word[32];

    if (vif_parse(text, &full, &why)) {
        must(why.text[0] && !full.bridge && !full.ip && !full.vifname);
        return;
    }
    must(!full.has_mac || !(full.mac[0] & 1));
    must(!full.vifname || (full.vifname[0] && strlen(full.vifname) < 16));
    must(!full.mtu || (full.mtu >= 68 && full.mtu <= 65521));
    must(!full.rate_bytes == !full.rate_usecs);
    if (full.ip)
        vif_bad_address(full.ip, word, sizeof(word));
    if (full.script)
        vif_script_wants_bridge(full.script);
    vif_free(&full);
}
