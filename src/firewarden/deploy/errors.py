"""What can go wrong while the platform is brought up, said so that the reader knows what to do."""

from __future__ import annotations


class DeployError(Exception):
    """Something outside the program stands in the way; `hint` says what the user can do about it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}"


USE_OTHER_SERVICES = (
    "Use services that exist already: set FIREWARDEN_DATABASE_URL and FIREWARDEN_MQTT_URL, "
    "or start them with Docker (see compose.yaml)."
)
