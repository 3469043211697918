# The image every Airflow process of an installation runs in: docker-compose.yaml builds it, `docker compose build` renews it.
FROM apache/airflow:3.3.2-python3.12

USER root
# LibreOffice draws the PDF. The fonts stand in for 仿宋, 楷体, 黑体 and 宋体 and are free to pass on; the package that holds the
# Fandol family is large, so only they are taken out of it.
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        curl libreoffice-writer-nogui fontconfig fonts-noto-cjk fonts-arphic-gkai00mp \
    && cd /tmp && apt-get download texlive-lang-chinese \
    && install -d /usr/share/fonts/opentype/fandol \
    && dpkg-deb --fsys-tarfile texlive-lang-chinese_*.deb \
        | tar -x -C /usr/share/fonts/opentype/fandol --strip-components=9 --wildcards \
            './usr/share/texlive/texmf-dist/fonts/opentype/public/fandol/*.otf' \
    && rm -f texlive-lang-chinese_*.deb && apt-get clean && rm -rf /var/lib/apt/lists/* && fc-cache -f \
    && install -d -o airflow -g root /opt/tongbao /opt/tongbao/.tongbao /opt/tongbao/inbox

USER airflow
WORKDIR /opt/tongbao
# An environment of its own holds exactly what requirements.lock pins and the tests ran with, whatever else the image brings.
COPY --chown=airflow:root requirements.lock ./
RUN python -m venv /opt/tongbao/.venv \
    && /opt/tongbao/.venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
ENV PATH=/opt/tongbao/.venv/bin:$PATH \
    PYTHONPATH=/opt/tongbao/plugins \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    TONGBAO_HOME=/opt/tongbao \
    AIRFLOW_HOME=/opt/tongbao/.tongbao/airflow

COPY --chown=airflow:root plugins plugins
COPY --chown=airflow:root dags dags
COPY --chown=airflow:root expectations expectations
COPY --chown=airflow:root templates templates
COPY --chown=airflow:root config config
COPY --chown=airflow:root samples samples

ENTRYPOINT ["/usr/bin/dumb-init", "--"]
CMD ["airflow", "version"]
