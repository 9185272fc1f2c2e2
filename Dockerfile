# docker build -t huiju .    docker run -p 127.0.0.1:8000:8000 -v huiju:/var/lib/huiju huiju
FROM node:22-slim AS explorer
WORKDIR /src/explorer
COPY explorer/package.json explorer/package-lock.json explorer/.npmrc ./
RUN npm ci
COPY explorer ./
COPY schema/schema.graphql /src/schema/
RUN npm run build

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/build && python -m venv /opt/huiju
WORKDIR /src
COPY requirements.lock ./
RUN /opt/build/bin/pip install --constraint requirements.lock hatchling editables
COPY . .
COPY --from=explorer /src/transport/pages/explorer transport/pages/explorer
# The lock holds the development tools too; as a constraint it installs only what the wheel asks for.
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/huiju/bin/pip install --constraint requirements.lock /dist/*.whl

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/huiju --create-home huiju
COPY --from=build /opt/huiju /opt/huiju
ENV PATH=/opt/huiju/bin:$PATH PYTHONUNBUFFERED=1 HUIJU_HOST=0.0.0.0 HUIJU_DATA_DIR=/var/lib/huiju
USER 10001
WORKDIR /var/lib/huiju
VOLUME /var/lib/huiju
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('HUIJU_PORT', '8000') + '/healthz', timeout=3)"]
CMD ["huiju", "serve"]
