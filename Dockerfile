# enid in a container:
#   docker build --build-arg COMMIT=$(git rev-parse --short=12 HEAD) --tag enid .
#   docker run --privileged --cgroupns=private --publish 127.0.0.1:8773:8773 --volume enid:/var/lib/enid --name enid enid
#   eval "$(docker exec enid enid env)"
# It makes network namespaces, cgroups and mounts, so it is to be privileged. The container's own network plays the internet: Elastic
# IPs are reached from inside it. Without --privileged, `enid up --fabric none` answers the API.

FROM rust:1-slim-bookworm AS build
ARG COMMIT=
ENV ENID_COMMIT=$COMMIT
WORKDIR /build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY models models
COPY xtask xtask
RUN cargo build --release --locked --package enid && strip target/release/enid

# Instances are the container's own userland, so what they are to run belongs here; enid itself needs nothing but glibc.
FROM debian:bookworm-slim
COPY --from=build /build/target/release/enid /usr/bin/enid
VOLUME /var/lib/enid
EXPOSE 8773
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s CMD ["enid", "status", "--json"]
ENTRYPOINT ["enid"]
CMD ["up", "--listen", "0.0.0.0:8773"]
