/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Relocation: migration over TCP, as xm has it.  Sender: "receive"; receiver: "(ready receive)",
 * as xend 4.1 had them; what follows is migrate.h's, not xend's.
 */
#ifndef DOMAIN_RELOCATE_H
#define DOMAIN_RELOCATE_H

#include "stream/io.h"

/* The two sides of the greeting; 0, or -1 with the stream's ->fail. */
int relocate_greet(struct stream_in *in, struct stream_out *out);
int relocate_answer(struct stream_in *in, struct stream_out *out);

#endif
