/* SPDX-License-Identifier: BSD-2-Clause */
/* --json: each command's answer is JSON, as its schema in dom0-tools/xm/schema says. */
#include "lib/device_stats.h"
#include "schema.h"
#include "verbs.h"

TestSuite(answer, .init = fake_reset);

static struct json_object *load_schema(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), SCHEMAS "/%s.json", name);
    return json_object_from_file(path);
}

static void assert_fits(const char *name, struct json_object *value)
{
    struct json_object *schema = load_schema(name);
    char why[256] = "";

    cr_assert_not_null(schema, "no schema %s", name);
    cr_assert(schema_accepts(schema, value, why), "%s: %s", name, why);
    json_object_put(schema);
}

/* Checks the last answer and returns its result (of the caller); NULL if it has none. */
static struct json_object *checked(int status)
{
    struct json_object *answer = json_tokener_parse(fake_out), *result = NULL, *part;
    const char *command;

    cr_assert_not_null(answer, "no JSON: %s", fake_out);
    assert_fits("answer", answer);
    cr_assert_str_empty(fake_err);
    json_object_object_get_ex(answer, "status", &part);
    cr_assert_eq(json_object_get_int(part), status, "%s", fake_out);
    cr_assert_eq(json_object_object_get_ex(answer, "error", NULL), status != 0, "%s", fake_out);
    json_object_object_get_ex(answer, "command", &part);
    command = json_object_get_string(part);
    if (json_object_object_get_ex(answer, "result", &result)) {
        assert_fits(command, result);
        json_object_get(result);
    }
    json_object_put(answer);
    return result;
}

static void domain(void)
{
    fake_domain_add(3, "web");
    fake_node_set("/vm/u", "/local/domain/3/vm");
    fake_node_set("100.00", "/vm/u/start_time");
    fake_node_set("4", "/local/domain/0/backend/vif/3/0/state");
    fake_node_set("00:16:3e:00:00:01", "/local/domain/0/backend/vif/3/0/mac");
    fake_node_set("xenbr0", "/local/domain/0/backend/vif/3/0/bridge");
    fake_node_set("4", "/local/domain/0/backend/vbd/3/51712/state");
    fake_node_set("xvda", "/local/domain/0/backend/vbd/3/51712/dev");
}

Test(answer, of_no_command)
{
    struct json_object *answer, *part;

    cr_assert_eq(RUN("xm", "lits", "--json"), 1);
    assert_err("Sub Command lits not found!");
    answer = json_tokener_parse(fake_out);
    cr_assert_not_null(answer, "%s", fake_out);
    assert_fits("answer", answer);
    cr_assert(json_object_object_get_ex(answer, "error", &part));
    cr_assert_str_eq(json_object_get_string(part),
                     "'lits' is no command, or the beginning of several");
    json_object_put(answer);
}

Test(answer, of_every_verb_that_prints_a_table)
{
    static char *const verbs[] = {"list", "vcpu-list", "uptime", "sched-credit"};

    domain();
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        for (int xl = 0; xl < 2; xl++) {
            struct json_object *result;

            cr_assert_eq(RUN(xl ? "xl" : "xm", verbs[i], "--json"), 0);
            result = checked(0);
            cr_assert(json_object_is_type(result, json_type_array), "%s: %s", verbs[i], fake_out);
            cr_assert_geq(json_object_array_length(result), 2, "%s", fake_out);
            json_object_put(result);
        }
    }
}

Test(answer, of_device_lists)
{
    domain();
    cr_assert_eq(RUN("xm", "network-list", "--json", "web"), 0);
    json_object_put(checked(0));
    assert_out("\"mac\": \"00:16:3e:00:00:01\"");
    cr_assert_eq(RUN("xm", "--json", "block-list", "web"), 1, "an option belongs behind the verb");
    cr_assert_eq(RUN("xm", "block-list", "web", "--json"), 0);
    json_object_put(checked(0));
    assert_out("\"dev\": \"xvda\"");
    cr_assert_eq(RUN("xm", "block-list", "0", "--json"), 0);
    assert_out("\"result\": [\n");
    json_object_put(checked(0));
}

static void count(const char *file, const struct device_stats *stats)
{
    FILE *out = fopen(fake_file(file, ""), "we");

    fwrite(stats, sizeof(*stats), 1, out);
    fclose(out);
}

/* What our back-end counts in a file of its own, and Linux for the interface. */
Test(answer, of_device_lists_says_what_devices_have_done)
{
    struct device_stats stats = {
        .magic = DEVICE_STATS_MAGIC,
        .starts = 3,
        .merges = 5,
        .of = {[STATS_READ] = {11, 170496, 1, 0}, [STATS_WRITE] = {22, 227328, 2, 6}},
        .latency = {[1] = 30, [LATENCY_BUCKETS - 1] = 3}};

    domain();
    fake_node_set("user", "/local/domain/0/backend/vbd/3/51712/kind");
    count("run/devices/vbd-3-51712.stats", &stats);
    count("run/devices/vif-3-0.stats", &stats);
    fake_file("net/vif3.0/statistics/rx_packets", "7\n");
    cr_assert_eq(RUN("xm", "block-list", "web", "--json"), 0);
    json_object_put(checked(0));
    assert_out("\"reads\": 11,\n");
    assert_out("\"writes\": 22,\n");
    assert_out("\"read_bytes\": 170496,\n");
    assert_out("\"written_bytes\": 227328,\n");
    assert_out("\"write_errors\": 2,\n");
    assert_out("\"merges\": 5,\n");
    assert_out("\"restarts\": 2,\n");
    assert_out("\"below_us\": 128,\n");
    assert_out("\"requests\": 3\n");
    cr_assert_eq(RUN("xm", "network-list", "web", "--json"), 0);
    json_object_put(checked(0));
    assert_out("\"tx_packets\": 7,\n");
    assert_out("\"rx_packets\": 0,\n");
    assert_out("\"tx_errors\": 2,\n");
    assert_out("\"tx_dropped\": 6,\n");
    assert_out("\"restarts\": 2\n");
    cr_assert_eq(RUN("xm", "block-list", "-l", "web"), 0);
    assert_out("(vbd\n    (domid 3)\n    (device 51712)\n");
    assert_out("    (restarts 2)\n    (latency\n        (row\n            (below_us 128)\n"
               "            (requests 30)\n        )\n        (row\n            (requests 3)\n");
    cr_assert_eq(RUN("xl", "block-list", "-l", "web"), 1, "xl does not have it");
    stats.magic++;
    count("run/devices/vbd-3-51712.stats", &stats);
    cr_assert_eq(RUN("xm", "block-list", "web", "--json"), 0);
    assert_out("\"reads\": 0,\n");
}

Test(answer, of_inject_list)
{
    domain();
    fake_node_set("300 25000 0", "/local/domain/0/backend/vbd/3/51712/inject");
    cr_assert_eq(RUN("xm", "inject", "web", "list", "--json"), 0);
    assert_out("\"fault\": \"slow-disk\",\n");
    assert_out("\"milliseconds\": 300\n");
    assert_out("\"per_million\": 25000\n");
    json_object_put(checked(0));
}

Test(answer, of_verbs_that_say_one_thing)
{
    domain();
    cr_assert_eq(RUN("xm", "domid", "web", "--json"), 0);
    assert_out("\"domid\": 3");
    json_object_put(checked(0));
    cr_assert_eq(RUN("xm", "domname", "3", "--json"), 0);
    assert_out("\"name\": \"web\"");
    json_object_put(checked(0));
    cr_assert_eq(RUN("xm", "domstate", "3", "--json"), 0);
    json_object_put(checked(0));
    cr_assert_eq(RUN("xm", "info", "--json"), 0);
    json_object_put(checked(0));
    RUN("xm", "doctor", "--json");
    assert_out("\"check\": \"hypervisor\"");
}

Test(answer, of_create_and_start)
{
    char *file = config_file("guest", "name='g'\n");

    cr_assert_eq(RUN("xm", "create", file, "--json"), 0, "%s", fake_out);
    json_object_put(checked(0));
    assert_out("\"name\": \"g\"");
    assert_out("\"domid\": 1");
    cr_assert_eq(RUN("xm", "create", "-n", file, "name=other", "--json"), 0);
    cr_assert_null(checked(0));
    cr_assert_eq(RUN("xm", "create", file, "--json"), 1);
    json_object_put(checked(1));
    assert_out("\"error\": \"");
    assert_out("already exists");
}

Test(answer, of_verbs_that_print_lines_or_nothing)
{
    domain();
    strcpy(fake_ring, "one\ntwo\n");
    cr_assert_eq(RUN("xm", "dmesg", "--json"), 0);
    cr_assert_null(checked(0));
    assert_out("\"lines\": [\n        \"one\",\n        \"two\"\n    ]");
    cr_assert_eq(RUN("xm", "pause", "web", "--json"), 0);
    cr_assert_null(checked(0));
    cr_assert_eq(RUN("xm", "list", "--help", "--json"), 0);
    assert_out("\"command\": \"help\"");
    cr_assert_null(checked(0));
}

Test(answer, errors)
{
    cr_assert_eq(RUN("xm", "list", "none", "--json"), 3);
    json_object_put(checked(3));
    assert_out("\"error\": \"Domain 'none' does not exist.\"");
    cr_assert_eq(RUN("xl", "domid", "none", "--json"), 1);
    json_object_put(checked(1));
    cr_assert_eq(RUN("xm", "list", "--nosuch", "--json"), 1);
    json_object_put(checked(1));
    assert_out("unknown option --nosuch");
    cr_assert_eq(RUN("xm", "console", "0", "--json"), 1);
    assert_err("means nothing here");
}

Test(answer, without_the_option_all_is_as_ever)
{
    cr_assert_eq(RUN("xm", "list", "--json"), 0);
    cr_assert_eq(RUN("xm", "list"), 0);
    assert_out("Name  ");
    cr_assert_eq(RUN("xm", "list", "--", "--json"), 3, "behind -- it is a name");
}
