"""Portraits with their consent, and the cameos made from them."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.ids import ids
from models.catalogue import AspectRatio


class PortraitStatus(enum.StrEnum):
    """Where a photo stands."""

    AWAITING_UPLOAD = "awaiting_upload"
    """The form was given; nothing is kept yet."""
    CHECKING = "checking"
    """Consent was given; a worker looks at the photo."""
    READY = "ready"
    """One face, prepared for films."""
    REJECTED = "rejected"
    """Not usable, and already removed."""
    ERASED = "erased"
    """Gone, with a receipt."""


class PortraitRejectionReason(enum.StrEnum):
    """Why a photo cannot be used."""

    NOT_AN_IMAGE = "NOT_AN_IMAGE"
    """The file is something else, whatever its name says."""
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT"
    """An image, but not JPEG, PNG or WebP."""
    TOO_LARGE = "TOO_LARGE"
    """Too many bytes or pixels."""
    TOO_SMALL = "TOO_SMALL"
    """Too few pixels."""
    NO_FACE = "NO_FACE"
    """No face was found."""
    SEVERAL_FACES = "SEVERAL_FACES"
    """More than one face was found."""
    FACE_TOO_SMALL = "FACE_TOO_SMALL"
    """The face fills too little of the photo."""
    UNREADABLE = "UNREADABLE"
    """The file is damaged or cut short."""
    NOT_UPLOADED = "NOT_UPLOADED"
    """No file came."""


class CameoStatus(enum.StrEnum):
    """What has become of a request."""

    QUEUED = "queued"
    """Waits for its turn."""
    RUNNING = "running"
    """In the making."""
    COMPLETED = "completed"
    """The video is there."""
    FAILED = "failed"
    """It could not be made; `failure` says why."""
    CANCELED = "canceled"
    """The customer stopped it."""


class CameoStage(enum.StrEnum):
    """The steps of the making, in order."""

    PREPARE = "prepare"
    """The words are checked and the shots written."""
    SUBMIT = "submit"
    """The shots are ordered from the renderer."""
    RENDER = "render"
    """The renderer films."""
    FETCH = "fetch"
    """The shots are brought home and checked."""
    FINISH = "finish"
    """Joined, levelled, marked and compressed."""
    PUBLISH = "publish"
    """Kept safely, and made known."""


class CameoShotStatus(enum.StrEnum):
    """Where one shot stands."""

    WAITING = "waiting"
    """Not ordered yet."""
    SUBMITTED = "submitted"
    """Ordered from the renderer."""
    RENDERING = "rendering"
    """Being filmed."""
    READY = "ready"
    """Filmed and checked."""
    FAILED = "failed"
    """Could not be filmed."""


class SubmissionState(enum.StrEnum):
    """What is known of one paid order."""

    INTENT = "intent"
    ACCEPTED = "accepted"
    ABSENT = "absent"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"


def _enum(cls: type[enum.StrEnum]) -> Enum:
    return Enum(cls, native_enum=False, length=24, values_callable=lambda e: [m.value for m in e])


class Portrait(Base):
    """A photo of one face; its crops are sealed with a key that lives only in this row."""

    __tablename__ = "portraits"
    __table_args__ = (
        Index("ix_portraits_checking", "due_at", postgresql_where=text("status='checking'")),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("por")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    status: Mapped[PortraitStatus] = mapped_column(_enum(PortraitStatus))
    content_type: Mapped[str]
    upload_key: Mapped[str | None]
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    crop_keys: Mapped[dict[str, str]] = mapped_column(default=dict)
    rejection: Mapped[PortraitRejectionReason | None] = mapped_column(
        _enum(PortraitRejectionReason)
    )
    faces_found: Mapped[int | None]
    checks: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    warned_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class Consent(Base):
    """What someone agreed to about a photo, word for word, and when."""

    __tablename__ = "consents"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("con")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    portrait_id: Mapped[str] = mapped_column(ForeignKey("portraits.id"), unique=True)
    version: Mapped[str]
    text_sha256: Mapped[str]
    purposes: Mapped[list[str]]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class CameoJob(Base):
    """A film with the customer in it: what was asked, how far it is, what came of it."""

    __tablename__ = "cameo_jobs"
    __table_args__ = (
        Index("ix_cameo_jobs_open", "status", "due_at", postgresql_where=text("status='running'")),
        Index("ix_cameo_jobs_queue", "queued_at", postgresql_where=text("status='queued'")),
        Index("ix_cameo_jobs_customer_id_id", "customer_id", "id"),
        Index(
            "ix_cameo_jobs_done",
            "template_id",
            "finished_at",
            postgresql_where=text("status='completed'"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("cam")
    )
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    portrait_id: Mapped[str] = mapped_column(ForeignKey("portraits.id"), index=True)
    template_id: Mapped[str] = mapped_column(ForeignKey("cameo_templates.id"), index=True)
    template_version: Mapped[int]
    product_id: Mapped[str | None] = mapped_column(ForeignKey("products.id"))
    host_id: Mapped[str | None]
    remix_of_id: Mapped[str | None] = mapped_column(
        ForeignKey("cameo_jobs.id", ondelete="SET NULL"), index=True
    )
    user_name: Mapped[str]
    locale: Mapped[str]
    aspect_ratio: Mapped[AspectRatio] = mapped_column(_enum(AspectRatio))

    status: Mapped[CameoStatus] = mapped_column(_enum(CameoStatus), default=CameoStatus.QUEUED)
    stage: Mapped[CameoStage] = mapped_column(_enum(CameoStage), default=CameoStage.PREPARE)
    percent: Mapped[int] = mapped_column(default=0)
    previews: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    moderated_at: Mapped[datetime | None]
    queued_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    crashes: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)

    failure_code: Mapped[str | None]
    failure_retryable: Mapped[bool] = mapped_column(default=False)

    video_key: Mapped[str | None]
    poster_key: Mapped[str | None]
    strip_key: Mapped[str | None]
    duration_seconds: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    byte_size: Mapped[int | None]
    sha256: Mapped[str | None]


class CameoShot(Base):
    """One take of the film: its words, and the clip once it is home."""

    __tablename__ = "cameo_shots"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("sho")
    )
    job_id: Mapped[str] = mapped_column(ForeignKey("cameo_jobs.id", ondelete="CASCADE"))
    number: Mapped[int]
    seconds: Mapped[int]
    shows_customer: Mapped[bool]
    prompt: Mapped[str]
    status: Mapped[CameoShotStatus] = mapped_column(
        _enum(CameoShotStatus), default=CameoShotStatus.WAITING
    )
    percent: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    clip_key: Mapped[str | None]


class CameoSubmission(Base):
    """One paid order: the intent is kept before the call, the provider's id after it."""

    __tablename__ = "cameo_submissions"
    __table_args__ = (
        Index(
            "uq_cameo_submissions_open",
            "shot_id",
            unique=True,
            postgresql_where=text("state in ('intent', 'accepted')"),
        ),
    )

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("sub")
    )
    shot_id: Mapped[str] = mapped_column(
        ForeignKey("cameo_shots.id", ondelete="CASCADE"), index=True
    )
    job_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[SubmissionState] = mapped_column(
        _enum(SubmissionState), default=SubmissionState.INTENT
    )
    intent_at: Mapped[datetime]
    provider_id: Mapped[str | None] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    error_code: Mapped[str | None]


class CameoShare(Base):
    """A link that lets its holder watch; the token itself is not kept, only its hash."""

    __tablename__ = "cameo_shares"

    id: Mapped[str] = mapped_column(
        Text(collation="C"), primary_key=True, insert_default=ids("sha")
    )
    job_id: Mapped[str] = mapped_column(ForeignKey("cameo_jobs.id", ondelete="CASCADE"), index=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    view_count: Mapped[int] = mapped_column(default=0)


class WebhookReceipt(Base):
    """A provider's message that was taken; a second one with its id changes nothing."""

    __tablename__ = "webhook_receipts"
