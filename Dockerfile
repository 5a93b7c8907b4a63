# syntax=docker/dockerfile:1
#
# Two roles from one description, neither as root:
#   docker build --target server -t xueliang-gateway .
#   docker build --target worker -t xueliang-worker .
# compose.yaml shows them at work. PostgreSQL and Redis are services of their own there.

FROM node:24-bookworm-slim AS base
WORKDIR /app
# No package runs a script of its own (.npmrc); this keeps onnxruntime-node from CUDA all the same.
ENV ONNXRUNTIME_NODE_INSTALL=skip

# What the server runs on. The image's own Node is the pinned one, so npm's copy of it goes, and of
# onnxruntime's libraries all but Linux's.
FROM base AS packages
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node-linux-* node_modules/.bin/node \
      node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

# The pages.
FROM base AS pages
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --no-audit --no-fund
COPY tsconfig.base.json tsconfig.json ./
COPY src ./src
COPY web ./web
RUN node node_modules/vite/bin/vite.js build web

# What both roles share. Weights are not in the image: mount their folder at /models.
FROM base AS program
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY models ./models
COPY src ./src
RUN mkdir /data /models && chown node:node /data /models
ENV NODE_ENV=production \
    DATA_DIR=/data \
    MODELS_DIR=/models

FROM program AS worker
USER node
# It has no port. It lives as long as it holds its connection to the queue, and ends when it may not.
HEALTHCHECK NONE
STOPSIGNAL SIGTERM
CMD ["node", "src/worker.ts"]

FROM program AS server
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
COPY --from=pages /app/web/dist ./web/dist
ENV HOST=0.0.0.0 \
    PORT=8080 \
    ANALYSIS_WORKERS=0 \
    DEMO=0
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
