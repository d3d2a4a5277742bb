/**
 * threads.h - threads for calls that may take a while.
 *
 * Not libuv's: those are four, and a program's files and names wait in the same queue.  They are
 * started as they are needed, up to a number, and kept.
 */
#ifndef TSTREAM_NODE_THREADS_H
#define TSTREAM_NODE_THREADS_H

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

/* How long the end of a program waits for a call that cannot be interrupted. */
constexpr std::chrono::seconds TSB_LAST_WAIT{3};

class tsb_threads : public std::enable_shared_from_this<tsb_threads>
{
  public:
	explicit tsb_threads(unsigned max_count) : max_count_(max_count)
	{
	}

	void run(std::function<void()> job)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		jobs_.push_back(std::move(job));
		if (idle_count_ >= jobs_.size() || count_ >= max_count_) {
			filled_.notify_one();
			return;
		}
		count_++;
		std::thread([self = shared_from_this()] { self->work(); }).detach();
	}

	/** Let what is running or waiting be done.  What takes too long is left behind: its thread
	 *  holds whatever it needs. */
	void end()
	{
		std::unique_lock<std::mutex> lock(mutex_);
		is_ending_ = true;
		filled_.notify_all();
		ended_.wait_for(lock, TSB_LAST_WAIT, [this] { return count_ == 0; });
	}

  private:
	void work()
	{
		std::unique_lock<std::mutex> lock(mutex_);
		while (true) {
			idle_count_++;
			filled_.wait(lock, [this] { return is_ending_ || !jobs_.empty(); });
			idle_count_--;
			if (jobs_.empty())
				break;
			std::function<void()> job = std::move(jobs_.front());
			jobs_.pop_front();
			lock.unlock();
			job();
			job = nullptr;
			lock.lock();
		}
		count_--;
		ended_.notify_all();
	}

	const unsigned max_count_;
	std::mutex mutex_;
	std::condition_variable filled_;
	std::condition_variable ended_;
	std::deque<std::function<void()>> jobs_;
	unsigned count_ = 0;
	unsigned idle_count_ = 0;
	bool is_ending_ = false;
};

#endif
