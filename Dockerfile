# Genjin in a container.
#
# UNTRIED: written where no container engine was at hand. tests/test_deployment.py reads it, nothing
# has built or run it. How it is meant to be used: docs/operations.md, "In containers".

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/genjin
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY config ./config
COPY crm_store ./crm_store
COPY handlers ./handlers
COPY nlp ./nlp
COPY notifiers ./notifiers
RUN .venv/bin/pip install --no-deps --editable .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/genjin \
    --shell /usr/sbin/nologin genjin
COPY --from=build /srv/genjin /srv/genjin
ENV PATH=/srv/genjin/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GENJIN_CONFIG=/etc/genjin/genjin.yaml \
    GENJIN_LISTEN__HOST=0.0.0.0 \
    GENJIN_LISTEN__PORT=8080
# The program's files are root's; it writes nowhere but here (an SQLite file, an export).
WORKDIR /var/lib/genjin
USER 10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["genjin"]
CMD ["serve"]
