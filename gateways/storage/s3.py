"""Any store that speaks S3."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from core.settings import Settings
from core.telemetry import tracer
from gateways.storage.port import (
    ObjectInfo,
    ObjectMissing,
    ObjectTooLarge,
    Storage,
    StorageUnavailable,
    UploadForm,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BATCH = 1000
# boto3 makes one client at a time.
_CONNECTING = Lock()
MAX_LINKS = 20_000
_MISSING = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
# Some stores answer every origin by themselves and have no such call.
_NO_CORS = {"NotImplemented", "MethodNotAllowed", "AccessDenied"}


class S3Storage(Storage):
    """Calls boto3 in threads; one client is shared, as boto3 allows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        # Signing takes 0.3 ms: a page of fifty cameos has five hundred pictures.
        self._links: dict[tuple[str, int, str | None], tuple[float, str]] = {}

    async def aclose(self) -> None:
        for name in ("_client", "_public"):
            if client := vars(self).pop(name, None):
                client.close()

    async def upload_form(
        self, key: str, content_type: str, min_bytes: int, max_bytes: int, seconds: int
    ) -> UploadForm:
        form = await self._run(
            lambda: self._public.generate_presigned_post(
                self._bucket,
                key,
                Fields={"Content-Type": content_type},
                Conditions=[
                    {"Content-Type": content_type},
                    ["content-length-range", min_bytes, max_bytes],
                ],
                ExpiresIn=seconds,
            )
        )
        return UploadForm(form["url"], dict(form["fields"]))

    async def link(self, key: str, seconds: int, *, content_type: str | None = None) -> str:
        asked, now, spare = (key, seconds, content_type), monotonic(), seconds // 3
        until, known = self._links.get(asked, (0.0, ""))
        if until > now:
            return known
        params = {"Bucket": self._bucket, "Key": key}
        if content_type:
            params["ResponseContentType"] = content_type
        made = await self._run(
            lambda: self._public.generate_presigned_url(
                "get_object", params, ExpiresIn=seconds + spare
            )
        )
        if len(self._links) >= MAX_LINKS:
            self._links.clear()
        self._links[asked] = now + spare, made
        return made

    async def put(
        self,
        key: str,
        body: bytes | Path,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        extra = {"ContentType": content_type, "Metadata": dict(metadata or {})}
        if isinstance(body, Path):
            await self._run(
                lambda: self._client.upload_file(str(body), self._bucket, key, ExtraArgs=extra)
            )
            return
        await self._run(
            lambda: self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                ContentType=content_type,
                Metadata=dict(metadata or {}),
            )
        )

    async def get(self, key: str, limit: int) -> bytes:
        return await self._run(lambda: self._read(key, limit))

    def _read(self, key: str, limit: int) -> bytes:
        answer = self._client.get_object(Bucket=self._bucket, Key=key)
        with answer["Body"] as body:
            if answer["ContentLength"] > limit:
                raise ObjectTooLarge(f"{answer['ContentLength']} bytes; at most {limit} are read")
            data = body.read(limit + 1)
        if len(data) > limit:
            raise ObjectTooLarge(f"more than {limit} bytes")
        return data

    async def head(self, key: str) -> ObjectInfo | None:
        try:
            return await self._run(lambda: self._info(key))
        except ObjectMissing:
            return None

    def _info(self, key: str) -> ObjectInfo:
        found = self._client.head_object(Bucket=self._bucket, Key=key)
        return ObjectInfo(
            key=key,
            size=found["ContentLength"],
            content_type=found.get("ContentType", "application/octet-stream"),
            modified_at=found["LastModified"],
            metadata=found["Metadata"],
        )

    async def download(self, key: str, path: Path) -> None:
        # boto3 writes beside the path and renames when the object is whole.
        await self._run(lambda: self._client.download_file(self._bucket, key, str(path)))

    async def delete(self, keys: Sequence[str]) -> int:
        wanted = sorted(set(keys))
        return await self._run(lambda: self._delete(wanted)) if wanted else 0

    def _delete(self, keys: list[str]) -> int:
        there = sum(self._exists(key) for key in keys)
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            answer = self._client.delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True},
            )
            if failed := answer.get("Errors"):
                raise StorageUnavailable(f"{len(failed)} objects could not be deleted")
        return there

    def _exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if _code(error) in _MISSING:
                return False
            raise
        return True

    async def keys(self, prefix: str) -> list[str]:
        return await self._run(lambda: self._keys(prefix))

    def _keys(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    async def ensure_bucket(self) -> None:
        await self._run(self._ensure_bucket)

    def _ensure_bucket(self) -> None:
        place = self._settings.s3_region
        try:
            if place == "us-east-1":
                self._client.create_bucket(Bucket=self._bucket)
            else:
                self._client.create_bucket(
                    Bucket=self._bucket,
                    CreateBucketConfiguration={"LocationConstraint": place},  # type: ignore[typeddict-item]
                )
        except ClientError as error:
            if _code(error) not in _TAKEN:
                raise
        self._allow_uploads()

    def _allow_uploads(self) -> None:
        here = self._settings.public_url.rstrip("/")
        # On a laptop people type either name of the loopback address.
        names = {here, here.replace("//127.0.0.1", "//localhost")}
        origins = sorted({*self._settings.allowed_origins, *names})
        try:
            self._client.put_bucket_cors(
                Bucket=self._bucket,
                CORSConfiguration={
                    "CORSRules": [
                        {
                            "AllowedMethods": ["GET", "HEAD", "POST"],
                            "AllowedOrigins": origins,
                            "AllowedHeaders": ["*"],
                            "ExposeHeaders": ["ETag"],
                            "MaxAgeSeconds": 3600,
                        }
                    ]
                },
            )
        except ClientError as error:
            if _code(error) not in _NO_CORS:
                raise

    async def ping(self) -> None:
        try:
            await self._run(lambda: self._client.head_bucket(Bucket=self._bucket))
        except ObjectMissing as error:
            raise StorageUnavailable(f"there is no bucket {self._bucket}") from error

    async def _run[T](self, call: Callable[[], T]) -> T:
        try:
            with tracer.start_as_current_span("storage"):
                return await asyncio.to_thread(call)
        except ClientError as error:
            if _code(error) in _MISSING:
                raise ObjectMissing(str(error)) from error
            raise StorageUnavailable(str(error)) from error
        except (BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise StorageUnavailable(str(error)) from error

    @cached_property
    def _client(self) -> "S3Client":
        return self._connect(self._settings.s3_endpoint_url)

    @cached_property
    def _public(self) -> "S3Client":
        public = self._settings.s3_public_endpoint_url
        return self._connect(public) if public else self._client

    def _connect(self, endpoint: str | None) -> "S3Client":
        settings = self._settings
        key, secret = settings.s3_access_key_id, settings.s3_secret_access_key
        with _CONNECTING:
            return _session().client(
                "s3",
                endpoint_url=endpoint,
                region_name=settings.s3_region,
                aws_access_key_id=key.get_secret_value() if key else None,
                aws_secret_access_key=secret.get_secret_value() if secret else None,
                config=_config(endpoint),
            )


@cache
def _session() -> boto3.session.Session:
    """Shared, for what it reads: a tenth of a second of JSON for the first client."""
    return boto3.session.Session()


def _config(endpoint: str | None) -> Config:
    # The default checksums and v2 signatures are not understood by every store.
    return Config(
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=3,
        read_timeout=20,
        max_pool_connections=20,
        retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": "path" if endpoint else "auto"},
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
