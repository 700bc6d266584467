# Tovholder in a container: no tools, no root, data and keys on volumes apart.
# docs/deploy/README.md says how it is run. Nothing is fetched but the wheels that requirements.lock names by hash.

FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/tovholder \
    && /opt/tovholder/bin/python -m pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY triage triage
COPY handlers handlers
COPY storage storage
COPY admin admin
COPY bot bot
RUN /opt/tovholder/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation --no-index . \
    && /opt/tovholder/bin/python -m pip uninstall --yes pip setuptools

FROM python:3.12-slim
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/tovholder --shell /usr/sbin/nologin tovholder \
    && install -d -o tovholder -g tovholder -m 0700 /var/lib/tovholder /var/lib/tovholder-keys
COPY --from=build /opt/tovholder /opt/tovholder
ENV PATH=/opt/tovholder/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TOVHOLDER_DATA_DIR=/var/lib/tovholder \
    TOVHOLDER_KEYRING__FILE=/var/lib/tovholder-keys/keyring.json \
    TOVHOLDER_LISTEN=0.0.0.0:8080
USER 10001:10001
WORKDIR /var/lib/tovholder
VOLUME ["/var/lib/tovholder", "/var/lib/tovholder-keys"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=8s --start-period=20s --retries=3 CMD ["tovholder", "health"]
CMD ["tovholder", "serve"]
