// engine/libtorrent_swarm_peer.hpp - one connection: what it says, and what is asked of it.
//
// Everything here runs on the network thread.  Part of engine_libtorrent.cpp, by way of
// libtorrent_swarm.hpp.
#ifndef TSI_ENGINE_LIBTORRENT_SWARM_PEER_HPP
#define TSI_ENGINE_LIBTORRENT_SWARM_PEER_HPP

namespace tsi
{

inline swarm_peer::swarm_peer(std::shared_ptr<swarm> owner, lt::peer_connection_handle connection)
    : swarm_(std::move(owner)), connection_(std::move(connection))
{
	swarm_->peers().insert(this);
	join();
}

inline swarm_peer::~swarm_peer()
{
	leave();
	swarm_->peers().erase(this);
}

inline void swarm_peer::join()
{
	if (!swarm_->fetch() || fetch_peer_ || is_gone_ || is_web_seed())
		return;
	fetch_peer_ = tsi_fetch_peer_new(swarm_->fetch(), this);
	if (fetch_peer_ && queue_limit_)
		tsi_fetch_set_queue_limit(fetch_peer_, queue_limit_);
	if (fetch_peer_ && is_unchoked_)
		tsi_fetch_unchoked(swarm_->fetch(), fetch_peer_, tsi_now_us());
	weigh();
}

inline bool swarm_peer::is_preferred() const
{
	auto endpoint = connection_.remote();
	if (listen_port_)
		endpoint.port(listen_port_);
	return swarm_->is_preferred(endpoint);
}

inline void swarm_peer::weigh()
{
	if (fetch_peer_ && is_preferred())
		tsi_fetch_prefer(swarm_->fetch(), fetch_peer_, tsi_now_us());
}

inline void swarm_peer::leave()
{
	outbox_.clear();
	auto &dirty = swarm_->dirty();
	dirty.erase(std::remove(dirty.begin(), dirty.end(), this), dirty.end());
	if (fetch_peer_ && swarm_->fetch()) {
		tsi_fetch_peer_free(swarm_->fetch(), fetch_peer_, tsi_now_us());
		fetch_peer_ = nullptr;
		swarm_->settle();
	}
}

inline bool swarm_peer::on_extension_handshake(lt::bdecode_node const &handshake)
{
	// "reqq": how many requests it lets wait (BEP 10).
	std::int64_t const limit = handshake.dict_find_int_value("reqq", 0);
	if (limit > 0)
		queue_limit_ = std::uint32_t(std::min<std::int64_t>(limit, 2000));
	if (fetch_peer_ && queue_limit_)
		tsi_fetch_set_queue_limit(fetch_peer_, queue_limit_);
	hide_queue_limit(handshake);
	// "p": where one that connected to us takes connections itself.
	std::int64_t const port = handshake.dict_find_int_value("p", 0);
	if (port > 0 && port <= 65535) {
		listen_port_ = std::uint16_t(port);
		weigh();
		swarm_->settle();
	}
	return true;
}

// libtorrent, which reads on after us, would let its queue of picks that are never sent grow as
// long as the peer allows, and search all of it for each block that comes: a quarter of the
// processor's time at full speed.  No setting bounds it once the peer has spoken.
inline void swarm_peer::hide_queue_limit(lt::bdecode_node const &handshake)
{
	lt::span<char const> const text = handshake.data_section();
	for (int i = 0; i < handshake.dict_size(); ++i) {
		lt::string_view const key = handshake.dict_at(i).first;
		if (key != "reqq")
			continue;
		handshake_.assign(text.data(), std::size_t(text.size()));
		handshake_[std::size_t(key.data() - text.data())] = '-';
		const_cast<lt::bdecode_node &>(handshake).switch_underlying_buffer(handshake_.data());
		return;
	}
}

inline bool swarm_peer::on_unchoke()
{
	is_unchoked_ = true;
	if (fetch_peer_)
		tsi_fetch_unchoked(swarm_->fetch(), fetch_peer_, tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::on_choke()
{
	is_unchoked_ = false;
	if (fetch_peer_)
		tsi_fetch_choked(swarm_->fetch(), fetch_peer_, tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::has(std::uint32_t const piece) const
{
	return has_all_ || (piece < bits_.size() && bits_[piece]);
}

inline std::uint32_t swarm_peer::have_per_mille(std::uint32_t const piece_count) const
{
	if (has_all_)
		return 1000;
	auto const count = std::uint64_t(std::count(bits_.begin(), bits_.end(), true));
	return piece_count ? std::uint32_t(std::min<std::uint64_t>(count * 1000 / piece_count, 1000))
	                   : 0;
}

inline bool swarm_peer::on_bitfield(lt::bitfield const &bits)
{
	has_all_ = false;
	bits_.assign(std::size_t(bits.size()), false);
	for (int i = 0; i < bits.size(); ++i)
		bits_[std::size_t(i)] = bits.get_bit(i);
	if (fetch_peer_)
		tsi_fetch_peer_gained(swarm_->fetch(), fetch_peer_, tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::on_have(lt::piece_index_t const piece)
{
	int const index = static_cast<int>(piece);
	// libtorrent disconnects peers that announce pieces beyond the end; until it knows the
	// end we bound it by the most pieces any torrent of ours may have.
	int const bound = swarm_->info() ? swarm_->info()->num_pieces() : 2097152;
	if (index < 0 || index >= bound)
		return false;
	if (std::size_t(index) >= bits_.size())
		bits_.resize(std::size_t(index) + 1, false);
	bits_[std::size_t(index)] = true;
	if (fetch_peer_)
		tsi_fetch_peer_gained(swarm_->fetch(), fetch_peer_, tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::on_dont_have(lt::piece_index_t const piece)
{
	auto const index = std::size_t(static_cast<int>(piece));
	if (has_all_ && swarm_->info()) {
		bits_.assign(std::size_t(swarm_->info()->num_pieces()), true);
		has_all_ = false;
	}
	if (index < bits_.size())
		bits_[index] = false;
	return false;
}

inline bool swarm_peer::on_have_all()
{
	has_all_ = true;
	if (fetch_peer_)
		tsi_fetch_peer_gained(swarm_->fetch(), fetch_peer_, tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::on_have_none()
{
	has_all_ = false;
	bits_.clear();
	return false;
}

inline bool swarm_peer::on_reject(lt::peer_request const &request)
{
	if (fetch_peer_)
		tsi_fetch_rejected(swarm_->fetch(), fetch_peer_,
		                   std::uint32_t(static_cast<int>(request.piece)),
		                   std::uint32_t(request.start), tsi_now_us());
	swarm_->settle();
	return false;
}

inline bool swarm_peer::on_piece(lt::peer_request const &request, lt::span<char const>)
{
	// An empty piece is how some clients reject.
	if (request.length == 0)
		return on_reject(request);
	bool is_taken = true;
	if (swarm_->fetch())
		is_taken = tsi_fetch_block(swarm_->fetch(), fetch_peer_,
		                           std::uint32_t(static_cast<int>(request.piece)),
		                           std::uint32_t(request.start), tsi_now_us());
	swarm_->settle_block();
	return !is_taken; // true keeps it from libtorrent
}

inline void swarm_peer::write_message(std::uint8_t const id, std::uint32_t const piece,
                                      std::uint32_t const offset, std::uint32_t const length)
{
	if (outbox_.empty())
		swarm_->dirty().push_back(this);
	auto const put = [this](std::uint32_t const value) {
		for (int shift = 24; shift >= 0; shift -= 8)
			outbox_.push_back(char((value >> shift) & 0xff));
	};
	put(13); // REQUEST and CANCEL are alike but for the id (BEP 3)
	outbox_.push_back(char(id));
	put(piece);
	put(offset);
	put(length);
}

inline void swarm_peer::nudge(std::int64_t const now_us)
{
	constexpr std::int64_t silence_us = 5000;
	if (!fetch_peer_ || now_us - spoken_us_ < silence_us)
		return;
	tsi_fetch_peer_stats stats;
	tsi_fetch_get_peer_stats(fetch_peer_, now_us, &stats);
	if (stats.request_count == 0)
		return;
	if (outbox_.empty())
		swarm_->dirty().push_back(this);
	outbox_.insert(outbox_.end(), 4, '\0');
}

inline void swarm_peer::flush()
{
	if (!connection_.is_disconnecting())
		connection_.send_buffer(outbox_.data(), int(outbox_.size()));
	spoken_us_ = tsi_now_us();
	outbox_.clear();
}

} // namespace tsi
#endif
