/* SPDX-License-Identifier: MIT */
/* Addresses as logs write them, networks as administrators do. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define COUNT(table) (int)(sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *text, *canonical; /* "" for none */
} addresses[] = {
    {"192.0.2.7", "192.0.2.7"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"192.0.2.7:25", "192.0.2.7"},
    {"2001:db8::1", "2001:db8::1"},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
    {"2001:0db8:0000::0001", "2001:db8::1"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"[2001:db8::1]:587", "2001:db8::1"},
    {"[192.0.2.7]", "192.0.2.7"},
    {"::", "::"},
    {"::1", "::1"},
    {"::ffff:192.0.2.7", "192.0.2.7"},
    {"::FFFF:c000:0207", "192.0.2.7"},
    {"[::ffff:192.0.2.7]:25", "192.0.2.7"},
    {"::192.0.2.7", "::192.0.2.7"},
    {"64:ff9b::192.0.2.7", "64:ff9b::c000:207"},
    {"", ""},
    {" 192.0.2.7", ""},
    {"192.0.2.7 ", ""},
    {"192.0.2", ""},
    {"192.0.2.256", ""},
    {"192.0.2.7.8", ""},
    {"192.0.02.7", ""},
    {"0x7f.0.0.1", ""},
    {"3221225991", ""},
    {"127.1", ""},
    {"192.0.2.7/24", ""},
    {"2001:db8:::1", ""},
    {"2001:db8::1::2", ""},
    {"2001:db8::1%eth0", ""},
    {"2001:db8::12345", ""},
    {"1:2:3:4:5:6:7", ""},
    {"1:2:3:4:5:6:7:8:9", ""},
    {"[2001:db8::1", ""},
    {"[]", ""},
    {"printer.example.com", ""},
    {"-", ""},
    {"0123456789012345678901234567890123456789012345678901234567890123", ""},
    {"2001:0db8:0000:0000:0000:0000:0000:0001000000000000000000000000000", ""},
};

START_TEST(an_address_has_one_form)
{
    struct sae_address address =
        sae_address_read(addresses[_i].text, strlen(addresses[_i].text));
    char text[SAE_ADDRESS_TEXT];

    ck_assert_str_eq(sae_address_text(text, sizeof(text), &address),
                     addresses[_i].canonical);
    if (address.len != 0) {
        struct sae_address again = sae_address_read(text, strlen(text));

        ck_assert_int_eq(memcmp(&again, &address, sizeof(again)), 0);
    }
    for (unsigned i = address.len; i < 16; i++) {
        ck_assert_int_eq(address.bytes[i], 0);
    }
}
END_TEST

START_TEST(a_zero_byte_is_no_part_of_an_address)
{
    struct sae_address address = sae_address_read("192.0.2.7\0x", 11);

    ck_assert_int_eq(address.len, 0);
    ck_assert_int_eq(sae_address_read("192.0.2.77", 9).bytes[3], 7);
    ck_assert_int_eq(sae_address_read(NULL, 0).len, 0);
}
END_TEST

static const struct {
    const char *text, *canonical; /* NULL: refused */
} nets[] = {
    {"192.0.2.0/24", "192.0.2.0/24"},
    {"192.0.2.77/24", "192.0.2.0/24"},
    {"192.0.2.7", "192.0.2.7/32"},
    {"192.0.2.7/32", "192.0.2.7/32"},
    {"192.0.2.255/31", "192.0.2.254/31"},
    {"255.255.255.255/1", "128.0.0.0/1"},
    {"1.2.3.4/0", "0.0.0.0/0"},
    {"10.255.255.255/9", "10.128.0.0/9"},
    {"2001:db8::/32", "2001:db8::/32"},
    {"2001:db8::1", "2001:db8::1/128"},
    {"2001:db8:ffff::/33", "2001:db8:8000::/33"},
    {"::/0", "::/0"},
    {"::ffff:192.0.2.7", NULL},
    {"", NULL},
    {"/24", NULL},
    {"192.0.2.0/", NULL},
    {"192.0.2.0/33", NULL},
    {"192.0.2.0/-1", NULL},
    {"192.0.2.0/+8", NULL},
    {"192.0.2.0/ 8", NULL},
    {"192.0.2.0/8 ", NULL},
    {"192.0.2.0/8x", NULL},
    {"192.0.2.0/8/8", NULL},
    {"192.0.2.0/255.255.255.0", NULL},
    {"192.0.2.0:25", NULL},
    {"192.0.2.0:25/24", NULL},
    {"[2001:db8::1]", NULL},
    {"[2001:db8::]/32", NULL},
    {"2001:db8::/129", NULL},
    {"192.0.2.0/99999999999999999999", NULL},
    {"example.com/24", NULL},
};

START_TEST(a_network_has_one_form)
{
    char text[SAE_NET_TEXT];
    struct sae_net net;
    bool ok = sae_net_read(nets[_i].text, strlen(nets[_i].text), &net);

    ck_assert_msg(ok == (nets[_i].canonical != NULL), "%s", nets[_i].text);
    if (ok) {
        ck_assert_str_eq(sae_net_text(text, sizeof(text), &net), nets[_i].canonical);
    }
}
END_TEST

static bool bit(const struct sae_address *address, unsigned at)
{
    return (address->bytes[at / 8] >> (7 - at % 8) & 1) != 0;
}

/* Bit by bit, for every prefix of both families. */
START_TEST(a_network_holds_what_shares_its_first_bits)
{
    srand(17);
    for (int round = 0; round < 20000; round++) {
        struct sae_address a = {.len = rand() % 2 == 0 ? 4 : 16}, b;
        unsigned most = a.len * 8U, bits = (unsigned)rand() % (most + 1);
        struct sae_net net;
        bool shared = true, kept = true;

        for (unsigned i = 0; i < a.len; i++) {
            a.bytes[i] = (unsigned char)rand();
        }
        b = a;
        for (int flips = rand() % 3; flips > 0; flips--) {
            unsigned at = (unsigned)rand() % most;

            b.bytes[at / 8] ^= (unsigned char)(1U << (7 - at % 8));
        }
        net = sae_net_around(&a, bits);
        for (unsigned i = 0; i < most; i++) {
            shared = shared && (i >= bits || bit(&a, i) == bit(&b, i));
            kept = kept && bit(&net.address, i) == (i < bits && bit(&a, i));
        }
        ck_assert(kept);
        ck_assert(sae_net_has(&net, &a));
        ck_assert(sae_net_has(&net, &b) == shared);
    }
}
END_TEST

START_TEST(families_do_not_mix)
{
    struct sae_address none = {0}, four = sae_address_read("0.0.0.0", 7);
    struct sae_address six = sae_address_read("::", 2);
    struct sae_net all4 = sae_net_around(&four, 0), all6 = sae_net_around(&six, 0);

    ck_assert(sae_net_has(&all4, &four) && sae_net_has(&all6, &six));
    ck_assert(!sae_net_has(&all4, &six) && !sae_net_has(&all6, &four));
    ck_assert(!sae_net_has(&all4, &none) && !sae_net_has(&all6, &none));
}
END_TEST

START_TEST(the_longest_texts_fit)
{
    static const char longest[] = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
    struct sae_address address = sae_address_read(longest, sizeof(longest) - 1);
    char text[SAE_NET_TEXT];
    struct sae_net net = sae_net_around(&address, 128);

    ck_assert_str_eq(sae_net_text(text, sizeof(text), &net),
                     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address");
    TCase *tests = tcase_create("address");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, an_address_has_one_form, 0, COUNT(addresses));
    tcase_add_test(tests, a_zero_byte_is_no_part_of_an_address);
    tcase_add_loop_test(tests, a_network_has_one_form, 0, COUNT(nets));
    tcase_add_test(tests, a_network_holds_what_shares_its_first_bits);
    tcase_add_test(tests, families_do_not_mix);
    tcase_add_test(tests, the_longest_texts_fit);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
