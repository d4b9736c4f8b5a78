/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains of a log: those that died before the daemon did are none of its successor's. */
#include <criterion/criterion.h>
#include <sys/mman.h>

#include "store/conn.h"
#include "store/domain.h"
#include "store/recover.h"

#define DOMAINS 4u

static struct state *state;
static const struct store_io io = {.reply = conn_reply, .event = conn_event};

static struct conn *make(unsigned int slot, const struct origin *o)
{
    return domain_adopt(state, slot, o->domid);
}

static void forget_all(void)
{
    journal_use(NULL);
    while (conns)
        conn_free(conns);
    store_free(&store);
}

Test(domain, a_successor_has_those_that_live)
{
    state = mmap(NULL, STATE_SIZE, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    cr_assert_neq(state, MAP_FAILED);
    store_init(&store, &io);
    journal_use(state);
    for (unsigned int i = 0; i < DOMAINS; i++) {
        struct origin o = {7, i + 1, 3};

        conn_log_start(make(SOCKET_SLOTS + i, &o), &o);
        if (i % 2)
            journal_add(REC_FREE, SOCKET_SLOTS + i, NULL, 0, NULL, 0);
    }
    journal_commit();
    forget_all();

    store_init(&store, &io);
    journal_use(state);
    recover_replay(make);
    for (unsigned int i = 0; i < DOMAINS; i++)
        cr_expect_eq(domain_introduced(i + 1), i % 2 == 0, "domain %u", i + 1);
    cr_expect_not(domain_introduced(0));
    domain_reap();
    forget_all();
    munmap(state, STATE_SIZE);
}
