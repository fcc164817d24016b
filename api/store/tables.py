"""The tables. Each compartment has handles of its own; what joins them is the sealed handle block, and only that.

These classes describe rows; they validate nothing and are never a request model.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class Agency(SQLModel, table=True):
    """An enrolled agency and its public keys (hex): it signs with the one, and tickets are sealed to the other."""

    id: str = Field(primary_key=True)
    name: str
    signing_key: str
    enrolled_at: datetime
    enrolment_key: str | None = None


class Epoch(SQLModel, table=True):
    """An epoch of the custodian: its check value, and whether it still takes submissions."""

    id: str = Field(primary_key=True)
    check_value: str
    retired: bool = False


class Submission(SQLModel, table=True):
    """One submission: staged chunk by chunk, then made visible as a whole."""

    __table_args__ = (UniqueConstraint("agency", "content"),)

    id: int | None = Field(default=None, primary_key=True)
    agency: str = Field(foreign_key="agency.id")
    content: str
    epoch: str = Field(foreign_key="epoch.id")
    policy: str
    rows: int
    known_rows: int = 0
    statistics: str
    staged_at: datetime
    visible_at: datetime | None = None


class HandleBlock(SQLModel, table=True):
    """The handle map of one chunk, sealed: its data key is wrapped by the vault for the merge alone."""

    __tablename__ = "handle_block"

    submission: int = Field(foreign_key="submission.id", primary_key=True)
    number: int = Field(primary_key=True)
    rows: int
    wrapped_key: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)


class Content(SQLModel, table=True):
    """What a row says about aid, under a random record id: the published content, lists as words between spaces.

    A register's row has no programme. `corrects` is the record that this one replaces from when it became visible.
    """

    record: int = Field(primary_key=True, sa_type=BigInteger)
    submission: int = Field(foreign_key="submission.id", index=True)
    agency: str
    programme: str | None
    period: str | None
    amount: int | None = Field(sa_type=BigInteger)
    regency: str | None
    village: str | None
    nik_status: str
    kk_status: str
    mononym: bool
    default_date: bool
    fund: str | None = None
    form: str | None = None
    payee: str | None = None
    disbursement: str | None = None
    status: str | None = None
    beneficiary: str | None = None
    decile: int | None = None
    dtsen: str | None = None
    needs: str | None = None
    lacks: str | None = None
    exposures: str | None = None
    corrects: int | None = Field(default=None, sa_type=BigInteger, index=True)


class Token(SQLModel, table=True):
    """The t2 tokens of a row's NIK and KK, under a random handle, and in the order of handles: not of arrival."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    handle: int = Field(primary_key=True, sa_type=BigInteger)
    nik: bytes | None = Field(sa_type=LargeBinary)
    kk: bytes | None = Field(sa_type=LargeBinary)


class Reference(SQLModel, table=True):
    """An agency's reference of a row: a vault HMAC to look it up, and its ciphertext, under a random handle."""

    __table_args__ = (UniqueConstraint("agency", "lookup"), {"sqlite_with_rowid": False})

    handle: int = Field(primary_key=True, sa_type=BigInteger)
    agency: str
    lookup: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)


class Cell(SQLModel, table=True):
    """The permanent random id of an anchor value, found by its t2.

    Kept in the order of its tokens: a table in the order of arrival would tell which cells came with which list.
    """

    __table_args__ = (UniqueConstraint("cell"), {"sqlite_with_rowid": False})

    anchor: str = Field(primary_key=True)
    token: bytes = Field(primary_key=True, sa_type=LargeBinary)
    cell: int = Field(sa_type=BigInteger)


class FilterFile(SQLModel, table=True):
    """An encrypted Parquet file of one anchor's layered filters that belongs to the store."""

    __tablename__ = "filter_file"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: str = Field(primary_key=True)
    anchor: str
    rows: int


class PairFile(SQLModel, table=True):
    """An encrypted Parquet file of what an anchor's last pass found at a floor, and of which handles."""

    __tablename__ = "pair_file"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: str = Field(primary_key=True)
    anchor: str
    floor: float


class Run(SQLModel, table=True):
    """One linkage run: its policy, its frozen model and its report, as JSON."""

    id: int | None = Field(default=None, primary_key=True)
    started_at: datetime
    finished_at: datetime
    policy: str
    model: str
    report: str


class Person(SQLModel, table=True):
    """A pseudonymous person; the id is random and stays."""

    id: int = Field(primary_key=True, sa_type=BigInteger)
    first_run: int = Field(foreign_key="run.id")


class Membership(SQLModel, table=True):
    """Which person a record belongs to, and which household: rows of one family card; since which run."""

    record: int = Field(primary_key=True, sa_type=BigInteger)
    person: int = Field(foreign_key="person.id", sa_type=BigInteger, index=True)
    run: int = Field(foreign_key="run.id")
    household: int | None = Field(default=None, sa_type=BigInteger)


class Review(SQLModel, table=True):
    """A pair of records that a person must look at, and why; `two_niks`: each side has a NIK of its own."""

    __table_args__ = (
        ForeignKeyConstraint(["run"], ["run.id"]),
        Index("ix_review_reason", "reason"),
    )

    left: int = Field(primary_key=True, sa_type=BigInteger)
    right: int = Field(primary_key=True, sa_type=BigInteger)
    run: int
    reason: str
    probability: float | None
    pattern: str | None = None
    two_niks: bool = False


class Campaign(SQLModel, table=True):
    """A referral: whom it looks for, opened by one person; in force once two others approved it."""

    id: int | None = Field(default=None, primary_key=True)
    programme: str
    criterion: str
    regency: str | None
    expires: date
    opened_by: str
    opened_at: datetime
    refused_by: str | None = None
    refused_at: datetime | None = None


class Approval(SQLModel, table=True):
    """One person's approval of a campaign, in one role."""

    campaign: int = Field(foreign_key="campaign.id", primary_key=True)
    role: str = Field(primary_key=True)
    person: str
    given_at: datetime


class Pull(SQLModel, table=True):
    """One question of an agency, about a campaign or about its rows as such: how many of them, when; never which."""

    __table_args__ = (Index("ix_pull_agency_day", "agency", "day"),)

    id: int | None = Field(default=None, primary_key=True)
    campaign: int | None = Field(default=None, foreign_key="campaign.id")
    agency: str = Field(foreign_key="agency.id")
    day: date
    rows: int
    asked_at: datetime


class TokenUse(SQLModel, table=True):
    """How many tokens ingest asked of the vault for an agency on a UTC day; what a vault's audit trail is held against.

    `identity`: of NIKs and KKs; `anchor`: of cells that people share.
    """

    __tablename__ = "token_use"

    agency: str = Field(foreign_key="agency.id", primary_key=True)
    day: date = Field(primary_key=True)
    identity: int
    anchor: int


class TokenLimit(SQLModel, table=True):
    """An agency's own daily budget of tokens, where it is not the centre's."""

    __tablename__ = "token_limit"

    agency: str = Field(foreign_key="agency.id", primary_key=True)
    identity: int
    anchor: int


class Alarm(SQLModel, table=True):
    """Something that a person must look at: a code and what it is about, once. Ids, places and counts, and no person.

    `at`: when it happened; `first_at`: when the centre knew; `raised_by`: the reconciler who told it, else the service.
    """

    __table_args__ = (UniqueConstraint("code", "about"),)

    id: int | None = Field(default=None, primary_key=True)
    code: str
    about: str
    agency: str | None = Field(default=None, foreign_key="agency.id")
    place: str | None = None
    case: str | None = None
    count: int = 1
    at: datetime
    first_at: datetime
    raised_by: str | None = None
