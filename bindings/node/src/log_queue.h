/**
 * log_queue.h - the library's log on its way to JavaScript.
 *
 * The log hook runs on engine threads, which must never wait.  It appends to this bounded queue
 * and posts one letter to the event loop that asked for the log; when that one is too slow, the
 * newest messages are dropped and counted.
 */
#ifndef TSTREAM_NODE_LOG_QUEUE_H
#define TSTREAM_NODE_LOG_QUEUE_H

#include "loop.h"
#include <tstream/base.h>

#include <string>

class tsb_log
{
  public:
	/** There is one log a process; whoever asks last has it. */
	static tsb_log &only()
	{
		static tsb_log *log = new tsb_log; /* engine threads may outlive static objects */
		return *log;
	}

	void turn_on(tsb_loop *loop, Napi::Function log)
	{
		{
			std::lock_guard<std::mutex> lock(mutex_);
			to_ = loop->post;
			lines_.clear();
			is_posted_ = false;
		}
		receiver() = Napi::Persistent(log);
		tstream_set_log(hook, this);
	}

	void turn_off(tsb_loop *loop)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		if (to_ != loop->post)
			return;
		tstream_set_log(nullptr, nullptr);
		to_.reset();
		receiver().Reset();
	}

  private:
	struct line {
		int level;
		std::string text;
	};
	static constexpr size_t MAX_LINES = 256;

	static Napi::FunctionReference &receiver()
	{
		static thread_local Napi::FunctionReference *log = new Napi::FunctionReference;
		return *log;
	}

	static void hook(void *user, int level, const char *message)
	{
		static_cast<tsb_log *>(user)->append(level, message);
	}

	void append(int level, const char *message)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		if (!to_)
			return;
		if (lines_.size() == MAX_LINES) {
			dropped_count_++;
			return;
		}
		lines_.push_back({level, message});
		if (!is_posted_)
			is_posted_ = to_->post([this] { deliver(); });
	}

	void deliver()
	{
		std::deque<line> lines;
		{
			std::lock_guard<std::mutex> lock(mutex_);
			lines.swap(lines_);
			is_posted_ = false;
			if (dropped_count_)
				lines.push_back({TSTREAM_LOG_WARNING,
				                 std::to_string(dropped_count_) + " messages were dropped"});
			dropped_count_ = 0;
		}
		tsb_loop *loop = tsb_loop::here();
		for (const line &one : lines) {
			if (loop->is_ended || receiver().IsEmpty())
				return;
			loop->call(receiver().Value(), {Napi::Number::New(loop->env, one.level),
			                                Napi::String::New(loop->env, one.text)});
		}
	}

	std::mutex mutex_;
	std::shared_ptr<tsb_post> to_;
	std::deque<line> lines_;
	unsigned dropped_count_ = 0;
	bool is_posted_ = false;
};

#endif
