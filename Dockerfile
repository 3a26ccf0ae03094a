# syntax=docker/dockerfile:1
# The same steps as `cargo xtask build --release`, then what it made and nothing else.

FROM rust:1-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.cache/gantry \
    cargo xtask build --release

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/gantry gantry
COPY --from=build /src/dist/ /opt/gantry/
USER gantry
WORKDIR /var/lib/gantry
ENV GANTRY_LISTEN=0.0.0.0:8080 \
    GANTRY_DATABASE_URL=sqlite:/var/lib/gantry/gantry.db \
    GANTRY_KEY_FILE=/var/lib/gantry/gantry.key \
    GANTRY_SITE_DIR=/opt/gantry/site
VOLUME /var/lib/gantry
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/opt/gantry/gantry"]
CMD ["serve"]
