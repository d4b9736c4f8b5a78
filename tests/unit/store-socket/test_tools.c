/* SPDX-License-Identifier: BSD-2-Clause */
/* The xenstore-* commands; the expected texts are what Xen 4.17's print for the same store. */
#include <criterion/criterion.h>
#include <string.h>

#include "daemon.h"

TestSuite(tools, .init = daemon_begin, .fini = daemon_end, .timeout = 300);

static void expect(const char *command, const char *output, int status)
{
    int got_status;
    const char *got = sh(command, &got_status);

    cr_assert_str_eq(got, output, "%s: '%s' in place of '%s'", command, got, output);
    cr_assert_eq(got_status, status, "%s: %d in place of %d", command, got_status, status);
}

Test(tools, read_write_list_exists_rm)
{
    expect("xenstore-write /a/b hello /a/c 'two words' /a/d/e ''", "", 0);
    expect("xenstore-read /a/b /a/c", "hello\ntwo words\n", 0);
    expect("xenstore-read -p /a/b", "/a/b: hello\n", 0);
    expect("xenstore read /a/b", "hello\n", 0);
    expect("xenstore-read /a/b /none 2>&1", "xenstore-read: couldn't read path /none\nhello\n", 1);
    expect("xenstore-list /a", "b\nc\nd\n", 0);
    expect("xenstore-list -p /a", "/a/b\n/a/c\n/a/d\n", 0);
    expect("xenstore-list /none 2>&1", "xenstore-list: could not list path /none\n", 1);
    expect("xenstore-exists /a/b", "", 0);
    expect("xenstore-exists /none", "", 1);
    expect("xenstore-rm /a/d", "", 0);
    expect("xenstore-exists /a/d/e", "", 1);
    expect("xenstore-rm /none/x 2>&1", "xenstore-rm: could not remove path /none/x\n", 1);
    expect("xenstore-write /x/y/z 1; xenstore-rm -t /x/y/z; xenstore-exists /x", "", 1);
    expect("xenstore-write '/bad path' x 2>&1", "xenstore-write: could not write path /bad path\n",
           1);
    expect("xenstore-write /a 2>/dev/null", "", 1);
}

Test(tools, values_are_escaped_both_ways)
{
    expect("xenstore-write /a 'x\\n\\x01\\ty\\\\'", "", 0);
    expect("xenstore-read /a", "x\\n\\001\\ty\\\\\n", 0);
    expect("xenstore-read -R /a", "x\n\001\ty\\", 0);
    expect("xenstore-write -R /a 'x\\n'; xenstore-read -R /a", "x\\n", 0);
}

Test(tools, ls_looks_like_xens)
{
    expect("xenstore-write /a/b hello /a/d/e '' /a/long $(printf 'v%.0s' $(seq 100))", "", 0);
    expect("xenstore-chmod /a/d n0 r3 b7", "", 0);
    expect("xenstore-ls /a",
           "b = \"hello\"\n"
           "d = \"\"\n"
           " e = \"\"\n"
           "long = \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\\...\"\n",
           0);
    expect("xenstore-ls -p /a",
           "b = \"hello\"  . . . . . . . . . . . . . . . . . . . . . . . .  (n0)\n"
           "d = \"\" . . . . . . . . . . . . . . . . . . . . . . . . . . .  (n0,r3,b7)\n"
           " e = \"\"  . . . . . . . . . . . . . . . . . . . . . . . . . .  (n0)\n"
           "long = \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\\...\""
           "  (n0)\n",
           0);
    expect("xenstore-ls -fp /a | head -3",
           "/a/b = \"hello\"   (n0)\n/a/d = \"\"   (n0,r3,b7)\n/a/d/e = \"\"   (n0)\n", 0);
    expect("xenstore-ls | grep -c '^[a-z]'", "4\n", 0);
    expect("xenstore-ls /none 2>&1",
           "xenstore-ls: xs_directory (/none): No such file or directory\n", 1);
}

Test(tools, chmod_reaches_up_and_down)
{
    expect("xenstore-write /a/b/c x; xenstore-chmod -r /a n5; xenstore-ls -fp /a",
           "/a/b = \"\"   (n5)\n/a/b/c = \"x\"   (n5)\n", 0);
    expect("xenstore-chmod -u /a/b/c r6; xenstore-ls -fp | grep '^/a'",
           "/a = \"\"   (r6)\n/a/b = \"\"   (r6)\n/a/b/c = \"x\"   (r6)\n", 0);
    expect("xenstore-chmod /a q1 2>/dev/null", "", 1);
}

Test(tools, watch_prints_paths)
{
    expect("xenstore-watch -n 2 /w /v", "/w\n/v\n", 0);
    expect("mkfifo $DIR/p; xenstore-watch -n 2 /w >$DIR/p & (read -r first; xenstore-write /w/x 1; "
           "cat) <$DIR/p; rm $DIR/p",
           "/w/x\n", 0);
}

Test(tools, control_and_failures)
{
    expect("xenstore-control check", "", 0);
    expect("xenstore-control quota | grep -c nodes", "2\n", 0);
    expect("xenstore-control nonsense 2>/dev/null", "", 1);
    expect("XENSTORED_PATH=/none xenstore-read /a 2>&1 | cut -c1-22", "xenstore-read: xs_open\n",
           0);
    expect("xenstored --no-domain-init 2>&1 | cut -c1-35", "xenstored: another xenstored answer\n",
           0);
    expect("xenstored --nonsense 2>/dev/null", "", 2);
}
