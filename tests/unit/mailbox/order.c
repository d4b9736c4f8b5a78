/* SPDX-License-Identifier: BSD-2-Clause */
/* The mailbox's own steps, one by one: the other side comes between any two of them.  Threads
 * (test.c) show a wrong order only mostly. */
#include <hv/types.h>
#include <criterion/criterion.h>

static int until; /* steps left before the other side comes; negative: it does not */
static void (*other)(void);

static void step(void)
{
    void (*run)(void) = other;

    if (until-- || !run)
        return;
    other = NULL; /* its own steps are not interrupted */
    run();
}

/* What asm/mailbox.h is made of. */
#undef atomic_load
#undef atomic_exchange
#undef atomic_fetch_or
#undef atomic_fetch_add
#define atomic_load(p)         (step(), atomic_load_explicit(p, memory_order_seq_cst))
#define atomic_exchange(p, v)  (step(), atomic_exchange_explicit(p, v, memory_order_seq_cst))
#define atomic_fetch_or(p, v)  (step(), atomic_fetch_or_explicit(p, v, memory_order_seq_cst))
#define atomic_fetch_add(p, v) (step(), atomic_fetch_add_explicit(p, v, memory_order_seq_cst))
#include <asm/mailbox.h>

static struct mailbox box;
static bool wanted, fulfilled;

static void post(void)
{
    wanted = true;
    mailbox_post(&box, 1);
}

static void serve(void)
{
    uint32_t number;

    if (mailbox_take(&box, &number))
        fulfilled = wanted;
    mailbox_done(&box, number);
}

/* `first` with `second` before its n-th step, for every n until there is no such step any more. */
static void between(void (*first)(void), void (*second)(void))
{
    for (int n = 0;; n++) {
        box = (struct mailbox){0};
        wanted = fulfilled = false;
        until = n;
        other = second;
        first();
        if (other) {
            cr_assert_geq(n, 2, "the mailbox' steps are not seen");
            return;
        }
        cr_assert(mailbox_busy(&box) || fulfilled, "answered undone, before step %d", n);
        serve();
        cr_assert(fulfilled && !mailbox_busy(&box), "forgotten, before step %d", n);
    }
}

Test(order, a_wish_that_comes_while_its_owner_looks_is_not_answered_undone)
{
    between(serve, post);
}

Test(order, an_owner_that_looks_while_a_wish_is_written_does_not_answer_it_undone)
{
    between(post, serve);
}
