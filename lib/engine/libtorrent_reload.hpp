// engine/libtorrent_reload.hpp - a torrent leaves libtorrent and joins again.
//
// libtorrent cannot un-have a piece, nor forget an error without a trace, so this is how pieces
// are evicted, how damage is found out about, and how an error is overcome:
//
//   reload      network thread   stops asking peers and asks for resume data, unless a reload is
//                                under way (it then takes what is wanted along) or the torrent
//                                is closing
//   try_rejoin  alert thread     with the resume data: out, disk in order, in again
//   try_join    alert thread     in; what it takes is kept in `outside` if that fails, for the
//                                next reload
//
// Part of engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_RELOAD_HPP
#define TSI_ENGINE_LIBTORRENT_RELOAD_HPP

#include "engine/libtorrent_torrent.hpp"

namespace
{

// Try to be in libtorrent again; keeps what it takes for the next try.  Waits for the disk.
void try_join(tsi_engine_torrent &t, lt::add_torrent_params const &params)
{
	tstream_error err{};
	int const code = guard(&err, [&] {
		join(t, params);
		std::lock_guard<std::mutex> lock(t.told_mutex);
		if (t.is_dead) // removed while the disk was slow
			leave(t);
		return TSTREAM_OK;
	});
	bool is_more = false;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.outside.reset(code == TSTREAM_OK ? nullptr : new lt::add_torrent_params(params));
		t.is_reloading = false;
		is_more = code == TSTREAM_OK && !t.drop.empty();
		t.changed.notify_all();
	}
	t.post(apply_plan);
	if (code != TSTREAM_OK)
		t.tell([&](auto const &events, void *user) { events.error(user, code, err.message); });
	if (is_more)
		t.post(reload);
}

// libtorrent cannot un-have a piece, nor forget an error without a trace: leave and join
// again with what is left on disk.  Network thread; begins by asking for resume data, whose
// alert goes on.
void reload(tsi_engine_torrent &t)
{
	std::unique_ptr<lt::add_torrent_params> outside;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (t.is_reloading || t.is_closing)
			return;
		t.is_reloading = true;
		outside = std::move(t.outside);
	}
	apply_plan(t);
	if (!outside) {
		try {
			t.get_handle().save_resume_data(lt::torrent_handle::save_info_dict);
		} catch (lt::system_error const &) { // not joined yet, or gone
			std::lock_guard<std::mutex> lock(t.mutex);
			t.is_reloading = false;
			t.changed.notify_all();
			t.post(apply_plan);
		}
		return;
	}
	// An earlier try failed: it is in no swarm.
	std::shared_ptr<lt::add_torrent_params> const params = std::move(outside);
	{
		std::lock_guard<std::mutex> lock(t.engine->mutex);
		t.engine->errands.emplace_back(
		    [self = t.shared_from_this(), params] { try_join(*self, *params); });
	}
	t.engine->wake_alert_thread();
}

std::vector<lt::tcp::endpoint> connected_peers(tsi_engine_torrent &t)
{
	std::vector<lt::tcp::endpoint> endpoints;
	t.call([&](tsi_engine_torrent &self) {
		auto const swarm = self.get_swarm();
		for (auto *peer : swarm ? swarm->peers() : std::set<tsi::swarm_peer *>())
			if (!peer->is_web_seed() && peer->connection().is_outgoing())
				endpoints.push_back(peer->connection().remote());
	});
	return endpoints;
}

void stop_swarm(tsi_engine_torrent &t)
{
	t.call([](tsi_engine_torrent &self) {
		std::shared_ptr<tsi::swarm> swarm;
		{
			std::lock_guard<std::mutex> lock(self.mutex);
			swarm.swap(self.swarm);
		}
		if (swarm)
			swarm->stop();
	});
}

template <typename Start> void run_on_disk(Start start)
{
	std::promise<void> done;
	start([](void *user) { static_cast<std::promise<void> *>(user)->set_value(); }, &done);
	done.get_future().wait();
}

// Alert thread: the second half of reload().
void rejoin(tsi_engine_torrent &t, lt::add_torrent_params params)
{
	auto const peers = connected_peers(t);
	std::vector<std::uint8_t> drop;
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		drop.swap(t.drop);
		store = t.store;
	}
	stop_swarm(t);
	leave(t);
	t.call([](tsi_engine_torrent &) {}); // behind libtorrent's own end of it
	bool const is_known = store != nullptr;
	if (!is_known)
		store = t.engine->adapter->expected_store(t.dir); // perhaps being entered: let it end
	if (store)
		run_on_disk([&](auto done, void *user) { tsi_disk_abandon(store.get(), done, user); });
	if (store && !drop.empty())
		run_on_disk(
		    [&](auto done, void *user) { tsi_disk_evict(store.get(), drop.data(), done, user); });
	// Something happened to its files: look at them anew, from the directory downwards.
	if (store && (!is_known || tsi_disk_needs_check(store.get()))) {
		t.engine->adapter->forget(t.dir);
		params.banned_peers.clear(); // perhaps for what the disk did
		std::lock_guard<std::mutex> lock(t.mutex);
		t.store.reset();
	}
	// With nobody left, a second chance: who lies again is found out again.
	if (t.has_failed_pieces.exchange(false) && peers.empty())
		params.banned_peers.clear();
	params.peers.insert(params.peers.begin(), peers.begin(), peers.end());
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		params.peers.insert(params.peers.end(), t.known_peers.begin(), t.known_peers.end());
	}
	try_join(t, params);
}

// The same; if it fails there may be another try.
void try_rejoin(tsi_engine_torrent &t, lt::add_torrent_params const &params)
{
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (t.is_closing) { // or it has given up for another: see libtorrent_rivals.hpp
			t.is_reloading = false;
			t.changed.notify_all();
			return;
		}
	}
	tstream_error err{};
	int const code = guard(&err, [&] {
		rejoin(t, params);
		return TSTREAM_OK;
	});
	if (code == TSTREAM_OK)
		return;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.outside = std::make_unique<lt::add_torrent_params>(params);
		t.is_reloading = false;
		t.changed.notify_all();
	}
	t.tell([&](auto const &events, void *user) { events.error(user, code, err.message); });
}

} // namespace
#endif
