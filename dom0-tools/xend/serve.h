/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the service share: a device that is served, and what each class does of its
 * own. */
#ifndef XEND_SERVE_H
#define XEND_SERVE_H

#include <linux/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <xenstore.h>

#include "domain/device.h"
#include "domain/paths.h"
#include "domain/share.h"
#include "lib/fail.h"
#include "xend/disk.h"
#include "xend/process.h"
#include "xend/tap.h"
#include "xend/timer.h"

struct service {
    struct process process; /* first: process_ended() casts */
    struct process script;  /* of a NIC in a driver domain, while it runs */
    struct timer pause;     /* until its process is started again */
    struct service *next;
    uid_t uid;    /* of its process, nobody else's */
    char type[4]; /* vbd, vif or vfb */
    uint32_t domid, id;
    struct device_paths paths;
    /* The disk, the TAP's queues, or a display's listening socket; -1: not open here (served by an
     * adopted process). */
    int fd[NET_QUEUES];
    struct disk_id disk;
    enum share_mode mode;
    char netdev[IFNAMSIZ]; /* a NIC's interface; empty: not made (yet) */
    bool waiting;          /* a script is to make its disk anew */
    bool closed;           /* its process is done; what is left waits for its node to go */
    int64_t started;
    unsigned int short_lives;
};

extern struct xs_handle *service_xs;
extern struct service *services;

/* The file in which the device's @suffix ("pid", "log", "stats", "tap") is kept. */
void service_file(const struct service *d, const char *suffix, char path[PATH_LEN]);
void service_close(struct service *d); /* all of d->fd */

/* Opens such a file for the device's process; -1 with errno. */
int service_open_file(const struct service *d, const char *suffix);

/*
 * Per class: open fills d->fd (@again: the device has been served before, so what others have need
 * not be checked); start runs the process; each 0, or -1 with @f or errno.
 */
int disk_serve_open(struct service *d, bool again, struct fail *f);
int disk_serve_start(struct service *d);
int nic_serve_open(struct service *d, bool again, struct fail *f);
int nic_serve_start(struct service *d);
int display_serve_open(struct service *d, bool again, struct fail *f);
int display_serve_start(struct service *d);

/* Has the disk a script, and is that still at work?  It says when the disk is there. */
bool disk_has_script(const struct device_paths *p);
bool disk_awaits_script(const struct device_paths *p);

/* The NIC's interface name: claimed for a device that is served; as an earlier xend noted it. */
int nic_serve_adopt(struct service *d, bool again, struct fail *f);
int nic_read_note(struct service *d);

/*
 * The NIC's script.  In dom0 the tool-stack runs it; in a driver domain it cannot, so xend does, in a
 * child: "online" before the device is served, "offline" when it has ended.
 */
bool plug_wanted(const struct service *d);

/* Is it to be run before the device is served now?  @again: as for open, which comes after. */
bool plug_due(struct service *d, bool again);

/* Begins it; its end is told by d->script.ended.  0, or -1 with @f and nothing begun. */
int plug_start(struct service *d, const char *action, struct fail *f);

/* Why it failed: what it left in the store. */
void plug_why(const struct service *d, struct fail *f);

/* The tool-stack waits for that before it takes the node away, which the script reads. */
void plug_undone(const struct service *d);

#endif
