"""The one error of the service. It names a submission, agency or file, never a value."""

from linkage.errors import LapisError


class ServiceError(LapisError):
    """Say why a job was refused or stopped, and what to do."""
