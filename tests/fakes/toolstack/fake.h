/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for the tests of the tool-stack: a store, a hypervisor and a clock in memory, in place
 * of <xenstore.h>, <xenctrl.h>, the domain builder and lib/store_wait.c.  Nothing of the host is
 * touched but a temporary directory.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <xenctrl.h>
#include <xenstore.h>

/* An empty machine with dom0, 1024 MiB free, CPUs 0 to 3, xend "running"; paths are below
 * @fake_dir. */
void fake_reset(void);
/* The same but for the files, which stay. */
void fake_again(void);
extern char fake_dir[64];

/* Writes @text to fake_dir/@name (directories are made); returns its whole path (static). */
const char *fake_file(const char *name, const char *text);
bool fake_file_exists(const char *name);
/* A script that notes "NAME ACTION vif" in fake_dir/scripts.log and ends with @status. */
const char *fake_script(const char *name, int status);
/* The content of a file below fake_dir, "" if it is not there (static). */
const char *fake_read(const char *name);

/* ---- the store ---- */
/* No nodes, watches or events. */
void fake_store_reset(void);
const char *fake_node(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void fake_node_set(const char *value, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
unsigned int fake_node_count(const char *below);
/* Called after every write or removal from outside; may write itself. */
extern void (*fake_on_write)(const char *path);
/* What xs_fileno() gives; NULL: -1. */
extern int (*fake_xs_fileno)(void);
/* How often somebody waited for an answer of the store. */
extern unsigned int fake_round_trips;
/* Of every node: the owner and what all others may, then one domain. */
extern struct xs_permissions fake_permissions[2];
/* Back-ends that behave: ready at once, closed when they are told to. */
void fake_good_backends(const char *path);
/* The same, and guests that suspend themselves when they are asked to. */
void fake_good_guests(const char *path);

/* ---- the hypervisor ---- */
xc_domaininfo_t *fake_domain(uint32_t domid); /* NULL: none */
xc_domaininfo_t *fake_domain_add(uint32_t domid, const char *name);
unsigned int fake_domain_count(void);
extern struct xen_domctl_createdomain fake_created; /* what the last one was made with */
extern uint64_t fake_free_pages;
extern int fake_scheduler;
extern int fake_linger;          /* looks at a destroyed domain until it is gone */
extern bool fake_old_hypervisor; /* tells no mitigations */
extern int fake_refusal;         /* errno for who opens the hypervisor; 0: it lets him */
extern char fake_ring[256];      /* the hypervisor's messages */
extern char fake_cmdline[64];    /* and its command line */

/* ---- memory and registers ---- */
#define FAKE_FRAMES 4096u
struct fake_frame {
    int owner; /* -1: nobody */
    uint64_t pfn, type;
    bool zero; /* its content; else every word is the frame's number */
    bool gone; /* when it is mapped, its owner has no longer got it */
};
extern struct fake_frame fake_frames[FAKE_FRAMES]; /* of the machine, free at first */
extern uint64_t fake_vcpus_running;                /* those that have registers, a bit each */

/* What the boot loader was asked for last. */
extern char fake_boot[512];

/* ---- faults ---- */

/* Kernels are packed: they are loaded while other work goes on. */
extern bool fake_unpacking;

/* The @n-th call from now on that changes something fails with EIO; 0: none.  Counts calls. */
void fake_fail(unsigned int n);
unsigned int fake_calls(void);
/* For the fakes: true if this call is to fail (errno is set). */
bool fake_fails(void);

/* ---- time ---- */
extern int64_t fake_now;              /* ms; goes on only by waiting */
extern void (*fake_on_idle)(void);    /* somebody waits and nothing is queued */
extern void (*fake_on_pause)(int ms); /* time passes without waiting for an event */
bool fake_event_queued(void);

/* What @fn prints to standard output and error, below @out and @err (static, 64 KiB). */
extern char fake_out[1 << 16], fake_err[1 << 16];
int fake_capture(int (*fn)(void *arg), void *arg);

/* Says something in place of a process that reads a stream; NULL: what reads does. */
extern void (*fake_reader)(int socket);

#endif
