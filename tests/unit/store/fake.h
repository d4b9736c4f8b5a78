/* SPDX-License-Identifier: BSD-2-Clause */
/* A store whose world is recorded: every reply and event is one line of text. */
#ifndef TEST_STORE_FAKE_H
#define TEST_STORE_FAKE_H

#include "store/store.h"

#define STR(s) (s), sizeof(s) - 1

extern struct store s;
extern struct client dom0, dom1, dom2;

/* A fresh store with three clients, a privileged one and two guests; and its end, with audit. */
void fake_begin(void);
void fake_end(void);

/* Sends a request, returns what came back: "OK", a value with its nuls as '|', or "!ENOENT". */
const char *ask(struct client *c, uint32_t type, uint32_t tx, const void *body, size_t len);

/* Events since the last call, in order: "DOMID PATH TOKEN;" each. */
const char *events(void);

/* Starts a transaction and returns its id. */
uint32_t start(struct client *c);

#endif
