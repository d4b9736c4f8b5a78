/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured on the machine in memory, and told. */
#include <criterion/criterion.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "http/figures.h"
#include "http/render.h"
#include "http/source.h"
#include "schema.h"

static struct toolstack ts;
static struct happenings happenings;
static struct sample sample;
static char *text[ROUTE_COUNT];

#define DISK "/local/domain/0/backend/vbd/1/51712"
#define NIC  "/local/domain/0/backend/vif/1/0"

static void begin(void)
{
    fake_reset();
    ts = (struct toolstack){.program = "test"};
    cr_assert_eq(ts_open(&ts), 0);
    fake_domain_add(1, "we\"b\\\n");
    fake_domain(1)->cpu_time = 12345678901;
    fake_domain(1)->tot_pages = 65536;
    fake_domain(1)->max_pages = UINT64_MAX;
    fake_domain(1)->max_vcpu_id = 0;
    fake_domain(1)->nr_online_vcpus = 1;
    fake_node_set("user", DISK "/kind");
    fake_node_set("1", DISK "/state");
    fake_node_set("vif1.0", NIC "/vifname");
    fake_node_set("1", NIC "/state");
    fake_file("net/vif1.0/statistics/rx_bytes", "1000\n");
    fake_file("net/vif1.0/statistics/tx_bytes", "77\n");
}

static void end(void)
{
    for (int i = 0; i < ROUTE_COUNT; i++)
        free(text[i]);
    sample_free(&sample);
    happenings_free(&happenings);
    ts_close(&ts);
}

static void render(void)
{
    cr_assert_eq(happenings_look(&ts, &happenings), 0);
    cr_assert_eq(sample_take(&ts, &sample), 0, "%s", ts.fail.text);
    render_all(&sample, &happenings, text);
}

TestSuite(render, .init = begin, .fini = end);

static struct json_object *schema_of(const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), HTTP "/schema/%s.json", name);
    return json_object_from_file(path);
}

Test(render, each_answer_is_as_its_schema_says)
{
    struct json_object *all;
    char why[256];

    render();
    all = json_tokener_parse(text[ROUTE_all]);
    cr_assert_eq(json_object_object_length(all), ROUTE_COUNT - 2);
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const char *name = strrchr(route_path(i), '/') + 1;
        struct json_object *schema, *value, *part;

        if (i == ROUTE_all || i == ROUTE_metrics)
            continue;
        schema = schema_of(name);
        value = json_tokener_parse(text[i]);
        cr_assert_not_null(schema, "no schema of %s", name);
        cr_assert(value && schema_accepts(schema, value, why), "%s: %s", name, why);
        cr_assert(json_object_object_get_ex(all, name, &part) && json_object_equal(part, value));
        json_object_put(schema);
        json_object_put(value);
    }
    json_object_put(all);
}

static void has(const char *what, enum route route)
{
    cr_assert_not_null(strstr(text[route], what), "no '%s' in:\n%s", what, text[route]);
}

Test(render, numbers_are_the_machines)
{
    render();
    has("\"cpu_seconds\":12.345678,\"vcpus\":1,\"memory_bytes\":268435456,"
        "\"memory_max_bytes\":9223372036854771712",
        ROUTE_domains);
    has("\"name\":\"we\\\"b\\\\\\n\"", ROUTE_domains);
    has("\"device\":\"xvda\"", ROUTE_disks);
    has("\"device\":0,\"rx_bytes\":77,", ROUTE_nics);
    has("\"tx_bytes\":1000,", ROUTE_nics);
    has("\"total_bytes\":4294967296,\"free_bytes\":1073741824", ROUTE_memory);
    has("{\"cpu\":3,\"idle_seconds\":103.000000}", ROUTE_cpus);
}

Test(render, metrics_are_the_same_numbers)
{
    render();
    has("# HELP hospes_domain_cpu_seconds_total CPU time that its vCPUs have had.\n"
        "# TYPE hospes_domain_cpu_seconds_total counter\n",
        ROUTE_metrics);
    has("\nhospes_domain_cpu_seconds_total{domid=\"1\",name=\"we\\\"b\\\\\\n\"} 12.345678\n",
        ROUTE_metrics);
    has("\nhospes_nic_rx_bytes_total{domid=\"1\",name=\"we\\\"b\\\\\\n\",device=\"0\"} 77\n",
        ROUTE_metrics);
    has("\nhospes_cpu_idle_seconds_total{cpu=\"3\"} 103.000000\n", ROUTE_metrics);
    has("\nhospes_memory_free_bytes 1073741824\n", ROUTE_metrics);
    has("\n# TYPE hospes_domain_vcpus gauge\n", ROUTE_metrics);
    has(",state=\"running\"} 1\n", ROUTE_metrics);
    has("\nhospes_disk_reads_total{domid=\"1\",name=\"we\\\"b\\\\\\n\",device=\"xvda\"} 0\n",
        ROUTE_metrics);
}

/* Each line is a comment, or a name, its labels in braces, a blank and a number. */
Test(render, metrics_have_the_format)
{
    render();
    for (char *line = strtok(text[ROUTE_metrics], "\n"); line; line = strtok(NULL, "\n")) {
        char *end = strrchr(line, ' ');
        size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");

        if (strncmp(line, "# HELP hospes_", 14) == 0 || strncmp(line, "# TYPE hospes_", 14) == 0)
            continue;
        cr_assert(end && end[1] && strspn(end + 1, "0123456789.") == strlen(end + 1), "%s", line);
        cr_assert(line[name] == ' ' || (line[name] == '{' && end[-1] == '}'), "%s", line);
    }
}

Test(render, events_newest_first_and_bounded)
{
    struct json_object *list, *event;

    cr_assert_eq(happenings_look(&ts, &happenings), 0);
    cr_assert_eq(happenings.last, 0u, "what was there before is no event");
    for (uint32_t round = 1; round <= HAPPENINGS; round++) {
        fake_domain(1)->handle[0] = round; /* another domain of that number */
        cr_assert_eq(happenings_look(&ts, &happenings), 0);
    }
    fake_domain(1)->flags |= XEN_DOMINF_shutdown | SHUTDOWN_crash << XEN_DOMINF_shutdownshift;
    render();
    list = json_tokener_parse(text[ROUTE_events]);
    cr_assert_eq(json_object_array_length(list), HAPPENINGS);
    event = json_object_array_get_idx(list, 0);
    cr_assert_str_eq(json_object_get_string(json_object_object_get(event, "event")), "shutdown");
    cr_assert_str_eq(json_object_get_string(json_object_object_get(event, "reason")), "crash");
    cr_assert_str_eq(json_object_get_string(json_object_object_get(event, "name")), "we\"b\\\n");
    cr_assert_eq(json_object_get_int64(json_object_object_get(event, "number")),
                 (int64_t)happenings.last);
    event = json_object_array_get_idx(list, HAPPENINGS - 1);
    cr_assert_eq(json_object_get_int64(json_object_object_get(event, "number")),
                 (int64_t)happenings.last - HAPPENINGS + 1);
    json_object_put(list);
}

static bool documented(const char *metric, const char *document)
{
    char quoted[128];

    snprintf(quoted, sizeof(quoted), "`%s`", metric);
    return strstr(document, quoted) != NULL;
}

static char *whole_file(const char *path)
{
    char *text_of = NULL;
    FILE *in = fopen(path, "r");
    size_t size = 0;

    cr_assert(in && getdelim(&text_of, &size, '\0', in) > 0, "%s", path);
    fclose(in);
    return text_of;
}

/* What has been asked, and that the other has ended, at once: one answer, then its end. */
Test(render, the_source_answers_a_question_once)
{
    int feed[2], life[2];
    struct route_lengths head;
    size_t all = 0;
    char any;

    cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, feed) == 0 && pipe(life) == 0);
    cr_assert_eq(write(feed[1], "???", 3), 3);
    cr_assert_eq(shutdown(feed[1], SHUT_WR), 0);
    cr_assert_eq(source_run(&ts, feed[0], life[0]), -1, "whoever asks has gone");
    cr_assert_not_null(strstr(ts.fail.text, "the web server has ended"));
    close(feed[0]);
    cr_assert_eq(read(feed[1], &head, sizeof(head)), (ssize_t)sizeof(head));
    for (int i = 0; i < ROUTE_COUNT; i++)
        all += head.length[i];
    while (read(feed[1], &any, 1) == 1)
        all--;
    cr_assert_eq(all, 0u);
    close(life[1]);
    cr_assert_eq(source_run(&ts, -1, life[0]), 0, "whoever started it has ended");
}

/* Others build on the names: the document has all of them and no other. */
Test(render, the_document_names_what_there_is)
{
    char *document = whole_file(MONITORING), *at = document;
    unsigned int there = 1, named = 0;

    cr_assert(documented("hospes_domain_state", document));
    for (int class = FIGURE_host; class <= FIGURE_nic; class ++)
        for (const struct figure *f = NULL; (f = figure_next(class, f)); there++)
            cr_assert(documented(f->metric, document), "%s is not in docs/MONITORING.md",
                      f->metric);
    while ((at = strstr(at, "\n| `hospes_")))
        named++, at++;
    cr_assert_eq(named, there, "docs/MONITORING.md has rows of metrics that there are not");
    free(document);
}
