"use strict";
/** Names and passwords, and the tokens that stand for a login. */

const { capi, later } = require("./capi.js");
const { all } = require("./history.js");
const { LibraryObject, fill, orDefault } = require("./object.js");
const { take } = require("./snapshots.js");

class Accounts extends LibraryObject {
	/** The databases that histories are in, by the same URLs. */
	static async open(url, options = {}) {
		const raw = fill(new capi.tstream_accounts_options(), {
			timeout_us: orDefault(options.timeoutMs),
			token_lifetime_us: orDefault(options.tokenLifetimeMs),
			lockout_us: orDefault(options.lockoutMs),
			max_failures: options.maxFailures,
			max_accounts: options.maxAccounts,
			max_tokens: options.maxTokens,
			max_connections: options.maxConnections,
			max_hashes: options.maxHashes,
			hash_memory_kib: options.hashMemoryKib,
			hash_passes: options.hashPasses,
		});
		return new Accounts((await later(capi.tstream_accounts_open, url, raw))[1]);
	}

	/** Made by Accounts.open(). */
	constructor(raw) {
		super();
		this._hold(raw);
	}

	/** An account is what the call's last argument is filled with. */
	async #account(call, ...args) {
		const raw = new capi.tstream_account();
		await this._later(call, ...args, raw);
		return take(raw);
	}

	count() {
		return this._later(capi.tstream_accounts_count);
	}

	/** Register; rejects with BusyError if the name is taken. */
	create(name, password) {
		return this.#account(capi.tstream_accounts_create, name, password);
	}

	/** Rejects with AccessError if that is not the password, with LimitError after too many. */
	verify(name, password, { client = null } = {}) {
		return this.#account(capi.tstream_accounts_verify, name, password, client);
	}

	/** Every login but the one to keep ends. */
	async changePassword(id, oldPassword, newPassword, { client = null, keepTokenId = null } = {}) {
		await this._later(capi.tstream_accounts_change_password, id, oldPassword, newPassword,
			client, keepTokenId);
	}

	/** Without the old one, for those who run the server.  Every login ends. */
	async resetPassword(name, password) {
		await this._later(capi.tstream_accounts_reset_password, name, password);
	}

	async delete(id) {
		await this._later(capi.tstream_accounts_delete, id);
	}

	/** A token for an account whose password was right; the only time that it is seen. */
	async login(id, { label = null } = {}) {
		const raw = new capi.tstream_account();
		const [, token] = await this._later(capi.tstream_accounts_login, id, label, raw);
		return { token, account: take(raw) };
	}

	/** Whose token it is; rejects with AccessError if nobody's. */
	findToken(token) {
		return this.#account(capi.tstream_accounts_find_token, token);
	}

	async revoke(id, tokenId) {
		await this._later(capi.tstream_accounts_revoke, id, tokenId);
	}

	async revokeAll(id, { keepTokenId = null } = {}) {
		await this._later(capi.tstream_accounts_revoke_all, id, keepTokenId);
	}

	/** An account's logins that have not expired, newest first. */
	async logins(id) {
		const list = (await this._later(capi.tstream_accounts_list_logins, id))[1];
		return all(list, capi.tstream_logins_get_count, capi.tstream_login,
			capi.tstream_logins_get_login);
	}
}

module.exports = { Accounts };
