/* SPDX-License-Identifier: BSD-2-Clause */
/* The mailbox between CPUs, with threads for CPUs: nothing is lost, nothing is answered undone. */
#include <asm/mailbox.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

/* Either wrong order shows within some thousand rounds.  Where more runs than there are CPUs, a
 * round may take a whole slice of the scheduler: then time ends the play, not the count. */
#define ROUNDS       200000
#define MOST_SECONDS 10

static struct mailbox box;
static _Atomic uint32_t wanted, fulfilled; /* what a wish is about, and what its fulfilment saw */
static _Atomic bool stop;

static void serve(void)
{
    uint32_t number;

    if (mailbox_take(&box, &number))
        fulfilled = wanted;
    mailbox_done(&box, number);
}

/* Who waits in vain lets others run: the other thread may be without a CPU. */
static void look_again(unsigned *looks)
{
    if (++*looks % 1024 == 0)
        sched_yield();
}

/* As a CPU that spins for a lock: interrupts never reach it, it only looks. */
static void *spinning_owner(void *arg)
{
    unsigned looks = 0;

    (void)arg;
    for (; !stop; look_again(&looks))
        if (mailbox_busy(&box))
            serve();
    return NULL;
}

/* As a CPU that serves whenever it likes: late interrupts of wishes long fulfilled. */
static void *hasty_owner(void *arg)
{
    unsigned looks = 0;

    (void)arg;
    for (; !stop; look_again(&looks))
        serve();
    return NULL;
}

static void run(void *(*owner)(void *))
{
    const time_t end = time(NULL) + MOST_SECONDS;
    pthread_t thread;
    unsigned undone = 0, looks = 0;

    cr_assert_eq(pthread_create(&thread, NULL, owner, NULL), 0);
    for (uint32_t i = 1; i <= ROUNDS && time(NULL) < end; i++) {
        wanted = i;
        for (mailbox_post(&box, 1); mailbox_busy(&box);)
            look_again(&looks);
        undone += fulfilled != i;
    }
    stop = true;
    pthread_join(thread, NULL);
    cr_assert_eq(undone, 0, "%u wishes were answered undone", undone);
    cr_assert(!mailbox_busy(&box));
}

Test(mailbox, a_cpu_that_only_looks_is_never_forgotten, .timeout = 60)
{
    run(spinning_owner);
}

Test(mailbox, a_cpu_that_serves_all_the_time_answers_only_what_is_done, .timeout = 60)
{
    run(hasty_owner);
}

Test(mailbox, wishes_are_collected)
{
    uint32_t number;

    mailbox_post(&box, 1);
    mailbox_post(&box, 2);
    cr_assert_eq(mailbox_take(&box, &number), 3);
    cr_assert(mailbox_busy(&box));
    mailbox_done(&box, number);
    cr_assert(!mailbox_busy(&box));
    cr_assert_eq(mailbox_take(&box, &number), 0);
}

/* What is asked between an owner's two halves is not answered by the second. */
Test(mailbox, a_wish_that_comes_while_another_is_served_is_still_asked)
{
    uint32_t number;

    mailbox_post(&box, 1);
    cr_assert_eq(mailbox_take(&box, &number), 1);
    mailbox_post(&box, 2);
    mailbox_done(&box, number);
    cr_assert(mailbox_busy(&box));
    cr_assert_eq(mailbox_take(&box, &number), 2);
    mailbox_done(&box, number);
    cr_assert(!mailbox_busy(&box));
}
