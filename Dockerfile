# Two stages: the packages are installed in the first; the second holds Python, the packages and Gatehouse, nothing to
# build with. Runs as an ordinary user with a read-only root: only /data is written to.
FROM python:3.13-slim AS packages
WORKDIR /gatehouse
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin gatehouse \
    && install -d -o gatehouse -g gatehouse -m 0700 /data
COPY --from=packages /venv /venv
WORKDIR /gatehouse
COPY manage.py ./
COPY teams teams
COPY ipsubnets ipsubnets
COPY apikeys apikeys
COPY console console
COPY templates templates
COPY static static
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GATEHOUSE_DATA_DIR=/data \
    GATEHOUSE_HOST=0.0.0.0 \
    GATEHOUSE_PUBLIC_URL=http://127.0.0.1:8000
USER gatehouse
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "manage.py", "start"]
