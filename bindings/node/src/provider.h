/**
 * provider.h - providers of searches that are written in JavaScript.
 *
 * The library asks on a thread of its own; the request is posted to the event loop of whoever
 * added the provider, where ask(kind, request) takes it over.  A request that JavaScript loses
 * is finished when it is collected.
 */
#ifndef TSTREAM_NODE_PROVIDER_H
#define TSTREAM_NODE_PROVIDER_H

#include "values.h"

class tsb_provider
{
  public:
	tsb_provider(tsb_loop *loop, Napi::Function ask)
	    : loop_(loop), post_(loop->post), ask_(new Napi::FunctionReference(Napi::Persistent(ask)))
	{
	}

	static tstream_provider_vtable vtable(const char *kind, uint32_t flags)
	{
		tstream_provider_vtable vtable = {};
		vtable.struct_size = sizeof(vtable);
		vtable.flags = flags;
		vtable.kind = kind;
		vtable.search = [](void *user, tstream_request *request) {
			static_cast<tsb_provider *>(user)->post(request, false);
		};
		vtable.resolve = [](void *user, tstream_request *request) {
			static_cast<tsb_provider *>(user)->post(request, true);
		};
		vtable.close = [](void *user) { static_cast<tsb_provider *>(user)->close(); };
		return vtable;
	}

	/** JavaScript's function can only be let go of in its own thread. */
	void close()
	{
		Napi::FunctionReference *ask = ask_;
		post_->post([ask] { delete ask; });
		delete this;
	}

  private:
	void post(tstream_request *request, bool is_resolve)
	{
		Napi::FunctionReference *ask = ask_;
		tsb_loop *loop = loop_;
		bool is_posted = post_->post([=] { deliver(loop, ask, request, is_resolve); });
		if (!is_posted)
			drop(request);
	}

	static void deliver(tsb_loop *loop, Napi::FunctionReference *ask, tstream_request *request,
	                    bool is_resolve)
	{
		if (loop->is_ended) {
			drop(request);
			return;
		}
		Napi::Value wrapped = tsb_wrap(loop->env, &tstream_request_kind, request);
		loop->call(ask->Value(), {Napi::Boolean::New(loop->env, is_resolve), wrapped});
	}

	static void drop(tstream_request *request)
	{
		tstream_request_finish(request, TSTREAM_PROVIDER_CANCELLED, 0, "the program ends");
	}

	tsb_loop *const loop_;
	const std::shared_ptr<tsb_post> post_;
	Napi::FunctionReference *const ask_;
};

/** Finish a request, once.  @return 0; EINVAL: it is finished already, or in use */
inline int tsb_request_finish(tsb_handle *handle, int status, int64_t retry_after_us,
                              const char *message)
{
	tstream_request *request = static_cast<tstream_request *>(handle->object);
	if (handle->kind != &tstream_request_kind || !tsb_handle_is_open(handle) ||
	    handle->borrowed_count)
		return TSTREAM_EINVAL;
	tsb_handle_forget(handle);
	tstream_request_finish(request, status, retry_after_us, message);
	return TSTREAM_OK;
}

#endif
