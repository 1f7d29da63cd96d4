FROM python:3.13-slim

RUN useradd --create-home --uid 10001 cnx && install -d -o cnx -g cnx /data
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot ./bot
RUN pip install --no-cache-dir -c constraints.txt . && rm -rf /src/*

# What the bot must keep lives in /data; it is the working directory, so a .env there is read too.
WORKDIR /data
VOLUME /data
USER cnx
STOPSIGNAL SIGTERM
ENTRYPOINT ["cnx"]
CMD ["run"]
