/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MODEL_FIFO_HOSTILE_H
#define MODEL_FIFO_HOSTILE_H

/* A guest that writes anything to its words, before and within operations. */
void hostile(void);

#endif
