"""Where files are kept."""

from gateways.storage.port import (
    ObjectInfo,
    ObjectMissing,
    ObjectTooLarge,
    Storage,
    StorageUnavailable,
    UploadForm,
)
from gateways.storage.s3 import S3Storage

__all__ = [
    "ObjectInfo",
    "ObjectMissing",
    "ObjectTooLarge",
    "S3Storage",
    "Storage",
    "StorageUnavailable",
    "UploadForm",
]
