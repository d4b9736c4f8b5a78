/* SPDX-License-Identifier: BSD-2-Clause */
/* A boot loader that reads no menu: the disk's own text is its command line; see fake.h. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bootloader/boot.h"
#include "bootloader/choose.h"
#include "bootloader/unpacked.h"
#include "fake.h"

char fake_boot[512];

int boot_load(int fd, const struct boot_request *request, struct boot_files *out, struct fail *f)
{
    ssize_t n;

    snprintf(fake_boot, sizeof(fake_boot), "entry %s, kernel %s, ramdisk %s of %zu, ask %d",
             request->entry, request->kernel, request->ramdisk, request->ramdisk_max,
             request->choose != NULL);
    *out = (struct boot_files){.kernel = -1, .ramdisk = -1};
    if (fake_fails())
        return fail(f, "no boot menu");
    n = pread(fd, out->args, 64, 0);
    out->args[n > 0 ? n : 0] = '\0';
    if (request->args && *request->args)
        strcat(strcat(out->args, " "), request->args);
    strcpy(out->kernel_name, "/boot/vmlinuz");
    return 0;
}

bool choose(const struct menu *menu, const struct menu_entry *preselected,
            struct menu_entry *chosen)
{
    (void)menu;
    *chosen = *preselected;
    return true;
}

void boot_close(struct boot_files *files)
{
    (void)files;
}

int boot_unpack(int kernel, struct fail *f)
{
    (void)kernel;
    return fake_fails() ? fail(f, "cannot be unpacked") : open("/dev/null", O_RDONLY | O_CLOEXEC);
}
