// engine/libtorrent_watch.hpp - what people who watch a torrent are shown: numbers, peers.
//
// Part of engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_WATCH_HPP
#define TSI_ENGINE_LIBTORRENT_WATCH_HPP

#include <cstdio>
#include <libtorrent/peer_info.hpp>

#include "engine/libtorrent_torrent.hpp"

namespace
{

void torrent_get_stats(tsi_engine_torrent *torrent, tsi_engine_torrent_stats *out_stats)
{
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (!swarm)
				return;
			auto const status = swarm->handle().status({});
			out_stats->download_bytes_per_s = std::uint64_t(status.download_payload_rate);
			out_stats->upload_bytes_per_s = std::uint64_t(status.upload_payload_rate);
			out_stats->downloaded_bytes = std::uint64_t(status.total_payload_download);
			out_stats->uploaded_bytes = std::uint64_t(status.total_payload_upload);
			out_stats->redundant_bytes = std::uint64_t(status.total_redundant_bytes);
			out_stats->failed_bytes = std::uint64_t(status.total_failed_bytes);
			for (auto const *peer : swarm->peers()) {
				auto const &c = peer->connection();
				if (c.is_disconnecting() || c.is_connecting() || c.in_handshake())
					continue;
				out_stats->peer_count++;
				out_stats->seed_count += c.is_seed();
				out_stats->unchoked_count += !c.has_peer_choked();
			}
			if (!swarm->fetch())
				return;
			tsi_fetch_waiting waiting;
			tsi_fetch_get_waiting(swarm->fetch(), tsi_now_us(), &waiting);
			out_stats->is_waiting = waiting.is_waiting;
			out_stats->waiting_piece = waiting.piece;
			out_stats->waiting_asked_count = waiting.asked_count;
			out_stats->waiting_holder_count = waiting.holder_count;
			out_stats->waiting_estimate_us = waiting.estimate_us;
		});
		std::lock_guard<std::mutex> lock(torrent->mutex);
		if (torrent->store)
			out_stats->disk_used_bytes = tsi_disk_used_bytes(torrent->store.get());
		return 0;
	});
}

void print_endpoint(lt::tcp::endpoint const &endpoint, char *out, std::size_t size)
{
	std::string const address = endpoint.address().to_string();
	std::snprintf(out, size, endpoint.address().is_v6() ? "[%s]:%u" : "%s:%u", address.c_str(),
	              unsigned(endpoint.port()));
}

void describe_peer(tsi::swarm_peer const &peer, std::uint32_t const piece_count, tstream_peer &out)
{
	lt::peer_info info;
	peer.connection().get_peer_info(info);
	if (peer.is_web_seed())
		std::snprintf(out.address, sizeof(out.address), "%s", info.client.c_str());
	else
		print_endpoint(info.ip, out.address, sizeof(out.address));
	std::snprintf(out.client, sizeof(out.client), "%s", info.client.c_str());
	for (char *c = out.client; *c; ++c)
		if (static_cast<unsigned char>(*c) < 0x20 || static_cast<unsigned char>(*c) > 0x7e)
			*c = '?';
	out.download_bytes_per_s = std::uint64_t(info.payload_down_speed);
	out.upload_bytes_per_s = std::uint64_t(info.payload_up_speed);
	out.downloaded_bytes = std::uint64_t(info.total_download);
	out.uploaded_bytes = std::uint64_t(info.total_upload);
	out.rtt_us = -1;
	out.have_per_mille = peer.is_web_seed() ? 1000 : peer.have_per_mille(piece_count);
	auto const flag = [&](bool const on, std::uint32_t const bit) { out.flags |= on ? bit : 0; };
	flag(bool(info.flags & lt::peer_info::seed), TSTREAM_PEER_SEED);
	flag(!(info.flags & lt::peer_info::remote_choked), TSTREAM_PEER_UNCHOKED);
	flag(bool(info.flags & lt::peer_info::remote_interested), TSTREAM_PEER_INTERESTED);
	flag(!(info.flags & lt::peer_info::outgoing_connection), TSTREAM_PEER_INCOMING);
	flag(bool(info.flags & lt::peer_info::utp_socket), TSTREAM_PEER_UTP);
	flag(bool(info.flags & (lt::peer_info::rc4_encrypted | lt::peer_info::plaintext_encrypted)),
	     TSTREAM_PEER_ENCRYPTED);
	flag(peer.is_web_seed(), TSTREAM_PEER_WEB_SEED);
	flag(peer.is_preferred(), TSTREAM_PEER_PREFERRED);
	if (!peer.fetch_peer())
		return;
	tsi_fetch_peer_stats stats;
	tsi_fetch_get_peer_stats(peer.fetch_peer(), tsi_now_us(), &stats);
	out.request_count = stats.request_count;
	out.rtt_us = std::int32_t(std::min<std::int64_t>(stats.rtt_us, INT32_MAX));
	flag(stats.is_stalled, TSTREAM_PEER_STALLED);
}

size_t torrent_get_peers(tsi_engine_torrent *torrent, tstream_peer *out_peers, size_t capacity)
{
	size_t count = 0;
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (!swarm)
				return;
			auto const piece_count = std::uint32_t(swarm->info() ? swarm->info()->num_pieces() : 0);
			for (auto const *peer : swarm->peers()) {
				if (peer->connection().is_disconnecting() || peer->connection().is_connecting())
					continue;
				if (count < capacity)
					describe_peer(*peer, piece_count, out_peers[count]);
				count++;
			}
		});
		return 0;
	});
	return count;
}

void torrent_mark_partial(tsi_engine_torrent *torrent, uint8_t *out_pieces, uint32_t piece_count)
{
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (swarm && swarm->fetch())
				tsi_fetch_mark_partial(swarm->fetch(), out_pieces, piece_count);
		});
		return 0;
	});
}

} // namespace
#endif
