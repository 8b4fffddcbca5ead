FROM python:3.11-slim AS build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
WORKDIR /srv/pamong
COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY . .
RUN pybabel compile --directory webapp/translations --domain "messages flask_security wtforms" \
    && python -m compileall -q admin tasks webapp wsgi.py

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONPATH=/srv/pamong \
    PAMONG_ENV=production \
    PAMONG_HOME=/var/lib/pamong
RUN useradd --system --uid 10001 --home-dir /var/lib/pamong --create-home --shell /usr/sbin/nologin pamong
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/pamong /srv/pamong
WORKDIR /srv/pamong
USER pamong
VOLUME /var/lib/pamong
EXPOSE 8000
ENTRYPOINT ["python", "-m", "webapp.cli"]
CMD ["serve", "--host", "0.0.0.0"]
