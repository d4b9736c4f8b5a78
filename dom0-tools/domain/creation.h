/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creating a domain, in two halves.  prepare: read and check everything that can be checked, with
 * no effect on the machine.  create: make the domain; whatever fails, all is undone.
 */
#ifndef DOMAIN_CREATION_H
#define DOMAIN_CREATION_H

#include "build/dombuild.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/cpuset.h"
#include "conf/host.h"
#include "domain/device.h"
#include "domain/toolstack.h"

struct menu;
struct menu_entry;
struct stream_in;

struct creation {
    struct conf *conf;
    const char *name;
    xen_domain_handle_t handle;
    char uuid[37];
    char cmdline[CONF_CMDLINE_SIZE];
    struct kernel_image kernel;
    struct file_map ramdisk;
    const char *kernel_name; /* kernel=, or what the boot loader found on the guest's disk */
    char *found_name;        /* the latter's memory */
    /* Lets the user choose from the boot loader's menu (bootloader/boot.h); NULL: nobody is asked. */
    bool (*choose_boot)(const struct menu *menu, const struct menu_entry *preselected,
                        struct menu_entry *chosen);
    struct dombuild_params build;
    uint32_t grant_version;  /* newest that it may use */
    struct stream_in *saved; /* where its memory comes from; NULL: it boots a kernel */
    struct device **devices; /* in the config's order, class by class */
    size_t device_count;
    uint32_t first_nic;  /* number of the first NIC: 0, or what a running domain has free */
    struct cpuset *cpus; /* per vCPU; NULL: anywhere */
    struct host_conf host;
    unsigned int short_lives; /* how often in a row it has died at once; see xend/verdict.h */
    uint32_t domid;
    bool returns; /* it is a driver domain that had left: guests have devices of it (driver.h) */
    struct dombuild_result built;
};

/*
 * Fills @c from a checked config: 0, or -1 with "file:line:col: key: cause" in ts->fail.
 * @conf must outlive @c; the identity made up for it (uuid, MAC addresses) is added to it.
 */
int creation_prepare(struct toolstack *ts, struct conf *conf, struct creation *c);

/* The same for a domain that is restored from @saved: its kernel's files need not be there. */
int creation_prepare_restore(struct toolstack *ts, struct conf *conf, struct stream_in *saved,
                             struct creation *c);

/* As creation_prepare, but only the devices of @class, to be attached to running domain @domid. */
int creation_prepare_device(struct toolstack *ts, struct conf *conf, uint32_t domid,
                            const struct device_class *class, struct creation *c);

/*
 * Loads the kernel and plans the guest, unless the kernel must be unpacked: then that slow part is
 * begun and goes on meanwhile; 0 or -1.
 */
int creation_load_begin(struct toolstack *ts, struct creation *c);

/* The same, to the end; 0 or -1. */
int creation_load(struct toolstack *ts, struct creation *c);

/* Checks against the running machine: duplicate name, free memory, daemons; 0 or -1. */
int creation_check_machine(struct toolstack *ts, struct creation *c);

/* Loads the kernel, makes the domain and leaves it paused: 0, or -1 with ts->fail and nothing left
 * behind. */
int creation_run(struct toolstack *ts, struct creation *c);
void creation_free(struct creation *c);

/* creation_run, and lets it run unless @paused: 0, or -1 with ts->fail and nothing left behind. */
int domain_start(struct toolstack *ts, struct creation *c, bool paused);

/* All of the above, from a config that is to be checked to a running domain; 0 or -1. */
int domain_start_config(struct toolstack *ts, struct conf *conf, unsigned int short_lives,
                        bool paused, uint32_t *domid);

/* ---- steps of creation_run ---- */

/* What is written in a transaction, as the argument of store_transact(). */
struct creation_nodes {
    struct toolstack *ts;
    const struct creation *c;
};

/* Takes the name: the nodes by which others find the domain. */
int tree_claim(struct toolstack *ts, const struct creation *c);

/* The rest of the domain's part of the store, then introduces it to xenstored. */
int tree_publish(struct toolstack *ts, struct creation *c);

/* The same in two: what is known before it is built, and the rest. */
int tree_prepare(struct toolstack *ts, struct creation *c);
int tree_complete(struct toolstack *ts, struct creation *c);

#endif
