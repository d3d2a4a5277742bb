# tstream-server: an image with nothing in it but the server, the page and what they link to.
#
#   docker build -t tstream-server .
#   docker run -p 127.0.0.1:8080:8080 -e TOKEN=secret -v tstream:/data tstream-server
#
# compose.yml runs it with PostgreSQL and Redis; docs/deployment.md says how to run it on a VPS.
ARG BASE=docker.io/library/debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
# First what changes seldom, so that these layers are kept.
COPY script/setup script/
RUN script/setup --run
COPY frontend frontend
COPY docs/openapi.yaml docs/
COPY script/web script/
RUN script/web
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY include include
COPY lib lib
COPY pkgconfig pkgconfig
COPY docs/man docs/man
COPY examples examples
RUN cmake --preset release && cmake --build --preset release --target tstream-server \
	&& DESTDIR=/out cmake --install build/release --component runtime --strip
COPY packaging/docker packaging/docker
RUN packaging/docker/runtime-packages /out/usr/local/bin/tstream-server \
	/out/usr/local/lib/libtstream.so.0 >/out/runtime-packages

FROM ${BASE}
# curl asks for the server's health.
RUN --mount=type=bind,from=build,source=/out/runtime-packages,target=/run/runtime-packages \
	apt-get update -qq \
	&& DEBIAN_FRONTEND=noninteractive xargs -a /run/runtime-packages \
		apt-get install -y -qq --no-install-recommends ca-certificates curl \
	&& rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin tstream \
	&& install -d -o tstream -g tstream -m 750 /data
COPY --from=build /out/usr/local /usr/local
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
EXPOSE 8080 6881 6881/udp
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
	CMD ["sh", "-c", "exec curl -fsS -o /dev/null http://127.0.0.1:$PORT/api/health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tstream-server"]
