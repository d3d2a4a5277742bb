"use strict";
/**
 * npm runs this in the package's folder: it builds build/capi.node with CMake.
 *
 * TSTREAM_NODE_LIBRARY   system, bundled or auto: see CMakeLists.txt
 */

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

function run(command, args) {
	const { status, error } = spawnSync(command, args, { cwd: __dirname, stdio: "inherit" });
	if (error?.code === "ENOENT") {
		console.error(`tstream: ${command} is not installed; see docs/dependencies.md`);
		process.exit(1);
	}
	if (status !== 0) process.exit(status ?? 1);
}

/** Node's headers: beside this node, where nodedir says, or where node-gyp keeps them. */
function headers() {
	const home = process.env.HOME ?? "/root";
	const places = [
		process.env.npm_config_nodedir,
		path.resolve(process.execPath, "../.."),
		"/usr",
		path.join(home, ".cache/node-gyp", process.versions.node),
	];
	const at = (place) => path.join(place, "include/node");
	const find = () => places.filter(Boolean).map(at)
		.find((place) => fs.existsSync(path.join(place, "node_api.h")));
	const gyp = process.env.npm_config_node_gyp;
	if (!find() && gyp) run(process.execPath, [gyp, "install", "--ensure"]);
	const found = find();
	if (!found) console.error("tstream: Node's headers are missing (Debian: libnode-dev)");
	return found ?? process.exit(1);
}

/** Ninja, if it is there and nobody wants another: not every system has make. */
function generator() {
	const hasNinja = !spawnSync("ninja", ["--version"]).error;
	return hasNinja && !process.env.CMAKE_GENERATOR ? ["-G", "Ninja"] : [];
}

const addonApi = path.dirname(require.resolve("node-addon-api/package.json"));
run("cmake", [
	"-S", ".", "-B", "build", ...generator(), "-DCMAKE_BUILD_TYPE=Release",
	`-DTSTREAM_NODE_LIBRARY=${process.env.TSTREAM_NODE_LIBRARY ?? "auto"}`,
	`-DNODE_INCLUDE_DIR=${headers()}`, `-DNODE_ADDON_API_DIR=${addonApi}`,
]);
run("cmake", ["--build", "build", "--target", "capi_node", "--parallel"]);
