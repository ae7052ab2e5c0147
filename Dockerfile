# The images of docker-compose.yml. The packages are those that scripts/services installs.

FROM debian:trixie-slim AS services
RUN mkdir -p /etc/postgresql-common \
    && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf \
    && apt-get update \
    && apt-get install -y --no-install-recommends \
        postgresql-17 \
        postgresql-17-timescaledb \
        postgresql-17-postgis-3 \
        postgresql-17-postgis-3-scripts \
        postgresql-17-pgrouting \
        postgresql-17-pgrouting-scripts \
        mosquitto \
        python3 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --user-group --no-create-home citytwin \
    && install -d -o citytwin -g citytwin -m 0700 /run/citytwin
COPY scripts/private_services /opt/citytwin/scripts/private_services
COPY ingest/broker /opt/citytwin/ingest/broker
ENV PYTHONPATH=/opt/citytwin/scripts CITYTWIN_STATE_DIR=/run/citytwin LC_ALL=C.UTF-8 TZ=UTC
USER citytwin
ENTRYPOINT ["python3", "-m", "private_services.container"]

FROM node:24-trixie-slim AS viewer
WORKDIR /opt/citytwin/viz/web
COPY viz/web/package.json viz/web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY viz/web ./
RUN npm run build

FROM python:3.11-slim-trixie AS app
RUN useradd --uid 10001 --user-group --no-create-home citytwin \
    && install -d -o citytwin -g citytwin -m 0700 /run/citytwin
WORKDIR /opt/citytwin
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY twin twin
COPY spatial spatial
COPY data data
COPY alerts alerts
COPY ingest ingest
COPY viz viz
COPY --from=viewer /opt/citytwin/viz/static viz/static
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .
ENV CITYTWIN_STATE_DIR=/run/citytwin PYTHONUNBUFFERED=1
USER citytwin
ENTRYPOINT ["twin"]
