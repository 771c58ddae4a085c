# Chiron with Chromium, OCR and fonts. Ollama and Qdrant run beside it (docker-compose.yml).
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/chiron ./cmd/chiron

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium tesseract-ocr tesseract-ocr-eng libnss3-tools fonts-dejavu-core fonts-noto-cjk ca-certificates tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home --home-dir /home/chiron chiron \
 && install -d -o chiron -g chiron /data
COPY --from=build /out/chiron /usr/local/bin/chiron
USER chiron
ENV CHIRON_DATA=/data
VOLUME /data
EXPOSE 8787
ENTRYPOINT ["tini", "--", "chiron"]
CMD ["serve"]
