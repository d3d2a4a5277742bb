/**
 * Which addresses belong to the public internet: each block's edges and their neighbours.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/http.h"
#include "suite.h"

static bool is_public(const char *text)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;

	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.any.sa_family = AF_INET;
	} else {
		ck_assert_int_eq(inet_pton(AF_INET6, text, &address.v6.sin6_addr), 1);
		address.any.sa_family = AF_INET6;
	}
	return tsi_http_address_is_public(&address.any);
}

START_TEST(addresses_of_the_public_internet_are_public)
{
	static const char *const public_ones[] = {
	    /* and the neighbours of what is not */
	    "1.0.0.0",         "1.1.1.1",         "8.8.8.8",
	    "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
	    "100.128.0.0",     "126.255.255.255", "128.0.0.0",
	    "169.253.255.255", "169.255.0.0",     "172.15.255.255",
	    "172.32.0.0",      "191.255.255.255", "192.0.1.0",
	    "192.0.3.0",       "192.88.98.255",   "192.88.100.0",
	    "192.167.255.255", "192.169.0.0",     "198.17.255.255",
	    "198.20.0.0",      "198.51.99.255",   "198.51.101.0",
	    "203.0.112.255",   "203.0.114.0",     "223.255.255.255",
	    "2000::",          "2001:200::",      "2001:4860:4860::8888",
	    "2001:db7:ffff::", "2001:db9::",      "2003::",
	    "2606:4700::1111", "2a00::1",         "3ffe::1",
	    "3fff:1000::"};

	for (size_t i = 0; i < sizeof(public_ones) / sizeof(public_ones[0]); i++)
		ck_assert_msg(is_public(public_ones[i]), "%s", public_ones[i]);
}
END_TEST

START_TEST(special_addresses_are_not_public)
{
	static const char *const special_ones[] = {"0.0.0.0",
	                                           "0.1.2.3",
	                                           "10.0.0.0",
	                                           "10.255.255.255",
	                                           "100.64.0.0",
	                                           "100.127.255.255",
	                                           "127.0.0.1",
	                                           "127.255.255.255",
	                                           "169.254.0.0",
	                                           "169.254.169.254",
	                                           "172.16.0.0",
	                                           "172.31.255.255",
	                                           "192.0.0.1",
	                                           "192.0.2.1",
	                                           "192.88.99.1",
	                                           "192.168.0.0",
	                                           "192.168.255.255",
	                                           "198.18.0.0",
	                                           "198.19.255.255",
	                                           "198.51.100.1",
	                                           "203.0.113.1",
	                                           "224.0.0.1",
	                                           "239.255.255.255",
	                                           "240.0.0.0",
	                                           "255.255.255.255",
	                                           "::",
	                                           "::1",
	                                           "::127.0.0.1",
	                                           "::8.8.8.8",
	                                           "::ffff:127.0.0.1",
	                                           "::ffff:8.8.8.8",
	                                           "::ffff:0:8.8.8.8",
	                                           "64:ff9b::8.8.8.8",
	                                           "64:ff9b:1::1",
	                                           "100::1",
	                                           "1fff:ffff::",
	                                           "2001::1",
	                                           "2001:2::1",
	                                           "2001:10::1",
	                                           "2001:20::1",
	                                           "2001:1ff:ffff::",
	                                           "2001:db8::1",
	                                           "2001:db8:ffff::",
	                                           "2002:7f00:1::",
	                                           "2002:808:808::1",
	                                           "3fff::1",
	                                           "3fff:fff:ffff::",
	                                           "4000::",
	                                           "5f00::1",
	                                           "fc00::1",
	                                           "fdff::1",
	                                           "fe80::1",
	                                           "febf::1",
	                                           "fec0::1",
	                                           "ff02::1",
	                                           "ffff::"};

	for (size_t i = 0; i < sizeof(special_ones) / sizeof(special_ones[0]); i++)
		ck_assert_msg(!is_public(special_ones[i]), "%s", special_ones[i]);
}
END_TEST

START_TEST(an_address_of_no_internet_family_is_not_public)
{
	struct sockaddr address = {.sa_family = AF_UNIX};

	ck_assert(!tsi_http_address_is_public(&address));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("address");
	TCase *tcase = tcase_create("address");

	tcase_add_test(tcase, addresses_of_the_public_internet_are_public);
	tcase_add_test(tcase, special_addresses_are_not_public);
	tcase_add_test(tcase, an_address_of_no_internet_family_is_not_public);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
