/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device's life as its monitor leads it, with a store in memory and a worker that says what the
 * test wants.  Each script is a list of steps; one is taken in each round of the monitor's loop.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "lib/monitor.h"
#include "lib/store.h"
#include "lib/worker.h"

#define BACK  "/local/domain/0/backend/vbd/5/51712"
#define FRONT "/local/domain/5/device/vbd/51712"
#define ERROR "/local/domain/0/error/backend/vbd/5/51712/error"

int64_t fake_now;

int64_t store_now(void)
{
    return fake_now;
}

bool fake_fails(void)
{
    return false;
}

void log_msg(const char *fmt, ...)
{
    (void)fmt;
}

static struct monitor m;
static int worker = -1; /* the worker's end */
static unsigned int kills;
static bool with_faults; /* are asked for from the beginning */
static void (*const *script)(void);

static int always_ready(void)
{
    return eventfd(1, EFD_CLOEXEC);
}

static void on_round(struct source *s, uint32_t events)
{
    (void)s;
    (void)events;
    cr_assert_not_null(*script, "the monitor goes on");
    (*script++)();
}

int worker_start(struct monitor *monitor, const struct monitor_options *o,
                 const struct backend_ops *ops)
{
    static struct source rounds = {.ready = on_round};
    int ends[2];

    (void)o;
    (void)ops;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    monitor->control = ends[0];
    monitor->worker = 1;
    worker = ends[1];
    rounds.fd = always_ready();
    return loop_add(&rounds, EPOLLIN);
}

void worker_ended(struct monitor *monitor)
{
    kills += monitor->worker != 0;
    monitor->worker = 0;
}

static bool announce(struct monitor *monitor)
{
    return monitor_put(monitor, "feature", 1);
}

static int gather(struct monitor *monitor, void *body)
{
    uint32_t port;

    if (!monitor_front_number(monitor, 4000, &port, "event-channel"))
        return fail(&monitor->fail, "no port");
    memcpy(body, &port, sizeof(port));
    return 0;
}

static bool connected(struct monitor *monitor)
{
    return monitor_put(monitor, "sectors", 8);
}

static const struct monitor_ops ops = {
    .announce = announce, .gather = gather, .connected = connected};

static void states(const char *back, const char *front)
{
    if (back)
        fake_node_set(back, BACK "/state");
    if (front)
        fake_node_set(front, FRONT "/state");
}

static int run(const char *back, const char *front, void (*const *steps)(void))
{
    struct monitor_options o = {0};

    fake_store_reset();
    fake_xs_fileno = always_ready;
    fake_node_set(FRONT, BACK "/frontend");
    fake_node_set("5", BACK "/frontend-id");
    fake_node_set("1", BACK "/online");
    fake_node_set("17", FRONT "/event-channel");
    if (with_faults)
        fake_node_set("300 0 0", BACK "/inject");
    states(back, front);
    script = steps;
    kills = 0;
    m = (struct monitor){0};
    cr_assert_eq(monitor_open(&m, BACK, &ops), 0);
    cr_assert_eq(m.id, 51712);
    return monitor_run(&m, &o, NULL);
}

static bool state_is(const char *state)
{
    const char *now = fake_node(BACK "/state");

    return now && strcmp(now, state) == 0;
}

static void hear(uint32_t kind)
{
    struct control_message message;

    cr_assert(channel_receive(worker, &message), "%s", strerror(errno));
    cr_assert_eq(message.kind, kind);
    if (kind == CONTROL_CONNECT)
        cr_assert_eq(message.body[0], 17);
}

static void say(uint32_t kind, const char *text)
{
    struct control_message message = {.kind = kind};

    strcpy((char *)message.body, text);
    cr_assert(channel_send(worker, &message));
}

/* ---- steps ---- */

static void nothing(void)
{
}

static void is_announced(void)
{
    cr_assert(state_is("2"));
    cr_assert_str_eq(fake_node(BACK "/feature"), "1");
    states(NULL, "3");
}

static void is_told(void)
{
    hear(CONTROL_CONNECT);
    cr_assert(state_is("2"), "not before the worker serves");
    say(CONTROL_CONNECTED, "");
}

static void serves(void)
{
    cr_assert(state_is("4"));
    cr_assert_str_eq(fake_node(BACK "/sectors"), "8");
    states(NULL, "5");
}

static void closes(void)
{
    cr_assert(state_is("5"));
    states(NULL, "6");
}

static void is_told_to_let_go(void)
{
    hear(CONTROL_DISCONNECT);
    cr_assert(state_is("5"));
    say(CONTROL_DISCONNECTED, "");
}

static void is_closed(void)
{
    cr_assert(state_is("6"));
    fake_node_set("0", BACK "/online");
}

Test(monitor, a_life)
{
    void (*const steps[])(void) = {is_announced, nothing, is_told, nothing,           serves,
                                   nothing,      closes,  nothing, is_told_to_let_go, nothing,
                                   is_closed,    nothing, NULL};

    cr_assert_eq(run("1", "1", steps), 0);
    cr_assert(state_is("6"));
    cr_assert_eq(kills, 1, "at the end");
}

static void is_told_at_once(void)
{
    hear(CONTROL_CONNECT);
    cr_assert(state_is("4"), "the guest sees nothing");
    say(CONTROL_CONNECTED, "");
}

static void worker_dies(void)
{
    cr_assert(state_is("4"));
    close(worker);
}

/* Its status lets xend start both again; the guest's view stays. */
Test(monitor, resumes_and_loses_its_worker)
{
    void (*const steps[])(void) = {is_told_at_once, nothing, worker_dies, nothing, NULL};

    cr_assert_eq(run("4", "4", steps), 1);
    cr_assert(state_is("4"));
    cr_assert_null(fake_node(BACK "/sectors"));
}

static void refuses(void)
{
    hear(CONTROL_CONNECT);
    say(CONTROL_REFUSED, "no\033[2J ring");
}

Test(monitor, refusal_is_shown)
{
    void (*const steps[])(void) = {is_announced, nothing, refuses, nothing, NULL};

    cr_assert_eq(run("1", "1", steps), 0);
    cr_assert(state_is("6"));
    cr_assert_str_eq(fake_node(ERROR), "no?[2J ring");
}

Test(monitor, a_guest_that_was_served_is_not_refused)
{
    void (*const steps[])(void) = {refuses, nothing, NULL};

    cr_assert_eq(run("4", "4", steps), 1);
    cr_assert(state_is("4"), "xend tries again");
    cr_assert_null(fake_node(ERROR));
}

static void lies(void)
{
    say(CONTROL_CONNECTED, "");
}

static void lies_of_letting_go(void)
{
    say(CONTROL_DISCONNECTED, "");
}

static void babbles(void)
{
    cr_assert_eq(send(worker, "x", 1, 0), 1);
}

static void says_too_much(void)
{
    static char text[2 * sizeof(struct control_message)];

    cr_assert_eq(send(worker, text, sizeof(text), 0), (ssize_t)sizeof(text));
}

static void answers_with_a_question(void)
{
    hear(CONTROL_CONNECT);
    say(CONTROL_DISCONNECTED, "");
}

/* What was not asked for, or is no message, ends the worker. */
Test(monitor, does_not_believe_its_worker)
{
    void (*const say_this[])(void) = {lies, lies_of_letting_go, babbles, says_too_much};

    for (size_t i = 0; i < sizeof(say_this) / sizeof(say_this[0]); i++) {
        void (*const steps[])(void) = {say_this[i], nothing, NULL};

        cr_assert_eq(run("2", "1", steps), 1);
        cr_assert(state_is("2"));
        cr_assert_eq(kills, 1);
    }
    {
        void (*const steps[])(void) = {answers_with_a_question, nothing, NULL};

        cr_assert_eq(run("2", "3", steps), 1);
        cr_assert(state_is("2"));
    }
}

static void tells_of_trouble(void)
{
    struct control_message message = {.kind = CONTROL_TROUBLE};
    struct trouble t = {.slow = 3, .longest_ms = 1500, .failed = 2};

    memcpy(message.body, &t, sizeof(t));
    cr_assert(channel_send(worker, &message));
}

static void trouble_is_known(void)
{
    cr_assert_str_eq(fake_node(BACK "/trouble"), "3 1500 2");
    cr_assert_eq(kills, 0);
    fake_now += TROUBLE_PAUSE_MS;
    tells_of_trouble();
}

static void it_may_tell_again(void)
{
    cr_assert_eq(kills, 0);
    tells_of_trouble(); /* at once: that is too often */
}

/* It writes to the log and to xenstore: not as often as a worker that was taken over likes. */
Test(monitor, hears_of_trouble_now_and_then)
{
    void (*const steps[])(void) = {
        tells_of_trouble, nothing, trouble_is_known, nothing, it_may_tell_again, nothing, NULL};

    fake_now = 1000;
    cr_assert_eq(run("2", "1", steps), 1);
    cr_assert_eq(kills, 1);
    cr_assert(state_is("2"));
}

static void hears_faults(uint32_t slow_ms)
{
    struct control_message message;
    struct inject i;

    cr_assert(channel_receive(worker, &message));
    cr_assert_eq(message.kind, CONTROL_INJECT);
    memcpy(&i, message.body, sizeof(i));
    cr_assert_eq(i.slow_ms, slow_ms);
}

static void faults_are_asked_for(void)
{
    fake_node_set("300 0 0", BACK "/inject");
}

static void faults_are_cleared(void)
{
    hears_faults(300);
    fake_node_set("0 0 0", BACK "/inject");
}

static void nonsense_is_asked_for(void)
{
    hears_faults(0);
    fake_node_set("60001 0 0", BACK "/inject");
}

static void guest_leaves(void)
{
    struct control_message message;

    cr_assert_not(channel_receive(worker, &message), "the same as before");
    fake_node_set("5", BACK "/state");
    fake_node_set("0", BACK "/online");
    fake_node_set("6", FRONT "/state");
}

Test(monitor, tells_its_worker_of_faults)
{
    void (*const steps[])(void) = {faults_are_asked_for,
                                   nothing,
                                   faults_are_cleared,
                                   nothing,
                                   nonsense_is_asked_for,
                                   nothing,
                                   guest_leaves,
                                   nothing,
                                   nothing,
                                   NULL};

    cr_assert_eq(run("2", "1", steps), 0);
    cr_assert_eq(kills, 1, "as at each end");
}

static void knows_already(void)
{
    hears_faults(300);
    guest_leaves();
}

/* A process that takes over has the faults that the one before had. */
Test(monitor, tells_the_next_worker_of_faults)
{
    void (*const steps[])(void) = {knows_already, nothing, nothing, NULL};

    fake_store_reset();
    with_faults = true;
    cr_assert_eq(run("2", "1", steps), 0);
}

static void guest_goes(void)
{
    cr_assert(state_is("4"));
    xs_rm(m.nodes.xs, XBT_NULL, FRONT);
}

static void time_passes(void)
{
    cr_assert_eq(kills, 0);
    fake_now += 9999;
}

static void time_is_over(void)
{
    cr_assert_eq(kills, 0);
    fake_now += 2;
}

/* A worker that does not let go keeps nobody from destroying its guest. */
Test(monitor, does_not_wait_for_ever)
{
    void (*const steps[])(void) = {is_told_at_once, nothing,      guest_goes, nothing, nothing,
                                   time_passes,     time_is_over, nothing,    NULL};

    cr_assert_eq(run("4", "4", steps), 0);
    cr_assert(state_is("6"));
    cr_assert_eq(kills, 1);
}

static void no_port(void)
{
    cr_assert(state_is("2"));
    fake_node_set("4001", FRONT "/event-channel");
    states(NULL, "3");
}

Test(monitor, the_guests_numbers_are_bounded)
{
    void (*const steps[])(void) = {no_port, nothing, NULL};

    cr_assert_eq(run("1", "1", steps), 0);
    cr_assert(state_is("6"));
    cr_assert_str_eq(fake_node(ERROR), "no port");
}
