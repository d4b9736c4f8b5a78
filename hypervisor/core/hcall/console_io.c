/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_io.  The control domain's output goes to the serial line as it is; another guest's is
 * shown as a rate-limited message; input belongs to the control domain.
 */
#include <hv/budget.h>
#include <hv/check.h>
#include <hv/hcall.h>
#include <hv/lib.h>

#define INPUT_SIZE 128u
#define CHUNK      128u

static struct spinlock input_lock = {.rank = LOCK_INPUT}; /* zero: free */
static char input[INPUT_SIZE] GUARDED_BY(input_lock);
static uint32_t input_start GUARDED_BY(input_lock), input_end GUARDED_BY(input_lock);

void console_input(char c)
{
    lock(&input_lock);
    bool room = input_end - input_start < INPUT_SIZE;
    if (room)
        input[input_end++ % INPUT_SIZE] = c;
    unlock(&input_lock);
    if (room)
        domain_global_virq(VIRQ_CONSOLE);
}

/* Another guest's text: one message a write, dots for all that is not printable ASCII: 0x80 to 0x9f
 * command a terminal as well as escapes do. */
static void show_guest_text(struct domain *d, char *text, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~')
            text[i] = i + 1 == n && text[i] == '\n' ? ' ' : '.';
    }
    guest_log(d, LOG_WARNING, "says: %.*s", (int)n, text);
}

static long console_io_write(struct vcpu *cur, uint32_t count, gva_t buf)
{
    char chunk[CHUNK];

    for (uint32_t left = count, n; left; left -= n, buf = gva_add(buf, n)) {
        n = min(left, CHUNK);
        if (left != count && budget_new_turn())
            return hcall_continue_console_io(cur, CONSOLEIO_write, left, buf);
        if (guest_read(chunk, buf, n))
            return refuse(XEN_EFAULT);
        budget_draw(BUDGET_TURN); /* a serial line takes what it takes */
        if (!cur->domain->privileged) {
            show_guest_text(cur->domain, chunk, n);
            continue;
        }
        if (!console_text(chunk, n))
            return hcall_continue_console_io(cur, CONSOLEIO_write, left, buf);
    }
    return 0;
}

static long console_io_read(struct vcpu *cur, uint32_t count, gva_t buf)
{
    char chunk[INPUT_SIZE];
    uint32_t n = 0;

    if (!cur->domain->privileged)
        return refuse(XEN_EPERM);
    lock(&input_lock);
    while (n < count && input_start != input_end)
        chunk[n++] = input[input_start++ % INPUT_SIZE];
    unlock(&input_lock);
    if (n && guest_write(buf, chunk, n))
        return refuse(XEN_EFAULT);
    return n;
}

long op_console_io(struct vcpu *cur, unsigned cmd, unsigned count, gva_t buf)
{
    switch (cmd) {
    case CONSOLEIO_write:
        return console_io_write(cur, count, buf);
    case CONSOLEIO_read:
        return console_io_read(cur, count, buf);
    default:
        return refuse(XEN_ENOSYS);
    }
}
