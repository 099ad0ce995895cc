"""What can go wrong between a process and its database."""


class StoreError(Exception):
    """The database cannot be used as it is; the message says what to do."""


class DatabaseAddressError(StoreError):
    """What shall be the database's address is none: trying again does not help."""


class DatabaseUnreachableError(StoreError):
    """Nobody answers at the database's address, or it refuses the login."""


class DatabaseUnsuitableError(StoreError):
    """The server is too old, lacks TimescaleDB, or its role may not do what a migration needs."""


class MigrationMismatchError(StoreError):
    """The database was built by other migrations than those of this version."""
