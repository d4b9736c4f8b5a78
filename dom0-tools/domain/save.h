/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving a domain into a file or a pipe, and restoring one. */
#ifndef DOMAIN_SAVE_H
#define DOMAIN_SAVE_H

#include "conf/conf.h"
#include "domain/toolstack.h"
#include "stream/io.h"

struct creation;
struct live;

/*
 * Its effective config, with the name, memory and vCPUs that it has now, to be freed; NULL with
 * ts->fail.
 */
struct conf *save_config_of(struct toolstack *ts, uint32_t domid);

/* The same, or the config in @file (NULL: none), checked. */
struct conf *save_config_from(struct toolstack *ts, uint32_t domid, const char *file);

/*
 * Suspends the domain and writes it with @conf to @out; @live not NULL: most of it before.  0: it
 * is suspended still, and the caller destroys it or lets it go on; -1 with ts->fail: it goes on, if
 * it was suspended.
 */
int domain_save(struct toolstack *ts, uint32_t domid, const struct conf *conf, struct live *live,
                struct stream_out *out);

/* What is to become of a domain that has been saved. */
enum save_after { SAVE_DESTROY, SAVE_RESUME, SAVE_PAUSE };

/*
 * Saves to file @path, which appears when it is complete (on the disk) and is not touched before:
 * 0, or -1 with ts->fail and the domain as it was.
 */
int domain_save_file(struct toolstack *ts, uint32_t domid, const struct conf *conf,
                     const char *path, enum save_after after);

/*
 * Reads the head of a saved domain, up to libxl's records: its config, to be checked, or NULL with the
 * cause in in->fail.  @file is what messages call it.  (In a process that has no rights.)
 */
struct conf *saved_config(struct stream_in *in, const char *file);

/*
 * Makes the domain whose head has been read, from a config that is to be checked (@conf, which
 * must outlive it); 0 with *@domid, or -1 with ts->fail and nothing left behind.
 */
int domain_restore(struct toolstack *ts, struct conf *conf, struct stream_in *in, bool paused,
                   uint32_t *domid);

/* All of it, from file @path; @config NULL, or a config file to take in place of that in it. */
int domain_restore_file(struct toolstack *ts, const char *path, const char *config, bool paused,
                        uint32_t *domid);

#endif
