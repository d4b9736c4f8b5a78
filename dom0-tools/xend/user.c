/* SPDX-License-Identifier: BSD-2-Clause */
/* Users of the back-ends; see user.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/back_process.h"
#include "domain/paths.h"
#include "xend/user.h"

/* Neither distributions nor systemd's containers and dynamic services use these. */
#define FIRST_UID 0x70000000u
#define LAST_UID  0x7ffffffeu

static uid_t last = FIRST_UID;

void user_init(void)
{
    char dir[PATH_LEN], path[2 * PATH_LEN];
    struct dirent **entries;
    int n = scandir(path_devices(dir), &entries, NULL, NULL);
    uid_t uid;

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%.255s", dir, entries[i]->d_name);
        if (strstr(entries[i]->d_name, ".pid") && back_process_note(path, &uid) && uid > last &&
            uid <= LAST_UID)
            last = uid;
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
}

uid_t user_take(void)
{
    last = last < LAST_UID ? last + 1 : FIRST_UID;
    return last;
}
