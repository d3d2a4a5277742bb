"use strict";
/**
 * npm runs this before and after it packs the package: the package has the library's sources in
 * libtstream/, for those who have no libtstream installed, and what SWIG makes of its headers.
 */

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "../..");
const SOURCES = ["CMakeLists.txt", "LICENSE", "cmake", "include", "lib", "pkgconfig"];
const target = path.join(__dirname, "libtstream");

fs.rmSync(target, { recursive: true, force: true });
if (!process.argv.includes("--clean")) {
	for (const name of SOURCES)
		fs.cpSync(path.join(ROOT, name), path.join(target, name), { recursive: true, dereference: true });
	fs.mkdirSync(path.join(target, "bindings"));
	fs.cpSync(path.join(ROOT, "bindings/handle.h"), path.join(target, "bindings/handle.h"));
	const tools = path.join(ROOT, "build/venv/bin");
	execFileSync(path.join(__dirname, "generate"), [path.join(target, "capi_wrap.cxx")], {
		stdio: "inherit", env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
	});
}
