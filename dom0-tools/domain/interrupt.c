/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals that ask for an end; see interrupt.h. */
#include <signal.h>
#include <stddef.h>

#include "domain/interrupt.h"
#include "lib/store.h"

static void on_signal(int number)
{
    (void)number;
    store_cancel(true);
}

void interrupt_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
}
