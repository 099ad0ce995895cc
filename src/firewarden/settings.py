"""What does the environment tell a process? Read once, at the entry, and passed on as values."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The environment of every Firewarden process; each variable starts with FIREWARDEN_."""

    model_config = SettingsConfigDict(env_prefix="FIREWARDEN_", frozen=True)

    database_url: str = Field(description="postgresql://user:password@host:port/database, or host:port,host:port")
    mqtt_url: str = Field(
        default="", description="mqtt://user:password@host:port, or mqtts:// for TLS; of the platform's own user"
    )
    api_host: str = "127.0.0.1"
    api_port: int = 8080
    worker: str = Field(
        default="1", pattern=r"^[A-Za-z0-9_-]{1,32}$", description="stable name of a process among its kind"
    )
    ingest_shared: bool = Field(
        default=False,
        description="whether ingest workers share states, readings and replies, instead of all taking all",
    )
    flood_rate: float = Field(
        default=200.0, gt=0, description="messages or KiB a second that one gateway may send for ever, alarms aside"
    )
    flood_burst: float = Field(default=500_000.0, ge=1, description="messages or KiB that it may send at once")
    gb26875_tcp: str = Field(
        default="", description="host:port on which devices that speak GB/T 26875.3 connect; empty: nowhere"
    )
    gb26875_udp: str = Field(default="", description="host:port to which they send datagrams; empty: nowhere")
    gb26875_tls: str = Field(default="", description="host:port on which they connect with TLS; empty: nowhere")
    gb26875_tls_cert: Path | None = Field(default=None, description="PEM file with the certificate for it")
    gb26875_tls_key: Path | None = Field(default=None, description="PEM file with its key")
    gb26875_centre: int = Field(
        default=1, ge=0, lt=2**48, description="the platform's own address, to devices that never named one"
    )
    gb26875_profiles: Path | None = Field(
        default=None, description="a folder of TOML files with further profiles of devices"
    )
    state: Path | None = Field(default=None, description="the folder of this installation, whose disk upkeep watches")
    log_format: str = Field(default="json", pattern="^(json|text)$")
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    ready_file: Path | None = Field(default=None, description="touched when the process is ready to work")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535, description="where /metrics answers; 0: nowhere")
