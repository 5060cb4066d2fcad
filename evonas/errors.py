"""The errors of evonas: one small tree, each error also a builtin.

::

    EvonasError
    ├── InputError (ValueError)            the user's input is wrong: exit code 2
    │   ├── ConfigError                    a setting
    │   ├── DataError                      a data file
    │   ├── ArchitectureError              a graph that is no network
    │   ├── RunDirectoryError              a run directory or its journal
    │   └── DatabaseError                  a mini-benchmark database
    │       └── ConflictError              one name or id, two contents
    ├── SpaceExhaustedError (RuntimeError) a rejection loop gave up, by name
    ├── CallOrderError (RuntimeError)      a method called out of order
    └── LostWorkerError (RuntimeError)     no worker is left to run anything

    EvonasWarning (RuntimeWarning)         goes on, but should be known

An `InputError` says what was expected, what was found (file and line where there is
one) and what to do. The command line prints it without a traceback.
"""


class EvonasError(Exception):
    """Base of every error that evonas raises on purpose."""


class InputError(EvonasError, ValueError):
    """The user's input is wrong; the command line ends with exit code 2."""


class ConfigError(InputError):
    """A setting is unknown, of the wrong type or out of range."""


class DataError(InputError):
    """A data file is missing, corrupt or does not hold what the task needs."""


class ArchitectureError(InputError):
    """A graph that is no network: cyclic, disconnected, or shapes that do not fit."""


class RunDirectoryError(InputError):
    """A run directory exists already, is locked, damaged or from other settings."""


class DatabaseError(InputError):
    """A mini-benchmark database is missing, damaged, locked or of another version."""


class ConflictError(DatabaseError):
    """Two things of one name or id have different contents."""


class SpaceExhaustedError(EvonasError, RuntimeError):
    """A rejection loop used up its tries; the message counts the reasons."""


class CallOrderError(EvonasError, RuntimeError):
    """A method was called in a state in which it has no meaning."""


class LostWorkerError(EvonasError, RuntimeError):
    """Every worker is gone, so submitted work can never complete."""


class EvonasWarning(RuntimeWarning):
    """Something that the user should know and that stops nothing."""
