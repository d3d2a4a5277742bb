-- Names, passwords and logins (include/tstream/account.h).
CREATE TABLE accounts (
	id UUID NOT NULL PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL UNIQUE, -- in lower case
	password_hash TEXT NOT NULL,           -- argon2id, with its salt and cost
	created_at TIMESTAMP NOT NULL
);

CREATE TABLE account_logins (
	id UUID NOT NULL PRIMARY KEY,
	account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
	token_hash TEXT COLLATE "C" NOT NULL UNIQUE, -- BLAKE2b of the token, in hexadecimal
	label TEXT NOT NULL,
	created_at TIMESTAMP NOT NULL,
	expires_at TIMESTAMP NOT NULL
);

CREATE INDEX account_logins_account ON account_logins (account_id, created_at, id);
