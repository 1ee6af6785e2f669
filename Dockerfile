# A imagem do estúdio: as páginas, o trabalho e os comandos, sem banco de dados dentro (compose.yaml traz o PostgreSQL).
# Cada pacote é conferido com o seu hash; nada roda como root; nada é escrito fora de /dados, /backups, /registro e /tmp.
FROM python:3.12-slim-bookworm AS montagem
WORKDIR /montagem
RUN python -m venv /srv/estudio
COPY requirements.txt ./
RUN /srv/estudio/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY backend/estudio backend/estudio
RUN /srv/estudio/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN groupadd --gid 10001 estudio \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /dados --shell /usr/sbin/nologin estudio \
    && install -d -o 10001 -g 10001 -m 0700 /dados /backups /registro
COPY --from=montagem /srv/estudio /srv/estudio
ENV PATH=/srv/estudio/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    ESTUDIO_DATA_DIR=/dados \
    BACKUP_DIR=/backups \
    LOG_DIR=/registro
WORKDIR /dados
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["estudio"]
CMD ["web", "--host", "0.0.0.0", "--port", "8000"]
