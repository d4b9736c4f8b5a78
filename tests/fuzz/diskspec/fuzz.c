/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a disk: what is accepted keeps the promises of disk.h and vdev.h. */
#include "conf/disk.h"
#include "conf/vdev.h"
#include "../text.h"

static void try(const char *text)
{
    struct disk_spec full, served;
    struct fail why = {""};
    uint32_t number;

    if (disk_spec_parse(text, &full, &why)) {
        must(why.text[0] && !full.target && !full.vdev && !full.script && !full.backend);
        must(disk_parse(text, &served, &why) != 0);
        return;
    }
    must(vdev_parse(full.vdev, &number) && number == full.number && number != 0);
    must(full.target[0] || full.cdrom);
    must(full.script || !full.target[0] || full.target[0] == '/');
    must(!(full.cdrom && full.writable) && !(full.shared && !full.writable));
    must(disk_format_name(full.format) != NULL);
    must(vdev_overlap(number, number) || number >> 8 != 202);
    if (disk_parse(text, &served, &why) == 0) {
        must(served.format <= DISK_VMDK);
        disk_free(&served);
    }
    disk_free(&full);
}
