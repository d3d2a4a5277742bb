// engine/libtorrent_swarm.hpp - core/fetch at work in libtorrent's network thread.
//
// A torrent_plugin and its peer_plugins: they tell tsi_fetch what happens on the wire
// and send the requests it decides on.  libtorrent's own picker goes on picking, which
// keeps it interested and connected, but its requests are never sent (write_request
// answers "done"); blocks that come in unasked are accepted, attributed, hashed and, if
// need be, held against the sender by libtorrent as usual.
//
// Everything here runs on the network thread.  Part of engine_libtorrent.cpp.
#ifndef TSI_ENGINE_LIBTORRENT_SWARM_HPP
#define TSI_ENGINE_LIBTORRENT_SWARM_HPP

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <libtorrent/bdecode.hpp>
#include <libtorrent/extensions.hpp>
#include <libtorrent/peer_connection_handle.hpp>
#include <libtorrent/peer_info.hpp>
#include <libtorrent/peer_request.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <memory>
#include <set>
#include <vector>

#include "base/clock.h"
#include "core/fetch.h"

namespace tsi
{

namespace lt = libtorrent;

class swarm;

// One connection.
class swarm_peer final : public lt::peer_plugin
{
  public:
	swarm_peer(std::shared_ptr<swarm> owner, lt::peer_connection_handle connection);
	~swarm_peer() override;

	// libtorrent picks; we decide.  Web seeds are left to libtorrent.
	bool write_request(lt::peer_request const &) override
	{
		return !is_web_seed();
	}

	bool on_extension_handshake(lt::bdecode_node const &handshake) override;
	bool on_unchoke() override;
	bool on_choke() override;
	bool on_bitfield(lt::bitfield const &bits) override;
	bool on_have(lt::piece_index_t piece) override;
	bool on_dont_have(lt::piece_index_t piece) override;
	bool on_have_all() override;
	bool on_have_none() override;
	bool on_reject(lt::peer_request const &request) override;
	bool on_piece(lt::peer_request const &request, lt::span<char const> data) override;
	void on_disconnect(lt::error_code const &) override
	{
		is_gone_ = true;
		leave();
	}

	bool is_web_seed() const
	{
		return connection_.type() != lt::connection_type::bittorrent;
	}
	bool has(std::uint32_t piece) const;
	std::uint32_t have_per_mille(std::uint32_t piece_count) const;
	lt::peer_connection_handle const &connection() const
	{
		return connection_;
	}
	bool is_preferred() const;
	// Somebody is preferred since: perhaps it is this one.
	void weigh();
	tsi_fetch_peer const *fetch_peer() const
	{
		return fetch_peer_;
	}

	void hide_queue_limit(lt::bdecode_node const &handshake);
	// The scheduler is there: join it.
	void join();
	void leave();
	// The scheduler is gone, and its record of this peer with it.
	void detach()
	{
		fetch_peer_ = nullptr;
		outbox_.clear();
	}

	void write_message(std::uint8_t id, std::uint32_t piece, std::uint32_t offset,
	                   std::uint32_t length);
	void flush();

	// Many senders keep the last, short segment of a block back until what went before is
	// acknowledged (Nagle, RFC 896), and our system takes its time to do so when it has
	// nothing to send (RFC 1122 allows 500 ms, Linux takes 40).  A keep-alive (BEP 3), every few
	// milliseconds that we have nothing else to say, takes the acknowledgement along.
	void nudge(std::int64_t now_us);

  private:
	std::shared_ptr<swarm> swarm_;
	lt::peer_connection_handle connection_;
	tsi_fetch_peer *fetch_peer_ = nullptr;
	std::uint32_t queue_limit_ = 0;
	std::int64_t spoken_us_ = 0;    // something was sent
	std::uint16_t listen_port_ = 0; // where it takes connections; 0: not said
	bool is_unchoked_ = false;
	bool is_gone_ = false;
	bool has_all_ = false;
	std::string handshake_;  // as libtorrent shall read it
	std::vector<bool> bits_; // grows as pieces are announced; before metadata no size is known
	std::vector<char> outbox_;
};

// What the swarm tells its torrent.
struct swarm_listener {
	std::function<void()> files_checked;
	std::function<void(std::uint32_t)> piece_passed;
	std::function<void(std::uint32_t)> piece_failed;
	std::function<void(bool)> lonely; // no peer for some seconds; or not any more
	std::function<void()> second;     // has passed
};

class swarm final : public lt::torrent_plugin, public std::enable_shared_from_this<swarm>
{
  public:
	swarm(lt::torrent_handle handle, lt::io_context &context, swarm_listener listener,
	      std::vector<lt::tcp::endpoint> preferred)
	    : handle_(std::move(handle)), timer_(context), listener_(std::move(listener)),
	      preferred_(std::move(preferred))
	{
	}
	~swarm() override
	{
		stop();
	}

	std::shared_ptr<lt::peer_plugin> new_connection(lt::peer_connection_handle const &c) override
	{
		return std::make_shared<swarm_peer>(shared_from_this(), c);
	}

	void on_files_checked() override
	{
		if (!is_stopped_)
			listener_.files_checked();
	}

	void on_piece_pass(lt::piece_index_t const piece) override
	{
		auto const index = std::uint32_t(static_cast<int>(piece));
		if (is_stopped_)
			return;
		if (fetch_)
			tsi_fetch_piece_passed(fetch_, index, tsi_now_us());
		listener_.piece_passed(index);
		settle();
	}

	void on_piece_failed(lt::piece_index_t const piece) override
	{
		if (!is_stopped_)
			listener_.piece_failed(std::uint32_t(static_cast<int>(piece)));
	}

	// libtorrent has forgotten the blocks that were wrong, and takes new ones.
	void piece_cleared(std::uint32_t const piece)
	{
		if (fetch_)
			tsi_fetch_piece_failed(fetch_, piece, tsi_now_us());
		settle();
	}

	// libtorrent calls this once a second.
	void tick() override
	{
		bool const is_lonely = std::none_of(peers_.begin(), peers_.end(), [](auto const *peer) {
			return !peer->connection().is_connecting();
		});
		if (is_stopped_)
			return;
		listener_.second();
		if (!is_lonely && lonely_s_ >= lonely_patience_s)
			listener_.lonely(false);
		lonely_s_ = is_lonely ? lonely_s_ + 1 : 0;
		// For a while and then not, in turns: other torrents pay for it.
		if (lonely_s_ % lonely_period_s == lonely_patience_s)
			listener_.lonely(true);
		else if (lonely_s_ % lonely_period_s == 3 * lonely_patience_s)
			listener_.lonely(false);
	}

	// The have-bits are known: begin to ask.
	void start(std::shared_ptr<lt::torrent_info const> info, std::vector<std::uint8_t> const &have)
	{
		stop_fetch();
		info_ = std::move(info);
		wanted_.clear();
		tsi_fetch_callbacks const callbacks = {this, request, cancel, peer_has, piece_shape};
		fetch_ = tsi_fetch_new(std::uint32_t(have.size()), std::uint32_t(info_->piece_length()),
		                       have.data(), &callbacks);
		for (auto *peer : peers_)
			peer->join();
		settle();
	}

	// Whoever listens there is asked before the others (core/fetch).
	void prefer(std::vector<lt::tcp::endpoint> preferred)
	{
		preferred_ = std::move(preferred);
		for (auto *peer : peers_)
			peer->weigh();
		settle();
	}

	bool is_preferred(lt::tcp::endpoint const &endpoint) const
	{
		return std::find(preferred_.begin(), preferred_.end(), endpoint) != preferred_.end();
	}

	void set_plan(std::vector<tsi_plan_range> const &ranges)
	{
		tsi_plan const plan = {ranges.data(), ranges.size()};
		if (fetch_)
			tsi_fetch_set_plan(fetch_, &plan, tsi_now_us());
		steer_web_seeds(ranges);
		settle();
	}

	// Web seeds (BEP 19) are asked by libtorrent itself: let it want what the plan wants and
	// nothing else.  Torrents without web seeds want everything all the time, which keeps
	// peers interested in us while nobody reads.
	void steer_web_seeds(std::vector<tsi_plan_range> const &ranges)
	{
		if (!info_ || handle_.url_seeds().empty())
			return;
		std::vector<lt::download_priority_t> wanted(std::size_t(info_->num_pieces()),
		                                            lt::dont_download);
		for (auto range = ranges.rbegin(); range != ranges.rend(); ++range)
			for (std::size_t piece = range->first_piece;
			     piece < std::min<std::size_t>(range->end_piece, wanted.size()); ++piece)
				wanted[piece] =
				    range->urgency == TSI_URGENT ? lt::top_priority : lt::default_priority;
		if (wanted == wanted_)
			return;
		wanted_ = wanted;
		handle_.prioritize_pieces(wanted);
	}

	// Nothing is asked and nobody is told from now on.
	void stop()
	{
		is_stopped_ = true;
		stop_fetch();
	}

	// After any call into the scheduler: send what it decided on, watch what it awaits now.
	// When the last tick chose the next one it knew nothing of that.
	void settle()
	{
		flush();
		if (fetch_ && (tick_at_us_ < 0 || tick_at_us_ > tsi_now_us() + first_tick_us))
			tick_after(first_tick_us);
	}

	// A block came in, which makes nothing urgent that was not.
	void settle_block()
	{
		flush();
		if (fetch_ && tick_at_us_ < 0)
			tick_after(first_tick_us);
	}

	tsi_fetch *fetch() const
	{
		return fetch_;
	}
	std::set<swarm_peer *> &peers()
	{
		return peers_;
	}
	std::vector<swarm_peer *> &dirty()
	{
		return dirty_;
	}
	lt::torrent_handle const &handle() const
	{
		return handle_;
	}
	lt::torrent_info const *info() const
	{
		return info_.get();
	}

  private:
	static constexpr std::int64_t first_tick_us = 3000;
	static constexpr std::int64_t urgent_tick_us = 10000;
	static constexpr std::int64_t nudge_tick_us = 3000;
	static constexpr int lonely_patience_s = 5;
	static constexpr int lonely_period_s = 30;

	void stop_fetch()
	{
		for (auto *peer : peers_)
			peer->detach();
		dirty_.clear();
		tsi_fetch_free(fetch_);
		fetch_ = nullptr;
		timer_.cancel();
		tick_at_us_ = -1;
		generation_++;
	}

	void flush()
	{
		for (auto *peer : dirty_)
			peer->flush();
		dirty_.clear();
	}

	void tick_after(std::int64_t const delay_us)
	{
		tick_at_us_ = tsi_now_us() + delay_us;
		timer_.expires_after(std::chrono::microseconds(delay_us));
		timer_.async_wait([weak = weak_from_this(), generation = generation_](auto const &ec) {
			auto const self = weak.lock();
			if (!ec && self && self->generation_ == generation)
				self->tick_now();
		});
	}

	void tick_now()
	{
		std::int64_t next_us = tsi_fetch_tick(fetch_, tsi_now_us());
		// Somebody is kept waiting: see that no peer is waiting for us.
		bool const is_urgent = next_us >= 0 && next_us <= urgent_tick_us;
		if (is_urgent) {
			for (auto *peer : peers_)
				peer->nudge(tsi_now_us());
			next_us = nudge_tick_us;
		}
		flush();
		tick_at_us_ = -1;
		if (next_us >= 0)
			tick_after(next_us);
	}

	static void request(void *, void *peer, std::uint32_t piece, std::uint32_t offset,
	                    std::uint32_t length)
	{
		static_cast<swarm_peer *>(peer)->write_message(6, piece, offset, length);
	}

	static void cancel(void *, void *peer, std::uint32_t piece, std::uint32_t offset,
	                   std::uint32_t length)
	{
		static_cast<swarm_peer *>(peer)->write_message(8, piece, offset, length);
	}

	static bool peer_has(void *, void *peer, std::uint32_t piece)
	{
		return static_cast<swarm_peer *>(peer)->has(piece);
	}

	// Blocks that hold nothing but padding (BEP 47) count as here from the start.
	static void piece_shape(void *user, std::uint32_t piece, std::uint32_t *out_block_count,
	                        std::uint32_t *out_last_block_bytes)
	{
		auto const &info = *static_cast<swarm *>(user)->info_;
		auto const &files = info.files();
		lt::piece_index_t const p{int(piece)};
		int const size = info.piece_size(p);
		int data_end = size;
		auto const slices = files.map_block(p, 0, size);
		for (auto slice = slices.rbegin();
		     slice != slices.rend() && files.pad_file_at(slice->file_index); ++slice)
			data_end -= int(slice->size);
		int const block = int(TSI_BLOCK_BYTES);
		int const count = (data_end + block - 1) / block;
		*out_block_count = std::uint32_t(count);
		*out_last_block_bytes = std::uint32_t(std::min(block, size - (count - 1) * block));
	}

	lt::torrent_handle handle_;
	boost::asio::steady_timer timer_;
	swarm_listener listener_;
	std::vector<lt::tcp::endpoint> preferred_;
	std::shared_ptr<lt::torrent_info const> info_;
	tsi_fetch *fetch_ = nullptr;
	std::set<swarm_peer *> peers_;
	std::vector<lt::download_priority_t> wanted_; // as libtorrent was told for its web seeds
	std::vector<swarm_peer *> dirty_;             // peers with messages to send
	std::uint64_t generation_ = 0;                // timers of an earlier scheduler are void
	int lonely_s_ = 0;
	std::int64_t tick_at_us_ = -1; // none is due
	bool is_stopped_ = false;
};

} // namespace tsi

#include "engine/libtorrent_swarm_peer.hpp"
#endif
