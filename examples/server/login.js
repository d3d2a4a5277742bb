// The login page: log in or make an account, then go where one was going.
"use strict";

const byId = (id) => document.getElementById(id);

// Only a path of this server: what else stands in the address is a stranger's.
function destination() {
	const next = new URLSearchParams(location.search).get("next") || "/";
	const url = new URL(next, location.origin);
	return /^\/(?![/\\])/.test(next) && url.origin === location.origin ? url.href : "/";
}

async function post(path, body) {
	const response = await fetch(path, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(body),
	});
	if (!response.ok) {
		const problem = await response.json();
		throw new Error(problem.detail || problem.title);
	}
}

async function enter(path) {
	byId("error").textContent = "";
	try {
		await post(path, {
			name: byId("name").value,
			password: byId("password").value,
			claim_history: byId("claim").checked,
		});
		location.assign(destination());
	} catch (error) {
		byId("error").textContent = error.message;
	}
}

byId("login").addEventListener("submit", (event) => {
	event.preventDefault();
	enter("/api/auth/login");
});
byId("register").addEventListener("click", () => {
	if (byId("login").reportValidity())
		enter("/api/auth/register");
});

fetch("/api/health")
	.then((response) => response.json())
	.then((health) => { byId("register").hidden = !health.accounts.is_registration_open; })
	.catch(() => {});
