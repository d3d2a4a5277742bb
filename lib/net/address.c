/**
 * net/address.c - which addresses belong to the public internet.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "net/http.h"

typedef struct block_v4 {
	uint32_t prefix;
	unsigned bits;
} block_v4;

/* IANA IPv4 Special-Purpose Address Registry (RFC 6890), and what is no unicast. */
static const block_v4 special_v4[] = {
    {0x00000000, 8},  /* 0.0.0.0/8        this network; Linux connects to itself */
    {0x0A000000, 8},  /* 10.0.0.0/8       private */
    {0x64400000, 10}, /* 100.64.0.0/10    carrier-grade NAT */
    {0x7F000000, 8},  /* 127.0.0.0/8      loopback */
    {0xA9FE0000, 16}, /* 169.254.0.0/16   link-local: cloud metadata services */
    {0xAC100000, 12}, /* 172.16.0.0/12    private */
    {0xC0000000, 24}, /* 192.0.0.0/24     protocol assignments */
    {0xC0000200, 24}, /* 192.0.2.0/24     documentation */
    {0xC0586300, 24}, /* 192.88.99.0/24   6to4 relays */
    {0xC0A80000, 16}, /* 192.168.0.0/16   private */
    {0xC6120000, 15}, /* 198.18.0.0/15    benchmarks */
    {0xC6336400, 24}, /* 198.51.100.0/24  documentation */
    {0xCB007100, 24}, /* 203.0.113.0/24   documentation */
    {0xE0000000, 4},  /* 224.0.0.0/4      multicast */
    {0xF0000000, 4},  /* 240.0.0.0/4      reserved, broadcast */
};

typedef struct block_v6 {
	uint8_t prefix[4];
	unsigned bits;
} block_v6;

/* Only global unicast is given out by IANA; that leaves out loopback, unspecified, ULA,
 * link-local, multicast, IPv4-mapped and -compatible, and NAT64 at one stroke. */
static const block_v6 global_v6 = {{0x20, 0x00}, 3};

/* What is special within it. */
static const block_v6 special_v6[] = {
    {{0x20, 0x01, 0x00, 0x00}, 23}, /* 2001::/23      protocols, Teredo among them */
    {{0x20, 0x01, 0x0D, 0xB8}, 32}, /* 2001:db8::/32  documentation */
    {{0x20, 0x02}, 16},             /* 2002::/16      6to4, which wraps IPv4 */
    {{0x3F, 0xFF}, 20},             /* 3fff::/20      documentation */
};

static bool is_public_v4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(special_v4) / sizeof(special_v4[0]); i++) {
		uint32_t mask = UINT32_MAX << (32 - special_v4[i].bits);

		if ((address & mask) == special_v4[i].prefix)
			return false;
	}
	return true;
}

static uint32_t top_bits(const uint8_t bytes[4], unsigned bits)
{
	uint32_t value =
	    (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];

	return value >> (32 - bits);
}

static bool is_in_v6(const uint8_t address[16], const block_v6 *block)
{
	return top_bits(address, block->bits) == top_bits(block->prefix, block->bits);
}

static bool is_public_v6(const uint8_t address[16])
{
	if (!is_in_v6(address, &global_v6))
		return false;
	for (size_t i = 0; i < sizeof(special_v6) / sizeof(special_v6[0]); i++) {
		if (is_in_v6(address, &special_v6[i]))
			return false;
	}
	return true;
}

bool tsi_http_address_is_public(const struct sockaddr *address)
{
	/* Copied, because a sockaddr need not be aligned for what it holds. */
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return is_public_v4(ntohl(v4.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		return is_public_v6(v6.sin6_addr.s6_addr);
	}
	return false;
}
