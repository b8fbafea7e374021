/* SPDX-License-Identifier: MIT */
/* Command lines, the ini files behind --extra-opts, help, and -t. A command line is
 * written as one text, its words separated by one blank; what the caller was given is a
 * trace. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nagios/options.h"

enum { VERBOSE = 1, WARNING, TENANT, LIST, WORDS = 64 };

static const struct sae_option table[] = {
    {"verbose", 'v', true, VERBOSE, NULL, "say more; twice: say much more"},
    {"warning", 'w', true, WARNING, "RANGE",
     "WARNING if it is outside of RANGE, which may be given for one metric or, without "
     "its "
     "name, for the first metric of this check, as often as needed"},
    {"tenant", 0, false, TENANT, "NAME", "the tenant"},
    {"list", 'l', false, LIST, NULL, "a flag"},
    {"hidden", 0, false, LIST, NULL, NULL},
};

static struct sae_options options;
static struct sae_buf trace;
static struct sae_err err;
static char directory[64];

static void setup(void)
{
    options = (struct sae_options){.program = "check_x",
                                   .table = table,
                                   .count = sizeof(table) / sizeof(table[0]),
                                   .words = false,
                                   .extra_opts = true};
    sae_buf_init(&trace, 1 << 20);
    snprintf(directory, sizeof(directory), "/tmp/check_options.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    unsetenv("MP_CONFIG_FILE");
    unsetenv("NAGIOS_CONFIG_PATH");
}

static void teardown(void)
{
    static const char *const names[] = {"a.ini", "plugins.ini", "monitoring-plugins.ini"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(directory), 0);
    sae_options_done(&options);
    sae_buf_done(&trace);
}

static enum sae_status take(void *context, const struct sae_option *option,
                            const char *value, struct sae_err *error)
{
    struct sae_buf *buf = context;

    sae_buf_printf(buf, "%s%s=%s", buf->len > 0 ? " " : "",
                   option == NULL ? "word" : option->name,
                   value == NULL ? "(none)" : value);
    if (value != NULL && strcmp(value, "bad") == 0) {
        return sae_fail(error, SAE_E_USAGE, "is bad");
    }
    return SAE_OK;
}

/* The values must outlive this call only as long as the trace is written. */
static enum sae_status parse(const char *line)
{
    char *copy = strdup(line);
    char *argv[WORDS + 1] = {NULL};
    enum sae_status status;
    int argc = 0;

    for (char *at = copy; at != NULL && argc < WORDS;) {
        argv[argc++] = strsep(&at, " ");
    }
    sae_buf_clear(&trace);
    status = sae_options_parse(&options, argc, argv, take, &trace, &err);
    free(copy);
    return status;
}

static const struct {
    const char *line, *trace;
} good[] = {
    {"x", ""},
    {"x --tenant a", "tenant=a"},
    {"x --tenant=a", "tenant=a"},
    {"x --tenant=", "tenant="},
    {"x --tenant=a=b", "tenant=a=b"},
    {"x --tenant=--list", "tenant=--list"},
    {"x --tenant -l", "tenant=-l"},
    {"x -w 5", "warning=5"},
    {"x -w5", "warning=5"},
    {"x -w -5:10", "warning=-5:10"},
    {"x -w=5", "warning==5"},
    {"x -w 5 -w a=6 --warning 7", "warning=5 warning=a=6 warning=7"},
    {"x -v", "verbose=(none)"},
    {"x -vv", "verbose=(none) verbose=(none)"},
    {"x -vlw3", "verbose=(none) list=(none) warning=3"},
    {"x -vw 3", "verbose=(none) warning=3"},
    {"x -wv", "warning=v"},
    {"x --", ""},
    {"x --list --", "list=(none)"},
    {"x -w --", "warning=--"},
    {"x --hidden", "hidden=(none)"},
};

START_TEST(a_good_command_line_is_taken)
{
    ck_assert_msg(parse(good[_i].line) == SAE_OK, "%s: %s", good[_i].line, err.text);
    ck_assert_str_eq(sae_buf_text(&trace), good[_i].trace);
}
END_TEST

static const struct {
    const char *line, *error;
} bad[] = {
    {"x --unknown", "option --unknown is unknown"},
    {"x --unknown=5", "option --unknown is unknown"},
    {"x --ten a", "option --ten is unknown"},
    {"x --tenants a", "option --tenants is unknown"},
    {"x --Tenant a", "option --Tenant is unknown"},
    {"x --=5", "option -- is unknown"},
    {"x -x", "option -x is unknown"},
    {"x -vx", "option -x is unknown"},
    {"x -v-", "option -- is unknown"},
    {"x -tenant", "option -t is unknown"},
    {"x --tenant", "option --tenant needs an argument"},
    {"x --tenant --list", "option --tenant needs an argument"},
    {"x -w", "option -w needs an argument"},
    {"x -vw", "option -w needs an argument"},
    {"x -w --tenant=a", "option -w needs an argument"},
    {"x --list=1", "option --list takes no argument"},
    {"x --list=", "option --list takes no argument"},
    {"x -l=1", "option -= is unknown"},
    {"x --tenant a --tenant b", "option --tenant is given twice"},
    {"x --tenant a --tenant=a", "option --tenant is given twice"},
    {"x -ll", "option --list is given twice"},
    {"x -l --list", "option --list is given twice"},
    {"x word", "argument word is not expected"},
    {"x -", "argument - is not expected"},
    {"x ", "argument  is not expected"},
    {"x --list word", "argument word is not expected"},
    {"x -- --list", "argument --list is not expected"},
    {"x --tenant=bad", "option --tenant: is bad"},
    {"x -w bad", "option --warning: is bad"},
    {"x --a|b\n[OK]", "option --a?b??OK? is unknown"},
};

START_TEST(a_bad_command_line_is_refused_by_name)
{
    ck_assert_msg(parse(bad[_i].line) == SAE_E_USAGE, "accepted: %s", bad[_i].line);
    ck_assert_str_eq(err.text, bad[_i].error);
}
END_TEST

START_TEST(nothing_is_taken_from_a_command_line_that_cannot_be_parsed)
{
    ck_assert_int_eq(parse("x --tenant a --unknown"), SAE_E_USAGE);
    ck_assert_str_eq(sae_buf_text(&trace), "");
}
END_TEST

START_TEST(words_are_passed_on_if_the_caller_wants_them)
{
    options.words = true;
    ck_assert_int_eq(parse("x one -l two -- --list -"), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace),
                     "word=one list=(none) word=two word=--list word=-");
}
END_TEST

START_TEST(extra_opts_is_unknown_unless_asked_for)
{
    options.extra_opts = false;
    ck_assert_int_eq(parse("x --extra-opts"), SAE_E_USAGE);
    ck_assert_str_eq(err.text, "option --extra-opts is unknown");
}
END_TEST

static void write_bytes(const char *name, const char *text, size_t len)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    close(fd);
}

/* `line` has "%s" where the directory belongs. */
static enum sae_status parse_with_file(const char *text, const char *line)
{
    const char *at = strstr(line, "%s");
    char full[512];

    write_bytes("a.ini", text, strlen(text));
    snprintf(full, sizeof(full), "%.*s%s%s", (int)(at - line), line, directory, at + 2);
    return parse(full);
}

static const struct {
    const char *text, *line, *trace;
} files[] = {
    {"[check_x]\ntenant=a\n", "x --extra-opts=@%s/a.ini", "tenant=a"},
    {"[check_x]\ntenant = a b \n", "x --extra-opts=@%s/a.ini", "tenant=a b"},
    {"[check_x]\ntenant=a", "x --extra-opts=@%s/a.ini", "tenant=a"},
    {"# c\n; d\n\n \t\n[ check_x ] \n\t w = 5 # not a comment\nlist\nverbose=\n",
     "x --extra-opts=@%s/a.ini", "warning=5 # not a comment list=(none) verbose=(none)"},
    {"[other]\ntenant=b\nany thing.goes here\n[s 2]\ntenant=a\n[other]\nlist\n",
     "x --extra-opts=other@%s/a.ini", NULL},
    {"[other]\nany thing.goes here\n[s2]\ntenant=a\n[third]\nlist\n[s2]\nlist\n",
     "x --extra-opts=s2@%s/a.ini", "tenant=a list=(none)"},
    {"[check_x]\ntenant=a\n", "x --tenant=b --extra-opts=@%s/a.ini", "tenant=b"},
    {"[check_x]\ntenant=a\nlist\n", "x --extra-opts=@%s/a.ini --tenant=b",
     "list=(none) tenant=b"},
    {"[check_x]\nw=1\nwarning=2\n", "x --extra-opts=@%s/a.ini", "warning=1 warning=2"},
    {"[check_x]\nw=1\nwarning=2\nlist\n", "x -w 3 --extra-opts=@%s/a.ini -w 4",
     "list=(none) warning=3 warning=4"},
    {"[check_x]\ntenant=\n", "x --extra-opts=@%s/a.ini", "tenant="},
    {"[check_x]\n", "x --extra-opts=@%s/a.ini", ""},
    {"[check_x]\nw=a=b\n", "x --extra-opts=@%s/a.ini", "warning=a=b"},
};

START_TEST(options_of_a_file_stand_before_the_command_line)
{
    enum sae_status status = parse_with_file(files[_i].text, files[_i].line);

    if (files[_i].trace == NULL) {
        ck_assert_int_eq(status, SAE_E_FORMAT);
        return;
    }
    ck_assert_msg(status == SAE_OK, "%s: %s", files[_i].text, err.text);
    ck_assert_str_eq(sae_buf_text(&trace), files[_i].trace);
}
END_TEST

START_TEST(a_later_file_replaces_an_earlier_one)
{
    char line[256];

    write_bytes("plugins.ini", "[check_x]\ntenant=b\nw=1\n", 23);
    snprintf(line, sizeof(line), "x --extra-opts=@%s/a.ini --extra-opts=@%s/plugins.ini",
             directory, directory);
    write_bytes("a.ini", "[check_x]\ntenant=a\nlist\n", 24);
    ck_assert_int_eq(parse(line), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace), "list=(none) tenant=b warning=1");
}
END_TEST

static const struct {
    const char *text;
    enum sae_status status;
    const char *error; /* part of it */
} broken[] = {
    {"", SAE_E_MISSING, "no section check_x"},
    {"[other]\n", SAE_E_MISSING, "no section check_x"},
    {"[check_X]\n", SAE_E_MISSING, "no section check_x"},
    {"tenant=a\n[check_x]\n", SAE_E_FORMAT, "a.ini line 1: stands before"},
    {"[check_x]\nunknown=1\n", SAE_E_USAGE, "a.ini line 2: option unknown is unknown"},
    {"[check_x]\nx=1\n", SAE_E_USAGE, "line 2: option x is unknown"},
    {"[check_x]\nextra-opts=@b\n", SAE_E_USAGE, "option extra-opts is unknown"},
    {"[check_x]\n--tenant=a\n", SAE_E_USAGE, "option --tenant is unknown"},
    {"[check_x]\ntenant\n", SAE_E_USAGE, "option tenant needs an argument"},
    {"[check_x]\nlist=yes\n", SAE_E_USAGE, "option list takes no argument"},
    {"[check_x]\ntenant=a\ntenant=b\n", SAE_E_USAGE, "option --tenant is given twice"},
    {"[check_x]\n=a\n", SAE_E_FORMAT, "line 2: not a comment"},
    {"[check_x]\nten ant=a\n", SAE_E_FORMAT, "line 2: not a comment"},
    {"[check_x\ntenant=a\n", SAE_E_FORMAT, "line 1: a section is"},
    {"[\n", SAE_E_FORMAT, "line 1: a section is"},
    {"[check_x] # comment\n", SAE_E_FORMAT, "line 1: a section is"},
    {"[check_x]\r\ntenant=a\r\n", SAE_E_FORMAT, "carriage return"},
    {"[check_x]\ntenant=a\x01\n", SAE_E_FORMAT, "control character"},
    {"[check_x]\ntenant=bad\n", SAE_E_USAGE, "option --tenant: is bad"},
};

START_TEST(a_broken_file_is_named_with_its_line)
{
    ck_assert_int_eq(parse_with_file(broken[_i].text, "x --extra-opts=@%s/a.ini"),
                     broken[_i].status);
    ck_assert_msg(strstr(err.text, broken[_i].error) != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_file_that_is_missing_or_no_file_is_named)
{
    char line[256];

    snprintf(line, sizeof(line), "x --extra-opts=@%s/none.ini", directory);
    ck_assert_int_eq(parse(line), SAE_E_MISSING);
    ck_assert_ptr_nonnull(strstr(err.text, "none.ini: No such file"));
    snprintf(line, sizeof(line), "x --extra-opts=@%s", directory);
    ck_assert_int_eq(parse(line), SAE_E_DENIED);
    ck_assert_int_eq(parse("x --extra-opts=@/dev/zero"), SAE_E_DENIED);
    ck_assert_int_eq(parse("x --extra-opts=@"), SAE_E_MISSING);
}
END_TEST

START_TEST(a_line_a_file_and_a_nul_byte_have_limits)
{
    enum { SIZE = SAE_EXTRA_OPTS_BYTES + 1 };
    char *text = malloc(SIZE);
    char line[256];

    snprintf(line, sizeof(line), "x --extra-opts=@%s/a.ini", directory);
    memset(text, 'a', SIZE);
    memcpy(text, "[check_x]\ntenant=", 17);
    text[10 + SAE_EXTRA_OPTS_LINE] = '\n';
    write_bytes("a.ini", text, 11 + SAE_EXTRA_OPTS_LINE);
    ck_assert_int_eq(parse(line), SAE_OK);
    ck_assert_uint_eq(trace.len, SAE_EXTRA_OPTS_LINE);
    text[10 + SAE_EXTRA_OPTS_LINE] = 'a';
    text[11 + SAE_EXTRA_OPTS_LINE] = '\n';
    write_bytes("a.ini", text, 12 + SAE_EXTRA_OPTS_LINE);
    ck_assert_int_eq(parse(line), SAE_E_LIMIT);
    memset(text + 10, '\n', SIZE - 10);
    write_bytes("a.ini", text, SIZE - 1);
    ck_assert_int_eq(parse(line), SAE_OK);
    write_bytes("a.ini", text, SIZE);
    ck_assert_int_eq(parse(line), SAE_E_LIMIT);
    write_bytes("a.ini", "[check_x]\n\0", 11);
    ck_assert_int_eq(parse(line), SAE_E_FORMAT);
    free(text);
}
END_TEST

START_TEST(extra_opts_may_be_given_eight_times)
{
    char line[1024] = "x";
    size_t len = 1;

    write_bytes("a.ini", "[s]\n", 4);
    for (int i = 0; i < 9; i++) {
        len += (size_t)snprintf(line + len, sizeof(line) - len,
                                " --extra-opts=s@%s/a.ini", directory);
        ck_assert_int_eq(parse(line), i < 8 ? SAE_OK : SAE_E_LIMIT);
    }
}
END_TEST

START_TEST(the_default_file_is_searched_as_the_monitoring_plugins_do)
{
    char path[128];

    write_bytes("plugins.ini", "[check_x]\ntenant=old\n", 21);
    snprintf(path, sizeof(path), ":/nowhere::%s:", directory);
    setenv("NAGIOS_CONFIG_PATH", path, 1);
    ck_assert_int_eq(parse("x --extra-opts"), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace), "tenant=old");
    write_bytes("monitoring-plugins.ini", "[check_x]\ntenant=new\n", 21);
    ck_assert_int_eq(parse("x --extra-opts="), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace), "tenant=new");
    snprintf(path, sizeof(path), "%s/a.ini", directory);
    write_bytes("a.ini", "[check_x]\ntenant=env\n[b]\nlist\n", 30);
    setenv("MP_CONFIG_FILE", path, 1);
    ck_assert_int_eq(parse("x --extra-opts"), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace), "tenant=env");
    ck_assert_int_eq(parse("x --extra-opts=b"), SAE_OK);
    ck_assert_str_eq(sae_buf_text(&trace), "list=(none)");
}
END_TEST

static const struct {
    const char *text;
    unsigned seconds; /* 0 if it must be refused */
    enum sae_state state;
} timeouts[] = {
    {"1", 1, SAE_STATE_UNKNOWN},
    {"30", 30, SAE_STATE_UNKNOWN},
    {"86400", 86400, SAE_STATE_UNKNOWN},
    {"30:critical", 30, SAE_STATE_CRITICAL},
    {"30:WARNING", 30, SAE_STATE_WARNING},
    {"30:2", 30, SAE_STATE_CRITICAL},
    {"30:3", 30, SAE_STATE_UNKNOWN},
    {"30:OK", 0, SAE_STATE_OK},
    {"30:0", 0, SAE_STATE_OK},
    {"0", 0, SAE_STATE_OK},
    {"86401", 0, SAE_STATE_OK},
    {"99999999999999999999", 0, SAE_STATE_OK},
    {"", 0, SAE_STATE_OK},
    {"-1", 0, SAE_STATE_OK},
    {"30s", 0, SAE_STATE_OK},
    {"30:", 0, SAE_STATE_OK},
    {"30:4", 0, SAE_STATE_OK},
    {":CRITICAL", 0, SAE_STATE_OK},
    {" 30", 0, SAE_STATE_OK},
    {"1.5", 0, SAE_STATE_OK},
};

START_TEST(a_time_limit_never_ends_as_ok)
{
    enum sae_state state = SAE_STATE_OK;
    unsigned seconds = 0;
    enum sae_status status = sae_timeout_parse(timeouts[_i].text, &seconds, &state, &err);

    ck_assert_int_eq(status, timeouts[_i].seconds > 0 ? SAE_OK : SAE_E_USAGE);
    ck_assert_uint_eq(seconds, timeouts[_i].seconds);
    ck_assert_int_eq(state, timeouts[_i].state);
}
END_TEST

START_TEST(help_fits_80_columns)
{
    struct sae_buf buf;
    const char *text;

    sae_buf_init(&buf, 1 << 16);
    sae_options_usage(&buf, &options, "--tenant NAME [OPTIONS]", "One.\n\nTwo.");
    text = sae_buf_text(&buf);
    ck_assert_str_eq(
        text,
        "Usage: check_x --tenant NAME [OPTIONS]\n\nOne.\n\nTwo.\n\nOptions:\n"
        "  -v, --verbose           say more; twice: say much more\n"
        "  -w, --warning=RANGE     WARNING if it is outside of RANGE, which may be "
        "given\n"
        "                          for one metric or, without its name, for the first\n"
        "                          metric of this check, as often as needed\n"
        "      --tenant=NAME       the tenant\n"
        "  -l, --list              a flag\n"
        "      --extra-opts=[SECTION][@FILE]\n"
        "                          read options from an ini file; the command line\n"
        "                          replaces them\n");
    for (; *text != '\0'; text += strcspn(text, "\n") + 1) {
        ck_assert_uint_le(strcspn(text, "\n"), 80);
    }
    sae_buf_done(&buf);
}
END_TEST

START_TEST(a_line_of_80_columns_fits_and_one_of_81_is_broken)
{
    struct sae_buf buf;
    char about[96];

    sae_buf_init(&buf, 1 << 16);
    snprintf(about, sizeof(about), "%078d a", 0);
    sae_options_usage(&buf, &options, "", about);
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&buf), "0 a\n"));
    sae_buf_clear(&buf);
    snprintf(about, sizeof(about), "%079d a", 0);
    sae_options_usage(&buf, &options, "", about);
    ck_assert_ptr_nonnull(strstr(sae_buf_text(&buf), "0\na\n"));
    sae_buf_done(&buf);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, a_good_command_line_is_taken, 0, COUNT(good));
    tcase_add_loop_test(tests, a_bad_command_line_is_refused_by_name, 0, COUNT(bad));
    tcase_add_test(tests, nothing_is_taken_from_a_command_line_that_cannot_be_parsed);
    tcase_add_test(tests, words_are_passed_on_if_the_caller_wants_them);
    tcase_add_test(tests, extra_opts_is_unknown_unless_asked_for);
    tcase_add_loop_test(tests, options_of_a_file_stand_before_the_command_line, 0,
                        COUNT(files));
    tcase_add_test(tests, a_later_file_replaces_an_earlier_one);
    tcase_add_loop_test(tests, a_broken_file_is_named_with_its_line, 0, COUNT(broken));
    tcase_add_test(tests, a_file_that_is_missing_or_no_file_is_named);
    tcase_add_test(tests, a_line_a_file_and_a_nul_byte_have_limits);
    tcase_add_test(tests, extra_opts_may_be_given_eight_times);
    tcase_add_test(tests, the_default_file_is_searched_as_the_monitoring_plugins_do);
    tcase_add_loop_test(tests, a_time_limit_never_ends_as_ok, 0, COUNT(timeouts));
    tcase_add_test(tests, help_fits_80_columns);
    tcase_add_test(tests, a_line_of_80_columns_fits_and_one_of_81_is_broken);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
