// engine/libtorrent_rivals.hpp - a hybrid that was opened once by each of its infohashes.
//
// Nobody knows that the two are one until the metadata comes; libtorrent then stops both.
// Part of engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_RIVALS_HPP
#define TSI_ENGINE_LIBTORRENT_RIVALS_HPP

#include <libtorrent/alert_types.hpp>

#include "engine/libtorrent_torrent.hpp"

namespace
{

std::shared_ptr<tsi_engine_torrent> find_torrent(tsi_engine &engine, lt::torrent_handle const &h)
{
	std::lock_guard<std::mutex> lock(engine.mutex);
	for (auto const &torrent : engine.torrents)
		if (torrent->get_handle() == h)
			return torrent;
	return {};
}

// One that must give up for another, which is the same torrent, hears of it as soon as that
// one goes by both names.
void yield_to(tsi_engine_torrent &keep, std::shared_ptr<tsi_engine_torrent> const &lose)
{
	{
		std::lock_guard<std::mutex> lock(lose->mutex);
		lose->is_closing = true; // nothing to join again
	}
	bool is_settled = false;
	{
		std::lock_guard<std::mutex> lock(keep.mutex);
		keep.rivals.push_back(lose);
		is_settled = keep.is_settled;
	}
	if (is_settled)
		keep.tell_rivals();
}

// libtorrent has stopped it.
void revive(tsi_engine_torrent &t, lt::torrent_info const &metadata)
{
	lt::torrent_handle const handle = t.get_handle();
	handle.clear_error();
	handle.set_metadata(metadata.info_section());
	handle.resume();
}

// A hybrid was opened once by each of its hashes, before anybody knew that they are one.
// The older one goes on with the metadata that told.  The other gives up, but hears of it
// only when the older one goes by both names: who then opens it again finds that one.
void on_conflict(tsi_engine &engine, lt::torrent_conflict_alert const &alert)
{
	auto keep = find_torrent(engine, alert.handle);
	auto lose = find_torrent(engine, alert.conflicting_torrent);
	if (!keep || !lose) { // one was closed meanwhile
		if (keep || lose)
			revive(keep ? *keep : *lose, *alert.metadata);
		return;
	}
	{
		std::lock_guard<std::mutex> lock(engine.mutex);
		auto const &all = engine.torrents;
		if (std::find(all.begin(), all.end(), lose) < std::find(all.begin(), all.end(), keep))
			std::swap(keep, lose);
	}
	yield_to(*keep, lose);
	leave(*lose);
	revive(*keep, *alert.metadata);
}

bool shares_hash(lt::info_hash_t const &a, lt::info_hash_t const &b)
{
	return (a.has_v1() && a.v1 == b.v1) || (a.has_v2() && a.v2 == b.v2);
}

// The same torrent, known to libtorrent by this hash and to the caller only by its other.
std::shared_ptr<tsi_engine_torrent> find_double(tsi_engine &engine, tsi_engine_torrent const &t,
                                                lt::info_hash_t const &infohash)
{
	std::vector<std::shared_ptr<tsi_engine_torrent>> all;
	{
		std::lock_guard<std::mutex> lock(engine.mutex);
		all = engine.torrents;
	}
	for (auto const &other : all) {
		lt::torrent_handle const handle = other->get_handle();
		if (other.get() != &t && handle.is_valid() && shares_hash(infohash, handle.info_hashes()))
			return other;
	}
	return {};
}

// Join, or give up for the same torrent if libtorrent has it already.
void join_or_yield(tsi_engine &engine, std::shared_ptr<tsi_engine_torrent> const &torrent,
                   lt::add_torrent_params const &params)
{
	try {
		join(*torrent, params);
	} catch (lt::system_error const &error) {
		auto const keep = error.code() == lt::errors::duplicate_torrent
		                      ? find_double(engine, *torrent, params.info_hashes)
		                      : nullptr;
		if (!keep)
			throw;
		yield_to(*keep, torrent);
	}
}

} // namespace
#endif
