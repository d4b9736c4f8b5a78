/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching a terminal to a domain's console, as served by xenconsoled. */
#ifndef LIB_CONSOLE_CLIENT_H
#define LIB_CONSOLE_CLIENT_H

#include <stdbool.h>

#define CONSOLE_ESCAPE 0x1d /* ^] */

struct console_opts {
    int escape;     /* key that leaves, usually CONSOLE_ESCAPE; -1: none */
    int timeout_ms; /* how long to wait for the console to appear; 0: 5 s, -1: for ever */
    bool quiet;     /* do not say how to leave */
    int notify_fd;  /* gets one byte once connected, then is closed; 0: none */
};

/*
 * Connects standard input and output with the console of @domid until the escape key, the end of
 * the domain or a broken output.  When standard input is no terminal its end is no reason to
 * stop.  Waits for the domain's console/tty node to appear (watches, no polling).
 * Returns 0, or 1 after saying on standard error what is wrong.
 */
int console_attach(int domid, const struct console_opts *opts);

#endif
