"use strict";
/**
 * npm runs this before and after it packs the package: the package has the library's sources in
 * libtstream/, for those who have no libtstream installed, and handle.h.
 */

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
}
