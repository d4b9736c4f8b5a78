/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest with a disk: its ring, its pages and what it asks.  Grant references are numbers of pages
 * in an array; the disk is a temporary file.
 */
#ifndef TESTS_FLOW_H
#define TESTS_FLOW_H

#include <criterion/criterion.h>

#include "block/queue.h"

#define PAGES   512u
#define SECTORS 8192u
#define REFUSED 0xdeadu /* a grant that cannot be mapped */

extern uint8_t (*guest)[4096]; /* its pages, in a file that is mapped as grants are */
extern uint8_t ring_pages[8192];
extern blkif_front_ring_t front;
extern struct device_stats stats;
extern struct backend be;
extern struct queue q;
extern struct disk disk;
extern struct block_log *block_log;
extern uint8_t expected[SECTORS * 512]; /* what is on the disk */
extern unsigned int mapped, mappings;   /* guest pages, now; by how many calls */
extern unsigned int copied;             /* segments (grant_copy.h) */
extern bool copy_refused;
extern void (*on_notify)(void);

extern bool in_order; /* answers are, for queues that are opened from now on */

/* Before each test: a connected queue. */
void begin_flow(void);
void open_queue(bool resume);

/* Page @page and the next ones carry @count full segments of the disk from @sector. */
void ask(uint64_t id, int operation, uint64_t sector, unsigned int count, uint32_t page);

/* Has all that was asked done. */
void run(void);

blkif_response_t take_answer(void);
unsigned int take_answers(void); /* all there are, each of them good */

/* The one request in the ring is answered, with that status. */
void answered(int status);

#endif
